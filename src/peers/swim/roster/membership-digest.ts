import type { SwimMember } from "../swim.contract.ts";
import { isLiving } from "./member-record.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const OTHER_SEED = 0x9e3779b9;

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

type Summand = Pick<SwimMember, "name" | "incarnation" | "status">;

/**
 * A running sum over (name, incarnation) of all living members, in whatever order, and their
 * number. Dead ones do not count: they are reaped at different times on different nodes.
 */
export class MembershipSum {
  private living = 0;
  private high = 0;
  private low = 0;

  get livingCount(): number {
    return this.living;
  }

  /** Sixteen hexadecimal digits. */
  get text(): string {
    return this.high.toString(16).padStart(8, "0") + this.low.toString(16).padStart(8, "0");
  }

  add(member: Summand): void {
    if (!isLiving(member.status)) return;
    const text = `${member.incarnation}/${member.name}`;
    this.living += 1;
    this.high = (this.high + hash(text, 0)) >>> 0;
    this.low = (this.low + hash(text, OTHER_SEED)) >>> 0;
  }

  remove(member: Summand): void {
    if (!isLiving(member.status)) return;
    const text = `${member.incarnation}/${member.name}`;
    this.living -= 1;
    this.high = (this.high - hash(text, 0)) >>> 0;
    this.low = (this.low - hash(text, OTHER_SEED)) >>> 0;
  }
}
