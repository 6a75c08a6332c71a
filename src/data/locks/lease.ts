import { holdMs, type LockOptions } from "./locks.options.ts";

/** Renewals under way of which the time is kept. [because: older ones add nothing any more] */
const ROUNDS_MAX_COUNT = 32;

/**
 * Until when a session is certainly this node's, by its own clock: each renewal that was ordered
 * is good for a while from before it was sent. [Gray and Cheriton 1989 §3.1]
 */
export class Lease {
  private readonly holdMs: number;
  private readonly renewIntervalMs: number;
  private readonly sentAt = new Map<number, number>();
  private lastRound = 0;
  private dueMs: number;
  private endMs: number;

  /** @param sentAtMs when the command that opened it was proposed, the first time */
  constructor(options: LockOptions, sentAtMs: number) {
    this.holdMs = holdMs(options);
    this.renewIntervalMs = options.renewIntervalMs;
    this.dueMs = sentAtMs + options.renewIntervalMs;
    this.endMs = sentAtMs + this.holdMs;
  }

  /** From here on it counts as lost. */
  get deadlineMs(): number {
    return this.endMs;
  }

  /** When the next renewal should be sent. */
  get renewAtMs(): number {
    return this.dueMs;
  }

  /** The last renewal may be lost. */
  renewBy(dueMs: number): void {
    this.dueMs = Math.min(this.dueMs, dueMs);
  }

  /** @returns the name of the renewal that is about to be sent */
  send(now: number): number {
    this.lastRound += 1;
    this.dueMs = now + this.renewIntervalMs;
    this.sentAt.set(this.lastRound, now);
    for (const round of this.sentAt.keys()) {
      if (round <= this.lastRound - ROUNDS_MAX_COUNT) this.sentAt.delete(round);
      else break;
    }
    return this.lastRound;
  }

  onRenewed(round: number): void {
    const sentAtMs = this.sentAt.get(round);
    if (sentAtMs !== undefined) this.endMs = Math.max(this.endMs, sentAtMs + this.holdMs);
  }
}
