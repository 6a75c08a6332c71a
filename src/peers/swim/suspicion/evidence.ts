import { isLiving } from "../roster/member-record.ts";
import type { Evidence, SwimMember } from "../swim.contract.ts";

const NONE: readonly Evidence[] = [];

export interface EvidenceBounds {
  /** Links of one chain. */
  readonly evidenceMaxCount: number;
  /** Chains of members reaped. */
  readonly evidenceReapedMaxCount: number;
}

/**
 * Why each member has the status it has: a bounded chain per name, oldest first. Chains of reaped
 * members are kept for a while, for that is when people ask. Of a member that joined and did
 * nothing since, which most are, nothing is kept: its record says as much.
 */
export class EvidenceLog {
  private readonly chains = new Map<string, Evidence[]>();
  private readonly reaped = new Map<string, Evidence[]>();
  private readonly chainMaxCount: number;
  private readonly reapedMaxCount: number;
  private readonly memberOf: (name: string) => SwimMember | undefined;

  constructor(bounds: EvidenceBounds, memberOf: (name: string) => SwimMember | undefined) {
    this.chainMaxCount = bounds.evidenceMaxCount;
    this.reapedMaxCount = bounds.evidenceReapedMaxCount;
    this.memberOf = memberOf;
  }

  /** Whether there is more to tell than what the record of `name` says. */
  has(name: string): boolean {
    return this.chains.has(name) || this.reaped.has(name);
  }

  /** Before `known` changes: its record will no longer tell how it joined. */
  keep(known: SwimMember): void {
    if (isLiving(known.status) && !this.has(known.name)) {
      this.chains.set(known.name, [joinOf(known)]);
    }
  }

  /** Full chains forget their oldest link. */
  add(name: string, link: Evidence): void {
    const chain = this.chainOf(name);
    chain.push(link);
    if (chain.length > this.chainMaxCount) chain.shift();
  }

  of(name: string): readonly Evidence[] {
    return (this.chains.get(name) ?? this.reaped.get(name) ?? this.implied(name)).slice();
  }

  /** `name` is no longer a member; its chain is kept until too many others were reaped after it. */
  retire(name: string): void {
    const chain = this.chains.get(name);
    if (chain === undefined) return;
    this.chains.delete(name);
    this.reaped.set(name, chain);
    if (this.reaped.size <= this.reapedMaxCount) return;
    for (const oldest of this.reaped.keys()) {
      this.reaped.delete(oldest);
      break;
    }
  }

  private chainOf(name: string): Evidence[] {
    const known = this.chains.get(name);
    if (known !== undefined) return known;
    const chain = this.reaped.get(name) ?? [...this.implied(name)];
    this.reaped.delete(name);
    this.chains.set(name, chain);
    return chain;
  }

  private implied(name: string): readonly Evidence[] {
    const member = this.memberOf(name);
    return member !== undefined && isLiving(member.status) ? [joinOf(member)] : NONE;
  }
}

function joinOf({ incarnation, statusSince }: SwimMember): Evidence {
  return { atMs: statusSince, what: "joined", incarnation };
}
