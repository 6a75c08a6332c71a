import type { NamedReplica } from "../../../../../src/agent/routes/replica-names.messages.ts";
import { counted } from "../../shared/format.ts";
import type { NameOffered } from "./name-choice.tsx";

const PACE_MAX_MS = 15_000;

/** Ten thousand infos take an agent a tenth of a second to say: it is asked for them seldomer. */
export function paceOf(count: number, leastMs: number): number {
  return Math.min(PACE_MAX_MS, Math.max(leastMs, count));
}

/**
 * Whether an agent can be asked for what is called so. Not for "." and "..", however they are
 * written: an address that has them is another one (URL Standard, "double-dot path segment").
 */
export function isAskable(name: string): boolean {
  return name !== "." && name !== "..";
}

/** What there is, and who keeps it. */
export function offered(replicas: readonly NamedReplica[] | undefined): NameOffered[] | undefined {
  const askable = replicas?.filter(({ name }) => isAskable(name));
  return askable?.map(({ isOpen, name, nodesCount }) => ({
    name,
    note: isOpen ? counted(nodesCount, "node") : "not kept here yet",
  }));
}

/** What is shown before anybody has chosen: only what this agent keeps anyway. */
export function openOne(replicas: readonly NamedReplica[] | undefined): string | undefined {
  return replicas?.find(({ isOpen, name }) => isOpen && isAskable(name))?.name;
}
