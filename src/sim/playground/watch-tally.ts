/** What the nodes of a town hold of each other at one moment, counted. */

/** What one node holds of another, in a byte. */
export const verdictCodes = { unknown: 0, alive: 1, suspect: 2, dead: 3 } as const;

/** The dead are forgotten in time: whoever has none of that name counts on it as little. */
function isGone(code: number): boolean {
  return code === verdictCodes.dead || code === verdictCodes.unknown;
}

/** Of pairs, an observer that lives and a subject. */
export interface WatchCount {
  readonly livingCount: number;
  /** Pairs whose subject is dead. */
  readonly tellableCount: number;
  /** Of these, those in which the observer knows, or has forgotten it since. */
  readonly knownCount: number;
  /** Pairs whose subject lives, and is suspected. */
  readonly suspectedCount: number;
  /** Pairs whose subject lives, and is held for dead or is not known. */
  readonly buriedCount: number;
  /** Times so far that somebody came to suspect, or to hold for dead, who was alive. */
  readonly suspicionsCount: number;
  readonly burialsCount: number;
}

type Pairs = { -readonly [Name in keyof WatchCount]: number };

export class WatchTally {
  readonly nodesCount: number;
  /** Of each observer, what it holds of each subject: `observer * nodesCount + subject`. */
  readonly verdicts: Uint8Array<ArrayBuffer>;
  /** 1 of those that live. */
  readonly living: Uint8Array<ArrayBuffer>;
  private readonly pairs: Pairs;

  constructor(nodesCount: number) {
    this.nodesCount = nodesCount;
    this.verdicts = new Uint8Array(nodesCount * nodesCount);
    this.living = new Uint8Array(nodesCount).fill(1);
    // Nobody knows anybody yet.
    const buriedCount = nodesCount * (nodesCount - 1);
    const none = { tellableCount: 0, knownCount: 0, suspectedCount: 0, buriedCount };
    this.pairs = { ...none, livingCount: nodesCount, suspicionsCount: 0, burialsCount: 0 };
  }

  get count(): WatchCount {
    return { ...this.pairs };
  }

  isAlive(node: number): boolean {
    return this.living[node] === 1;
  }

  verdictOf(observer: number, subject: number): number {
    return this.verdicts[observer * this.nodesCount + subject] ?? verdictCodes.unknown;
  }

  /** Sets what is held, and counts nothing that was done. */
  take(observer: number, subject: number, code: number): void {
    this.weigh(observer, subject, -1);
    this.verdicts[observer * this.nodesCount + subject] = code;
    this.weigh(observer, subject, 1);
  }

  onVerdict(observer: number, subject: number, code: number): void {
    this.take(observer, subject, code);
    if (!this.isAlive(subject)) return;
    if (code === verdictCodes.suspect) this.pairs.suspicionsCount += 1;
    if (code === verdictCodes.dead) this.pairs.burialsCount += 1;
  }

  /** What it held of others counts no more, and what others hold of it is right or is not. */
  onDeath(node: number): void {
    this.weighAll(node, -1);
    this.living[node] = 0;
    this.pairs.livingCount -= 1;
    this.weighAll(node, 1);
  }

  private weighAll(node: number, sign: 1 | -1): void {
    for (let other = 0; other < this.nodesCount; other += 1) {
      this.weigh(node, other, sign);
      this.weigh(other, node, sign);
    }
  }

  private weigh(observer: number, subject: number, sign: 1 | -1): void {
    if (observer === subject || !this.isAlive(observer)) return;
    const { pairs } = this;
    const code = this.verdictOf(observer, subject);
    if (this.isAlive(subject)) {
      if (code === verdictCodes.suspect) pairs.suspectedCount += sign;
      if (isGone(code)) pairs.buriedCount += sign;
      return;
    }
    pairs.tellableCount += sign;
    if (isGone(code)) pairs.knownCount += sign;
  }
}
