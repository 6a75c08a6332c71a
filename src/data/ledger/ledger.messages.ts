/** On links; a message names its ledger. The number is for ever. */
export const LEDGER_CHANNEL = 18;

/** "I have signed this header." */
export interface LedgerSignature {
  readonly kind: "signature";
  readonly number: number;
  readonly hash: Uint8Array;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** "So long is my chain, and this is its last block." */
export interface LedgerHeads {
  readonly kind: "heads";
  readonly height: number;
  /** Of block height − 1. */
  readonly headHash: Uint8Array;
}

/** "Give me the blocks from `from` to `to`." */
export interface LedgerRequest {
  readonly kind: "request";
  readonly nonce: number;
  readonly from: number;
  readonly to: number;
}

/** As many of those asked for as fit. */
export interface LedgerBlocks {
  readonly kind: "blocks";
  readonly nonce: number;
  /** Encoded (`block.ts`). */
  readonly blocks: readonly Uint8Array[];
}

/** Two final headers of one number, or two signed roots of one size. */
export interface LedgerEvidence {
  readonly kind: "evidence";
  /** Encoded (`evidence.ts`, `head-evidence.ts`). */
  readonly bytes: Uint8Array;
}

/** "So the chain stands, I say." */
export interface LedgerTreeHead {
  readonly kind: "treeHead";
  /** Encoded (`tree-head.ts`). */
  readonly bytes: Uint8Array;
}

export type LedgerMessage =
  | LedgerSignature
  | LedgerHeads
  | LedgerRequest
  | LedgerBlocks
  | LedgerEvidence
  | LedgerTreeHead;

export type LedgerTimer = "round" | "heads" | "fetch" | "answer" | "cut";
