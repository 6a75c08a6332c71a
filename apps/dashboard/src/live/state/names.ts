import type { NamedReplica } from "../../../../../src/agent/routes/replica-names.ts";
import { counted } from "../../shared/format.ts";
import type { NameOffered } from "./name-choice.tsx";

/** What there is, and who keeps it. */
export function offered(replicas: readonly NamedReplica[] | undefined): NameOffered[] | undefined {
  return replicas?.map(({ isOpen, name, nodesCount }) => ({
    name,
    note: isOpen ? counted(nodesCount, "node") : "not kept here yet",
  }));
}

/** What is shown before anybody has chosen: only what this agent keeps anyway. */
export function openOne(replicas: readonly NamedReplica[] | undefined): string | undefined {
  return replicas?.find(({ isOpen }) => isOpen)?.name;
}
