import type { FaceParts } from "../data-face.ts";
import type { NodeTopic } from "../topics/topic.ts";
import { requestsDefaults } from "./requests.options.ts";
import { NodeRequests } from "./requests.ts";

/** The requests of a node; `topic` finds what is open here. */
export function requestsOf(
  { name, ports, slices, stack }: FaceParts,
  topic: (tag: string) => NodeTopic | undefined,
): NodeRequests {
  return new NodeRequests({
    ...ports,
    name,
    options: slices.requests ?? requestsDefaults,
    links: () => stack().links,
    isMember: (member) => stack().swim.members.get(member) !== undefined,
    topic,
  });
}
