import type { Address } from "./address.ts";
import type { ExchangeId, JournalPosition } from "./env.ts";
import type { PeerId } from "./peer.ts";

/**
 * A deterministic state machine. Every method runs to completion and never waits: no `async`, no
 * promise, no clock and no dice but those of its `Env`. Remote input never throws.
 */
export interface Protocol<Message, Timer, From = PeerId> {
  /** Called once, before anything else. */
  start(): void;
  /** Called once; nothing is called afterwards. */
  stop(): void;
  /** A message has come; it may be late, doubled or out of order. */
  onMessage(from: From, message: Message): void;
  /** A timer that was set has gone off. */
  onTimer(timer: Timer): void;
}

/**
 * How an exchange that this node began has ended. `reply` is undefined for requests that have none.
 */
export type ExchangeOutcome<Message> =
  | { readonly kind: "reply"; readonly reply: Message | undefined }
  | { readonly kind: "failure"; readonly reason: ExchangeFailure; readonly detail: string };

/**
 * Why an exchange failed: nobody there, no end in time, closed early, or bytes that make no sense.
 */
export type ExchangeFailure = "unreachable" | "timeout" | "closed" | "malformed";

/** A protocol over `StreamEnv`: packets by `onMessage`, streams by the two methods here. */
export interface StreamProtocol<Message, Timer> extends Protocol<Message, Timer, Address> {
  /**
   * The exchange `id` has ended. Called exactly once for each `env.exchange`, never during a step.
   */
  onExchange(id: ExchangeId, outcome: ExchangeOutcome<Message>): void;
  /**
   * A peer opened a stream with this request. The return value is sent back before the stream is
   * closed; undefined closes it without a word.
   */
  onRequest(from: Address, request: Message): Message | undefined;
}

/** A protocol over `LinkEnv`. */
export interface LinkProtocol<Message, Timer> extends Protocol<Message, Timer> {
  /** A link to the peer stands, whoever began it. */
  onLinkUp(peer: PeerId): void;
  /** The link to the peer has ended, or could not begin. */
  onLinkDown(peer: PeerId): void;
}

/** What was appended, and where it stands. */
export interface DurableRecord<Record> {
  readonly position: JournalPosition;
  readonly record: Record;
}

/** A protocol over `DurableEnv`. */
export interface DurableProtocol<Message, Timer, Record> extends Protocol<Message, Timer> {
  /** Called before `start` with what the journal held, oldest first. */
  recover(snapshot: Uint8Array | undefined, tail: readonly DurableRecord<Record>[]): void;
  /** Everything up to `position` is durable. */
  onDurable(position: JournalPosition): void;
  /** The snapshot that replaces all records up to `upTo` is durable, and counts. */
  onSnapshot(upTo: JournalPosition): void;
}
