import type { Evidence } from "./swim.contract.ts";

const NONE: readonly Evidence[] = [];

/**
 * Why each member has the status it has: a bounded chain per name, oldest first. Chains of reaped
 * members are kept for a while, for that is when people ask.
 */
export class EvidenceLog {
  private readonly chains = new Map<string, Evidence[]>();
  private readonly reaped = new Map<string, Evidence[]>();
  private readonly chainMaxCount: number;
  private readonly reapedMaxCount: number;

  constructor(chainMaxCount: number, reapedMaxCount: number) {
    this.chainMaxCount = chainMaxCount;
    this.reapedMaxCount = reapedMaxCount;
  }

  /** Full chains forget their oldest link. */
  add(name: string, link: Evidence): void {
    const chain = this.chainOf(name);
    chain.push(link);
    if (chain.length > this.chainMaxCount) chain.shift();
  }

  of(name: string): readonly Evidence[] {
    return (this.chains.get(name) ?? this.reaped.get(name) ?? NONE).slice();
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
    const chain = this.reaped.get(name) ?? [];
    this.reaped.delete(name);
    this.chains.set(name, chain);
    return chain;
  }
}
