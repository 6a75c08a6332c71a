import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Block, LedgerCrypto, Signer } from "./ledger.contract.ts";
import type { LedgerMessage, LedgerTimer } from "./ledger.messages.ts";
import type { LedgerOptions } from "./ledger.options.ts";
import type { LedgerStore } from "./ledger-store.contract.ts";

export type LedgerCount =
  | "ledger.fetch.timeout"
  | "ledger.dropped.unasked"
  | "ledger.dropped.unknownSigner"
  | "ledger.dropped.badSignature"
  | "ledger.dropped.outsideWindow"
  | "ledger.dropped.conflictingSignature"
  | "ledger.dropped.badRequest"
  | "ledger.dropped.badBlock"
  | "ledger.dropped.badEvidence"
  | "ledger.dropped.badTreeHead"
  | "ledger.notes.malformed"
  | "ledger.notes.late"
  | "ledger.events.early";

/** Why a ledger takes no more blocks; people must look at it. [spec ledger §8] */
export interface LedgerHalt {
  /**
   * fork           there are two final blocks of one number; see the evidence
   * diverged       a final block is not what the order says here
   * contradiction  this node has signed another header of a number in a life before
   */
  readonly reason: "fork" | "diverged" | "contradiction";
  readonly number: number;
}

export interface LedgerListener {
  /** Which chain it is has become known. */
  onFounded(chainId: Uint8Array): void;
  /** A block is final, and durable here. In order. */
  onFinal(block: Block, hash: Uint8Array): void;
  onHalted(halt: LedgerHalt): void;
  /** The order may go on that was told to pause. */
  onRoom(): void;
  count(name: LedgerCount): void;
}

/** The order that a ledger writes down. */
export interface LedgerOrder {
  isLeader(): boolean;
  /** Names of those whose keys the first configuration has; undefined while it is not known. */
  founders(): readonly string[] | undefined;
  /** Proposes a note; it may get lost, or come twice. */
  note(bytes: Uint8Array): void;
}

export interface LedgerPorts {
  readonly env: Env<LedgerMessage, LedgerTimer>;
  /** This node among the founders. */
  readonly name: string;
  readonly chainName: string;
  readonly crypt: LedgerCrypto;
  readonly options: LedgerOptions;
  /** Absent on nodes that keep the chain and sign nothing. */
  readonly signer?: Signer | undefined;
  readonly store: LedgerStore;
  readonly order: LedgerOrder;
  /** All who keep this ledger, as far as is known, without this node. */
  peers(): readonly PeerId[];
  /** What the user trusts: no other chain is taken. */
  readonly chainId?: Uint8Array | undefined;
  readonly listener: LedgerListener;
}
