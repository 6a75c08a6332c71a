import type { Member, MemberStatus } from "../../../../../src/agent/admin.messages.ts";

const order: readonly MemberStatus[] = ["failed", "suspect", "leaving", "alive", "left"];

/** Who needs looking at comes first; among those of one status who says that it is busy. */
export function byTrouble(a: Member, b: Member): number {
  const byStatus = order.indexOf(a.status) - order.indexOf(b.status);
  const byBusy = Number(b.degraded !== undefined) - Number(a.degraded !== undefined);
  return byStatus || byBusy || (a.name < b.name ? -1 : 1);
}

/** Whose evidence is shown to who has chosen nobody: the one in most trouble, else this agent. */
export function worstOf(members: readonly Member[], local: string): Member | undefined {
  const troubled = members.filter(({ degraded, status }) => {
    return status === "failed" || status === "suspect" || degraded !== undefined;
  });
  return troubled.sort(byTrouble)[0] ?? members.find(({ name }) => name === local);
}
