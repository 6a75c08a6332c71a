import type { Dot } from "../../core/dot.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Assembly } from "./assembly.ts";
import type { LogContext } from "./log-context.ts";
import type { Stalled } from "./ordered-log.contract.ts";

/** Peers asked in a cycle, voters and the origin aside. [guess] */
const OTHERS_MAX_COUNT = 3;

/**
 * Gets what has a place and whose data did not come: from its origin, then the voters, then some
 * others, one after the other; then all over again, less and less often. Of those voters that were
 * voters when it was ordered, a majority has it on disk. [spec raft §6]
 *
 * Departs from [spec raft §6]: no hint names the holders, for a majority of the voters are.
 */
export class Fetching {
  /** Told when a whole cycle gave nothing. */
  onStalled: (stalled: Stalled | undefined) => void = () => {};
  private readonly log: LogContext;
  private readonly assembly: Assembly;
  private sources: PeerId[] = [];
  private asked: PeerId | undefined;
  /** Until then it may answer. */
  private dueMs = 0;
  private cyclesCount = 0;
  private waitsSinceMs = 0;
  private isTimerSet = false;
  /** The place that could not be assembled when the timer was set. */
  private place = 0;
  private isStalled = false;

  constructor(log: LogContext, assembly: Assembly) {
    this.log = log;
    this.assembly = assembly;
  }

  /** Something may be missing, or may have come. */
  look(): void {
    const { env, options, state } = this.log;
    const { place } = this.assembly.through;
    if (place !== this.place) this.onProgress(place);
    if (this.isTimerSet || place >= state.end.place) return;
    this.isTimerSet = true;
    env.setTimer({ kind: "fetch" }, options.fetchDelayMs);
  }

  onTimer(): void {
    const { env, options, state } = this.log;
    this.isTimerSet = false;
    const { place } = this.assembly.through;
    if (place >= state.end.place) return;
    // Who was asked since the timer was set has its time, too.
    const leftMs = this.asked === undefined ? 0 : this.dueMs - env.now();
    const delayMs = leftMs > 0 ? leftMs : this.askNext();
    if (delayMs === undefined) return this.look();
    this.isTimerSet = true;
    env.setTimer({ kind: "fetch" }, Math.max(1, Math.min(delayMs, options.retryMaxMs)));
  }

  /** `from` answered; if it lacks some the next one is asked at once. */
  onAnswer(from: PeerId, missing: readonly Dot[]): void {
    if (from !== this.asked) return;
    this.asked = undefined;
    const { place } = this.assembly.through;
    if (place >= this.log.state.end.place) return;
    // Who had all of it is asked for the rest, and not the next one, who may be dead.
    if (place > this.place && missing.length === 0) {
      this.onProgress(place);
      this.sources.unshift(from);
    }
    if (missing.length === 0 || this.sources.length > 0) this.askNext();
  }

  private onProgress(place: number): void {
    this.place = place;
    this.waitsSinceMs = this.log.env.now();
    this.cyclesCount = 0;
    if (this.isStalled) this.onStalled(undefined);
    this.isStalled = false;
  }

  /** @returns when to look again; undefined when nothing is missing. */
  private askNext(): number | undefined {
    const { env, options } = this.log;
    const dots = this.assembly.missing(options.fetchAheadCount, options.fetchMaxCount);
    const [first] = dots;
    if (first === undefined) return undefined;
    if (this.sources.length === 0) {
      if (this.cyclesCount > 0) this.onCycleEnd(first);
      this.sources = this.sourcesOf(first);
      this.cyclesCount += 1;
      if (this.cyclesCount > 1) {
        const pauseMs = options.fetchTimeoutMs * (1 << Math.min(10, this.cyclesCount - 1));
        this.asked = undefined;
        return pauseMs;
      }
    }
    this.asked = this.sources.shift();
    if (this.asked === undefined) return options.retryMaxMs;
    this.dueMs = env.now() + options.fetchTimeoutMs;
    env.sendNow(this.asked, { kind: "fetch", dots });
    return options.fetchTimeoutMs;
  }

  private onCycleEnd(dot: Dot): void {
    const { place, orderIndex } = this.assembly.through;
    this.isStalled = true;
    this.log.count("stalled");
    const at = { place: place + 1, orderIndex: orderIndex + 1 };
    this.onStalled({ at, dot, sinceMs: this.waitsSinceMs });
  }

  private sourcesOf({ origin }: Dot): PeerId[] {
    const { env, order, peers, view } = this.log;
    const { voters } = order.members;
    const others: PeerId[] = [];
    const count = view.sample(env.random, OTHERS_MAX_COUNT, others);
    const of = peers.peerOf(origin);
    const all = [
      ...(of === undefined ? [] : [of]),
      ...env.random.shuffle([...voters]),
      ...others.slice(0, count),
    ];
    return [...new Set(all)].filter((peer) => peer !== env.self);
  }
}
