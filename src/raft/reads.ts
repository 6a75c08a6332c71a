import type { ReadName } from "./raft.contract.ts";

/**
 * Reads that wait until their leader knows that it is one. All that came before a heartbeat round
 * began are answered by it: one round under way, the next one collects. [Ongaro 2014 §6.4]
 */
export class Reads {
  /** Of the heartbeats that answer a read, the one sent last; 0 is none that is answered. */
  round = 1;
  private readonly maxCount: number;
  private waiting: ReadName[] = [];
  private underWay: ReadName[] = [];
  /** What was committed when the round began. */
  private index = 0;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  get hasRoom(): boolean {
    return this.waiting.length < this.maxCount;
  }

  get isUnderWay(): boolean {
    return this.underWay.length > 0;
  }

  add(read: ReadName): void {
    this.waiting.push(read);
  }

  /** Begins a round for all that wait. @returns whether there is one to send. */
  begin(commitIndex: number): boolean {
    if (this.isUnderWay || this.waiting.length === 0) return false;
    this.underWay = this.waiting;
    this.waiting = [];
    this.index = commitIndex;
    this.round += 1;
    return true;
  }

  /** The round under way was answered by a majority. */
  takeAnswered(): { readonly index: number; readonly reads: readonly ReadName[] } {
    const { index, underWay: reads } = this;
    this.underWay = [];
    return { index, reads };
  }

  takeAll(): readonly ReadName[] {
    const all = [...this.underWay, ...this.waiting];
    this.underWay = [];
    this.waiting = [];
    return all;
  }
}
