/**
 * What stands in a ledger, and the ports of its code. A hash or a signature is made and checked
 * behind `LedgerCrypto` and `Signer`: pure code has no cryptography of its own. [spec ledger §1]
 */

/** SHA-256 and Ed25519, as the host has them. */
export interface LedgerCrypto {
  /** 32 bytes of the caller's own; `bytes` may be used for something else afterwards. */
  sha256(bytes: Uint8Array): Uint8Array;
  /**
   * Ed25519 [RFC 8032 §5.1.7]. The caller has checked that the key is sound and that S is
   * canonical (`ed25519.ts`), for not every implementation does.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** A private key, wherever it is kept. */
export interface Signer {
  readonly publicKey: Uint8Array;
  /** SHA-256 of the public key. */
  readonly keyId: Uint8Array;
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** Time of a block or event: nanoseconds since the epoch, and a counter. */
export interface LedgerTime {
  readonly wall: bigint;
  readonly logical: number;
}

export interface BlockHeader {
  /** SHA-256 of the genesis configuration. */
  readonly chainId: Uint8Array;
  /** From 0, the genesis. */
  readonly number: number;
  readonly previousHash: Uint8Array;
  readonly eventsRoot: Uint8Array;
  readonly eventCount: number;
  /** Among all events of the chain, from 1; 0 in the genesis. */
  readonly firstOrderIndex: number;
  readonly lastOrderIndex: number;
  readonly time: LedgerTime;
  readonly signerEpoch: number;
}

export interface BlockSignature {
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** Signatures are outside the hash: with more of them it is the same block. */
export interface Block {
  readonly header: BlockHeader;
  /** Each in its canonical bytes (`ledger-event.ts`). */
  readonly events: readonly Uint8Array[];
  readonly signatures: readonly BlockSignature[];
}

export type EventKind = "data" | "configuration";

export interface LedgerEvent {
  readonly kind: EventKind;
  /** Name, boot and seq are its id; no two events of a chain have the same. */
  readonly origin: string;
  readonly boot: number;
  readonly seq: number;
  readonly time: LedgerTime;
  /** What it happened after: origins by the bytes of their names, ascending. */
  readonly clock: readonly (readonly [string, number])[];
  readonly data: Uint8Array;
}

export interface SignerEntry {
  readonly keyId: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Where a chain goes on that can sign no more: its last tree head. [spec ledger §4] */
export interface PredecessorChain {
  readonly chainId: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Who signs from the next block on, and how many must. */
export interface LedgerConfiguration {
  readonly chainName: string;
  readonly signerEpoch: number;
  readonly threshold: number;
  /** Ascending by key id. */
  readonly signers: readonly SignerEntry[];
  readonly maxSkewMs: number;
  readonly eventsMaxCount: number;
  readonly blockMaxBytes: number;
  readonly eventMaxBytes: number;
  /** Of the genesis block; in later configurations that of the change. */
  readonly time: LedgerTime;
  readonly predecessor?: PredecessorChain | undefined;
}

/** In the order in which they are looked for. [spec ledger §5] */
export const ledgerFaultCodes = [
  "E_FORMAT",
  "E_CHAIN_ID",
  "E_NUMBER",
  "E_PREV_HASH",
  "E_EPOCH",
  "E_SIGNATURES",
  "E_EVENT_COUNT",
  "E_EVENTS_ROOT",
  "E_EVENT_FORMAT",
  "E_ORDER_INDEX",
  "E_DUPLICATE_EVENT",
  "E_HLC",
  "E_CONFIG",
] as const;

export type LedgerFaultCode = (typeof ledgerFaultCodes)[number];

/** Why a block is not what it should be. */
export interface LedgerFault {
  readonly code: LedgerFaultCode;
  /** What was expected and what was found. */
  readonly detail: string;
}
