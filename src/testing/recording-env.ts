import type { Address } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import { DueQueue } from "../core/collections/due-queue.ts";
import type {
  DurableEnv,
  Env,
  ExchangeId,
  JournalPosition,
  LinkEnv,
  StreamEnv,
  TimerId,
} from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { DurableRecord } from "../core/protocol.ts";
import { Random } from "../core/random.ts";

/** One thing a protocol asked of its host, as plain data for `deepEqual`. */
export type RecordedAction<Message, Timer, To = PeerId> =
  | { readonly send: Message; readonly to: To }
  | { readonly setTimer: Timer; readonly delayMs: number }
  | { readonly clearTimer: Timer }
  | { readonly exchange: Message; readonly to: Address; readonly deadlineMs: number }
  | { readonly openLink: PeerId }
  | { readonly closeLink: PeerId };

/** Name, dice and clocks of a RecordingEnv. */
export interface RecordingEnvOptions {
  /** Default "self". */
  readonly self?: string | number;
  /** Of the dice. Default 1. */
  readonly seed?: number;
  /** Where the monotonic clock begins. Default 0. */
  readonly nowMs?: number;
  /** Where the wall clock begins. Default 2020-01-01. */
  readonly wallClockMs?: number;
}

interface TimerOwner<Timer> {
  onTimer(timer: Timer): void;
}

interface Pending<Timer> {
  readonly timer: Timer;
}

const DEFAULT_WALL_CLOCK_MS = 1_577_836_800_000;
/** A protocol that sets a timer of 0 ms in `onTimer` would never come to an end. */
const FIRINGS_MAX_COUNT = 100_000;

/**
 * A host that does nothing but write down what a protocol asks for. Its clock stands still until
 * the test turns it.
 */
export class RecordingEnv<Message, Timer, To = PeerId> implements Env<Message, Timer, To> {
  readonly self: PeerId;
  readonly random: Random;
  protected actions: RecordedAction<Message, Timer, To>[] = [];
  private readonly pending = new DueQueue<Pending<Timer>>();
  private nowMs: number;
  private wallOffsetMs: number;

  constructor(options: RecordingEnvOptions = {}) {
    this.self = peerId(options.self ?? "self");
    this.random = new Random(options.seed ?? 1);
    this.nowMs = options.nowMs ?? 0;
    this.wallOffsetMs = (options.wallClockMs ?? DEFAULT_WALL_CLOCK_MS) - this.nowMs;
  }

  now(): number {
    return this.nowMs;
  }

  wallClock(): number {
    return Math.floor(this.nowMs + this.wallOffsetMs);
  }

  send(to: To, message: Message): void {
    this.actions.push({ send: message, to });
  }

  setTimer(timer: Timer, delayMs: number): TimerId {
    assert(delayMs >= 0 && Number.isFinite(delayMs), `a delay of ${delayMs} ms`);
    this.actions.push({ setTimer: timer, delayMs });
    return this.pending.put(this.nowMs + delayMs, { timer }) as TimerId;
  }

  clearTimer(id: TimerId): void {
    const found = this.pending.take(id);
    if (found !== undefined) this.actions.push({ clearTimer: found.timer });
  }

  /** What was asked since the last call, in order; forgets it. */
  taken(): RecordedAction<Message, Timer, To>[] {
    const { actions } = this;
    this.actions = [];
    return actions;
  }

  /** The messages among what was asked since the last `taken`, which stay recorded. */
  get sent(): readonly { readonly to: To; readonly message: Message }[] {
    return this.actions.flatMap((action) =>
      "send" in action ? [{ to: action.to, message: action.send }] : [],
    );
  }

  /** How many timers have neither fired nor been cleared. */
  get pendingTimersCount(): number {
    return this.pending.size;
  }

  /**
   * Turns the clock on by `durationMs` and lets `protocol` have every timer that falls due on the
   * way, each at its time, those it sets meanwhile included.
   */
  advance(durationMs: number, protocol: TimerOwner<Timer>): void {
    const endMs = this.nowMs + durationMs;
    for (let count = 0; this.pending.nextDue <= endMs; count += 1) {
      assert(count < FIRINGS_MAX_COUNT, "timers that fall due at once set each other for ever");
      this.nowMs = this.pending.nextDue;
      const next = this.pending.takeNext();
      if (next !== undefined) protocol.onTimer(next.timer);
    }
    this.nowMs = endMs;
  }

  /** Steps the wall clock, as an operator may; the monotonic clock does not move. */
  stepWallClock(byMs: number): void {
    this.wallOffsetMs += byMs;
  }
}

/** The same for a protocol over `StreamEnv`. */
export class RecordingStreamEnv<Message, Timer>
  extends RecordingEnv<Message, Timer, Address>
  implements StreamEnv<Message, Timer>
{
  readonly packetMaxBytes: number;
  /** Names of the exchanges begun, oldest first; for `onExchange`. */
  readonly exchanges: ExchangeId[] = [];

  constructor(options: RecordingEnvOptions & { readonly packetMaxBytes?: number } = {}) {
    super(options);
    this.packetMaxBytes = options.packetMaxBytes ?? 1_400;
  }

  exchange(to: Address, request: Message, deadlineMs: number): ExchangeId {
    const id = (this.exchanges.length + 1) as ExchangeId;
    this.exchanges.push(id);
    this.actions.push({ exchange: request, to, deadlineMs });
    return id;
  }
}

/** The same for a protocol over `LinkEnv`. */
export class RecordingLinkEnv<Message, Timer>
  extends RecordingEnv<Message, Timer>
  implements LinkEnv<Message, Timer>
{
  /** Recorded, as all that a protocol asks for. */
  openLink(to: PeerId): void {
    this.actions.push({ openLink: to });
  }

  /** Recorded, as all that a protocol asks for. */
  closeLink(to: PeerId): void {
    this.actions.push({ closeLink: to });
  }
}

interface DurableOwner {
  onDurable(position: JournalPosition): void;
  onSnapshot(upTo: JournalPosition): void;
}

/** The same for a protocol over `DurableEnv`. Its disk is done when the test says so. */
export class RecordingDurableEnv<Message, Timer, Record>
  extends RecordingEnv<Message, Timer>
  implements DurableEnv<Message, Timer, Record>
{
  /** What stands behind the snapshot, durable or not. */
  records: DurableRecord<Record>[] = [];
  /** The last one that is durable. */
  kept: Uint8Array | undefined;
  private last = 0;
  private durable = 0;
  private held: { readonly to: PeerId; readonly message: Message }[] = [];
  private written: { readonly bytes: Uint8Array; readonly upTo: JournalPosition }[] = [];

  append(record: Record): JournalPosition {
    this.last += 1;
    const position = this.last as JournalPosition;
    this.records.push({ position, record });
    return position;
  }

  /** Here all of it waits for `sync`. */
  appendLater(record: Record): JournalPosition {
    return this.append(record);
  }

  flush(): void {}

  override send(to: PeerId, message: Message): void {
    if (this.last === this.durable) super.send(to, message);
    else this.held.push({ to, message });
  }

  sendNow(to: PeerId, message: Message): void {
    super.send(to, message);
  }

  truncateAfter(position: JournalPosition): void {
    this.records = this.records.filter((one) => one.position <= position);
  }

  snapshot(bytes: Uint8Array, upTo: JournalPosition): void {
    this.written.push({ bytes, upTo });
  }

  /** All that was asked of the disk is durable. */
  sync(protocol: DurableOwner): void {
    this.durable = this.last;
    const { held, written } = this;
    this.held = [];
    this.written = [];
    for (const { message, to } of held) super.send(to, message);
    for (const { bytes, upTo } of written) {
      this.kept = bytes;
      this.records = this.records.filter((one) => one.position > upTo);
      protocol.onSnapshot(upTo);
    }
    protocol.onDurable(this.last as JournalPosition);
  }
}
