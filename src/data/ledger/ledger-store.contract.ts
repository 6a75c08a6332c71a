import type { VerifiedState } from "./verification.ts";

/** The header that this node has signed last. */
export interface LastSigned {
  readonly number: number;
  readonly hash: Uint8Array;
}

/**
 * Where a ledger keeps its blocks. Reading is synchronous; writing is queued, in order, and `done`
 * is called when it is durable, never during the call. A disk that fails stops the node.
 */
export interface LedgerStore {
  /** What was kept and verified when it was opened; undefined when it was empty. */
  readonly verified: VerifiedState | undefined;
  /** Blocks that were appended, durable or not: block `height` is the next. */
  readonly height: number;
  /** Encoded; undefined for those to come. */
  blockAt(number: number): Uint8Array | undefined;
  /** Of the header of a block that is there. */
  hashAt(number: number): Uint8Array | undefined;
  append(block: Uint8Array, verified: VerifiedState, done: () => void): void;
  readonly lastSigned: LastSigned | undefined;
  /** Durable before anything is signed, so that no restart signs another header. [spec §8] */
  recordSigned(last: LastSigned, done: () => void): void;
  /** Encoded evidence of forks, oldest first. */
  readonly evidence: readonly Uint8Array[];
  addEvidence(bytes: Uint8Array): void;
}
