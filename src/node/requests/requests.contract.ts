import type { PeerId } from "../../core/peer.ts";
import type { Links } from "../links/links.contract.ts";
import type { NodePorts } from "../node-ports.ts";
import type { NodeTopic } from "../topics/topic.ts";
import type { RequestsOptions } from "./requests.options.ts";

type RequestCount =
  | "requests.asked"
  | "requests.answered"
  | "requests.refused"
  | "requests.lost" // the link broke, or the peer stopped, before the answer came
  | "requests.dropped.malformed"
  | "requests.dropped.unknown" // an answer to what is not asked any more
  | "requests.dropped.unsent"; // an answer that could not be sent

export interface RequestPorts extends Omit<NodePorts, "count"> {
  count(name: RequestCount): void;
  readonly name: string;
  readonly options: RequestsOptions;
  /** Known once the node stands. */
  links(): Links;
  isMember(name: string): boolean;
  topic(tag: string): NodeTopic | undefined;
}

/** Where the content of an answer goes. */
export interface AskerAddress {
  readonly peer: PeerId;
  readonly id: number;
}
