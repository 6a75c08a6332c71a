import type { LastSigned } from "../../data/ledger/ledger-store.contract.ts";
import type { VerifiedState } from "../../data/ledger/verification.ts";
import type { LedgerBlocks } from "./ledger-blocks.contract.ts";

interface Kept {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  readonly lastOrderIndex: number;
}

/** Of a node without a data directory: all is in memory, and lost with it. */
export class MemoryBlocks implements LedgerBlocks {
  readonly verified: VerifiedState | undefined = undefined;
  readonly evidence: Uint8Array[] = [];
  lastSigned: LastSigned | undefined;
  private readonly later: (body: () => void) => void;
  private readonly kept: Kept[] = [];

  /** `later` runs something in a later step. */
  constructor(later: (body: () => void) => void) {
    this.later = later;
  }

  get height(): number {
    return this.kept.length;
  }

  blockAt(number: number): Uint8Array | undefined {
    return this.kept[number]?.bytes;
  }

  hashAt(number: number): Uint8Array | undefined {
    return this.kept[number]?.hash;
  }

  numberOf(orderIndex: number): number | undefined {
    let low = 0;
    let high = this.kept.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.kept[middle]?.lastOrderIndex ?? 0) < orderIndex) low = middle + 1;
      else high = middle;
    }
    return low < this.kept.length ? low : undefined;
  }

  append(block: Uint8Array, { head }: VerifiedState, done: () => void): void {
    const { hash, header } = head;
    this.kept.push({ bytes: block, hash, lastOrderIndex: header.lastOrderIndex });
    this.later(done);
  }

  recordSigned(last: LastSigned, done: () => void): void {
    this.lastSigned = last;
    this.later(done);
  }

  addEvidence(bytes: Uint8Array): void {
    this.evidence.push(bytes);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
