import { isLiving } from "./members.ts";
import type { SwimMember } from "./swim.contract.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over 16-bit units, then mixed, so that sums of two different seeds are independent. */
function hash(text: string, seed: number): number {
  let state = (FNV_OFFSET ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    state = Math.imul(state ^ (unit & 0xff), FNV_PRIME);
    state = Math.imul(state ^ (unit >>> 8), FNV_PRIME);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/**
 * Sixteen hexadecimal digits over (name, incarnation) of all living members, in whatever order.
 * Dead ones do not count: they are reaped at different times on different nodes.
 */
export function membershipDigest(members: Iterable<SwimMember>): string {
  let high = 0;
  let low = 0;
  for (const member of members) {
    if (!isLiving(member.status)) continue;
    const text = `${member.incarnation}/${member.name}`;
    high = (high + hash(text, 0)) >>> 0;
    low = (low + hash(text, 0x9e3779b9)) >>> 0;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
