/** What users type of ledgers: the public types of `node.ledger`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Signer } from "../../data/ledger/ledger.contract.ts";
import type { LedgerProofJson } from "../../data/ledger/proof.ts";
import type { Codec, PublicDot, WriteResult } from "../topics/topics.api.ts";
import type { WaitOptions } from "../wait.api.ts";

/** How a node opens a ledger. */
export interface LedgerChoices<S extends StandardSchemaV1 | undefined> {
  /** Judges what is appended, and what is read. It should be the same on all nodes. */
  readonly schema?: S;
  /** What entries are written with. Default "msgpack". */
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
  /**
   * Names of the nodes that sign the first blocks, the same on all nodes; a majority makes a block
   * final. Default: the voters of the order. Counts only until the chain has begun.
   */
  readonly signers?: readonly string[];
  /** The chain that this node trusts, 64 hex digits; without it, the one that the group began. */
  readonly chainId?: string;
  /**
   * This node's private key: 32 bytes, or whoever signs for it. Default: one that is made at the
   * first start and kept in the data directory, in a file that only its owner can read.
   */
  readonly key?: Uint8Array | Signer;
  /** Single numbers (docs/reference/options.md, ledger). */
  readonly numbers?: Readonly<Record<string, number | string>>;
}

/** What an append waits for. */
export interface LedgerAppendOptions extends WaitOptions {
  /**
   * "ordered": it has its place, for ever. "final" (default): it is in a block that enough have
   * signed, on this node's disk.
   */
  readonly wait?: "ordered" | "final";
}

/** An entry that was appended, and its place. */
export interface LedgerReceipt extends WriteResult {
  /** Its number in the ledger: 1, 2, 3 … */
  readonly index: number;
  /** Known where "final" was waited for. */
  readonly block: number | undefined;
}

/** An entry in its place. */
export interface LedgerEntry<V> {
  readonly index: number;
  readonly kind: "data" | "configuration";
  /** Undefined of a configuration, and of bytes that codec or schema refuse. */
  readonly value: V | undefined;
  readonly dot: PublicDot;
  /** Name of the node that appended it. */
  readonly from: string;
  /** Hybrid logical time there: wall-clock ms, then a counter. */
  readonly clock: { readonly ms: number; readonly counter: number };
}

/** A block, with the entries that are in it. */
export interface LedgerBlock<V> {
  readonly number: number;
  /** Hex, as all hashes and keys here. */
  readonly hash: string;
  readonly previousHash: string;
  readonly eventsRoot: string;
  readonly chainId: string;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly clock: { readonly ms: number; readonly counter: number };
  readonly signerEpoch: number;
  readonly signers: readonly string[];
  readonly entries: readonly LedgerEntry<V>[];
}

/** Which blocks to follow. */
export interface LedgerRange {
  /** Number of the first block. Default 0. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/** What a verification came to. */
export interface LedgerVerdict {
  readonly status: "valid" | "invalid" | "fork";
  readonly chainId: string | undefined;
  readonly blocksCount: number;
  readonly eventsCount: number;
  /** Hash of the last good block. */
  readonly head: string | undefined;
  /** Of "invalid": what is wrong, and with which block. */
  readonly fault?: { readonly code: string; readonly block: number; readonly detail: string };
}

/** The root over all blocks up to one: what a client keeps to see later that nothing changed. */
export interface LedgerTreeHead {
  readonly chainId: string;
  /** How many blocks. */
  readonly size: number;
  readonly root: string;
}

/** A key whose signatures count. */
export interface LedgerSigner {
  readonly keyId: string;
  readonly publicKey: string;
}

/** A ledger as this node knows it: plain, frozen data of one moment. */
export interface LedgerReport {
  readonly name: string;
  /**
   * "founding": there is no chain yet. "halted": no more blocks are taken; see `halted`.
   */
  readonly state: "founding" | "running" | "halted" | "stopped";
  readonly chainId: string | undefined;
  /** How many blocks are final here. */
  readonly height: number;
  readonly head: string | undefined;
  /** Of the last entry in them. */
  readonly finalIndex: number;
  /** Entries that are ordered and in no final block yet. */
  readonly pendingCount: number;
  readonly signerEpoch: number | undefined;
  readonly threshold: number | undefined;
  readonly signers: readonly LedgerSigner[];
  /** This node's own key, and whether it signs now. */
  readonly keyId: string;
  readonly isSigning: boolean;
  /** Why it is halted, and at which block. */
  readonly halted:
    | { readonly reason: "fork" | "diverged" | "contradiction"; readonly block: number }
    | undefined;
}

/** What a new signer gives to whoever makes it one. */
export interface LedgerKeyProof {
  readonly publicKey: string;
  readonly signerEpoch: number;
  readonly proof: string;
}

/** Who signs from the next block on. */
export interface LedgerSignerChange {
  /** Key ids of those who stay, and proofs of those who are new. */
  readonly keep: readonly string[];
  readonly add: readonly LedgerKeyProof[];
  /** Default: a majority. */
  readonly threshold?: number;
}

/** Signed blocks of ordered entries, which anybody can verify. See docs/ledger.md. */
export interface Ledger<In, Out> extends AsyncIterable<LedgerBlock<Out>> {
  readonly name: string;
  /**
   * @throws HearsayError SCHEMA_INVALID, CODEC_FAILED, VALUE_TOO_LARGE, QUEUE_FULL, ORDER_REFUSED,
   * ORDER_UNCERTAIN, LEDGER_HALTED, TIMEOUT, ABORTED, NODE_STOPPED
   */
  append(value: In, options?: LedgerAppendOptions): Promise<LedgerReceipt>;
  /** Final blocks by number or hash (hex). */
  block(which: number | string): LedgerBlock<Out> | undefined;
  /** An entry of a final block by its index. */
  entry(index: number): LedgerEntry<Out> | undefined;
  /** Final blocks that are here, up to the last one. */
  blocks(range?: LedgerRange): AsyncIterableIterator<LedgerBlock<Out>>;
  /** The same, and then those to come, until the node stops or `signal` aborts. */
  follow(range?: LedgerRange): AsyncIterableIterator<LedgerBlock<Out>>;
  /**
   * That an entry is in the ledger, for whoever knows its chain id: see `verifyLedgerProof`.
   * @throws HearsayError STATE_UNKNOWN when no final block here has it
   */
  prove(entry: number | { readonly index: number }): LedgerProofJson;
  /** Verifies all that is kept here, from the genesis on. */
  verify(): Promise<LedgerVerdict>;
  /** Of all final blocks, or of the first `size`. */
  treeHead(size?: number): LedgerTreeHead;
  /** That the first `before` of `size` blocks are what they were: `verifyLedgerConsistency`. */
  consistency(before: number, size?: number): readonly string[];
  /** Lines of an export, each with its end of line; `hearsay ledger verify` reads them. */
  export(range?: LedgerRange & { readonly to?: number }): AsyncIterableIterator<string>;
  /** Proves that this node holds its key, to become a signer with the next change. */
  proveKey(): LedgerKeyProof;
  /**
   * Changes who signs, from the next block on.
   * @throws HearsayError as append, and ORDER_REFUSED where another change came first
   */
  changeSigners(change: LedgerSignerChange, options?: LedgerAppendOptions): Promise<LedgerReceipt>;
  /** Resolves when there is a chain here. */
  ready(options?: WaitOptions): Promise<void>;
  /** How far the chain is, who signs it, and whether it has stopped. */
  status(): LedgerReport;
}

/** `node.ledger`, typed by the schema where there is one. */
export interface OpenLedger {
  <S extends StandardSchemaV1>(
    name: string,
    options: LedgerChoices<S> & { readonly schema: S },
  ): Ledger<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  <V = unknown>(name: string, options?: LedgerChoices<undefined>): Ledger<V, V>;
}
