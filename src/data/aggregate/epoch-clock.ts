import type { AggregateCounters } from "./aggregate.contract.ts";

export interface EpochClockOptions {
  readonly epochMs: number;
  readonly epochAheadMaxMs: number;
  readonly counters: AggregateCounters;
}

/**
 * Numbers the epochs of a node. Each ends after its time, or when somebody speaks of a later one:
 * so epochs spread like rumours, and clocks need not agree. The wall clock gives the first number
 * only, so that a restarted node is not behind. [spec aggregation §1]
 */
export class EpochClock {
  private readonly options: EpochClockOptions;
  private number: number;
  private endsAtMs: number;
  private jumpedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: EpochClockOptions, nowMs: number, wallMs: number) {
    const { epochMs } = options;
    this.options = options;
    this.number = this.epochAt(wallMs);
    this.endsAtMs = nowMs + epochMs - (((wallMs % epochMs) + epochMs) % epochMs);
  }

  get epoch(): number {
    return this.number;
  }

  nextInMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.endsAtMs - nowMs));
  }

  /** 0 at the beginning of an epoch, 1 at its end. */
  phase(nowMs: number): number {
    const left = (this.endsAtMs - nowMs) / this.options.epochMs;
    return Math.min(1, Math.max(0, 1 - left));
  }

  /** True when another epoch has begun. */
  onTime(nowMs: number): boolean {
    if (nowMs < this.endsAtMs) return false;
    const { counters, epochMs } = this.options;
    const passed = Math.floor((nowMs - this.endsAtMs) / epochMs) + 1;
    this.number += passed;
    this.endsAtMs += passed * epochMs;
    counters.add("aggregate.epochs");
    return true;
  }

  /** What a message says. True when it begins another epoch here. */
  onHeard(
    said: { readonly epoch: number; readonly nextEpochInMs: number },
    at: ClockTimes,
  ): boolean {
    if (said.epoch <= this.number) return false;
    const { counters, epochAheadMaxMs, epochMs } = this.options;
    const latest = this.epochAt(at.wallMs + epochAheadMaxMs);
    // A node that jumps at each word never computes anything.
    const isTooSoon = at.nowMs - this.jumpedAtMs < epochMs / 2;
    if (said.epoch > Math.max(latest, this.number + 1) || isTooSoon) {
      counters.add("aggregate.dropped.epoch");
      return false;
    }
    this.number = said.epoch;
    this.jumpedAtMs = at.nowMs;
    this.endsAtMs = at.nowMs + Math.min(epochMs, Math.max(0, said.nextEpochInMs));
    counters.add("aggregate.jumps");
    return true;
  }

  private epochAt(wallMs: number): number {
    return Math.max(0, Math.floor(wallMs / this.options.epochMs));
  }
}

export interface ClockTimes {
  readonly nowMs: number;
  readonly wallMs: number;
}
