import type { JournalPosition } from "../../core/env.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import type { PeerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";

/** Where a protocol keeps its records: a part of the node's journal, or of its memory. */
export interface DurableStore {
  /** Everything up to here is durable. */
  readonly durablePosition: JournalPosition;
  /** Its user holds back by itself what must not leave before a record is durable. */
  asideChannel(name: string): JournalChannel;
  /**
   * Calls `run` when all that was appended so far is durable; at once when it is. Of those whom the
   * same sync has helped, the "patient" come last.
   */
  afterWrites(run: () => void, haste?: "urgent" | "patient"): void;
}

/** Something as bytes, and back. */
export interface BytesCodec<T> {
  encode(value: T): Uint8Array;
  /** undefined for bytes that make no sense. Never throws. */
  decode(bytes: Uint8Array): T | undefined;
}

export type DurableCount =
  /** Bytes of a peer that are no message. */
  | "malformed"
  /** Waited for the disk, and there were too many of them. */
  | "held";

/** What a protocol that keeps things on disk needs of the node it is in. */
export interface DurablePorts<Message, Record> {
  readonly host: StackHost;
  readonly store: DurableStore;
  /** Names its dice and its part of the journal; unique on a node, the same in all its lives. */
  readonly name: string;
  readonly messages: BytesCodec<Message>;
  readonly records: BytesCodec<Record>;
  /** Bytes on their way to a peer, which may lose them. */
  carry(to: PeerId, bytes: Uint8Array): void;
  countDropped(why: DurableCount): void;
  /** A step that no caller waits for has thrown: a bug, after which the node cannot go on. */
  die(error: unknown): void;
}
