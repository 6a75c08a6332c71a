import type { Address } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import { DueQueue } from "../core/collections/due-queue.ts";
import type { Env, ExchangeId, LinkEnv, StreamEnv, TimerId } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";

/** One thing a protocol asked of its host, as plain data for `deepEqual`. */
export type RecordedAction<Message, Timer, To = PeerId> =
  | { readonly send: Message; readonly to: To }
  | { readonly setTimer: Timer; readonly delayMs: number }
  | { readonly clearTimer: Timer }
  | { readonly exchange: Message; readonly to: Address; readonly deadlineMs: number }
  | { readonly openLink: PeerId }
  | { readonly closeLink: PeerId };

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
  openLink(to: PeerId): void {
    this.actions.push({ openLink: to });
  }

  closeLink(to: PeerId): void {
    this.actions.push({ closeLink: to });
  }
}
