import type { Address } from "./address.ts";
import type { PeerId } from "./peer.ts";
import type { Random } from "./random.ts";

/** Names one pending timer; only the host that gave it out can read it. */
export type TimerId = number & { readonly __timerId: unique symbol };

/** Names one request-and-reply exchange that this node began. */
export type ExchangeId = number & { readonly __exchangeId: unique symbol };

/**
 * The only door out of a protocol. A host (real node or simulator) stands behind it.
 *
 * No method calls back into a protocol: `send` and `setTimer` only queue, and what they queued
 * leaves after the step has ended. Implementations are classes with prototype methods, for an
 * object of closures per node costs a simulation hundreds of bytes a node.
 */
export interface Env<Message, Timer, To = PeerId> {
  /** This node: its member name; in the simulator a small integer. */
  readonly self: PeerId;
  /** This protocol's own stream of dice, derived from (seed, node, channel). */
  readonly random: Random;
  /** Milliseconds on a monotonic clock; only differences mean anything. */
  now(): number;
  /** Whole milliseconds since the Unix epoch; a host may step it back. */
  wallClock(): number;
  /** Queues `message` and returns. It may be lost, late, doubled or out of order. */
  send(to: To, message: Message): void;
  /**
   * Asks for one `onTimer(timer)` call, `delayMs` (at least 0) from now. Timers are data, not
   * closures.
   */
  setTimer(timer: Timer, delayMs: number): TimerId;
  /**
   * Forgets a pending timer. Clearing one that fired or was cleared is allowed and does nothing.
   */
  clearTimer(id: TimerId): void;
}

/** SWIM's door: addresses rather than names, a packet budget, and request/reply streams. */
export interface StreamEnv<Message, Timer> extends Env<Message, Timer, Address> {
  /** Most bytes of messages in one packet: what is left after the host took off label and seal. */
  readonly packetMaxBytes: number;
  /**
   * Queues one stream exchange: dial, send `request`, read the reply if the request has one, close.
   * The protocol hears of its end once, by `onExchange`, at the latest after `deadlineMs`.
   */
  exchange(to: Address, request: Message, deadlineMs: number): ExchangeId;
}

/**
 * For overlays whose failure detector is the connection itself. Reports come by `onLinkUp` and
 * `onLinkDown`.
 */
export interface LinkEnv<Message, Timer> extends Env<Message, Timer> {
  /** Begins a link; `onLinkUp` or `onLinkDown` tells what came of it. */
  openLink(to: PeerId): void;
  /** Lets go of it: the other end hears `onLinkDown`, this one nothing more. */
  closeLink(to: PeerId): void;
}

/** A place in a node's journal; later appends have larger positions. */
export type JournalPosition = number & { readonly __journalPosition: unique symbol };

/**
 * What was appended before a `send`, in this step or an earlier one, is durable before the message
 * leaves. Messages to one peer by `send` leave in order.
 */
export interface DurableEnv<Message, Timer, Record> extends Env<Message, Timer> {
  /** Queues a record for the journal. */
  append(record: Record): JournalPosition;
  /**
   * As `append`, but no sync begins for it alone: it goes with what this node appends next, in one
   * order with all that, or after `flush`, or when a `send` waits for it.
   */
  appendLater(record: Record): JournalPosition;
  /** Lets what `appendLater` has queued go to the disk. */
  flush(): void;
  /** For messages that claim nothing about this node's disk: leaves without waiting. */
  sendNow(to: PeerId, message: Message): void;
  /** Drops every record after `position`. */
  truncateAfter(position: JournalPosition): void;
  /** Replaces all records up to `upTo` by `bytes`; `onSnapshot` tells when that is durable. */
  snapshot(bytes: Uint8Array, upTo: JournalPosition): void;
}
