import type { Random } from "../../core/random.ts";
import type { Members } from "./members.ts";
import type { SerfMember } from "./serf.contract.ts";

/**
 * The failed member to dial now, if any. The chance is failed / (members − failed − left), so a
 * large cluster does not fall upon a single node that comes back. Source: spec section 21.6.
 */
export function chooseReconnect(members: Members, random: Random): SerfMember | undefined {
  const failedCount = members.count("failed");
  if (failedCount === 0) return undefined;
  const presentCount = Math.max(members.size - failedCount - members.count("left"), 1);
  if (random.real() > failedCount / presentCount) return undefined;
  let skipCount = random.below(failedCount);
  for (const member of members.values()) {
    if (member.status !== "failed") continue;
    if (skipCount === 0) return member;
    skipCount -= 1;
  }
  return undefined;
}
