import type { TimerId } from "../../core/env.ts";
import type { LockEnv, LockTimer } from "./locks.contract.ts";

/** A timer that can be moved. */
export class OneTimer {
  private readonly env: LockEnv;
  private readonly timer: LockTimer;
  private pending: { readonly id: TimerId; readonly dueMs: number } | undefined;

  constructor(env: LockEnv, timer: LockTimer) {
    this.env = env;
    this.timer = timer;
  }

  /** It has fired. */
  onTimer(): void {
    this.pending = undefined;
  }

  /** Fires at `dueMs` and at no other time; Infinity: never. */
  plan(dueMs: number): void {
    if (this.pending?.dueMs === dueMs) return;
    if (this.pending !== undefined) this.env.clearTimer(this.pending.id);
    this.pending = undefined;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    // Whole ones: what fires a hair too early would be set again for no time at all.
    const delayMs = Math.max(0, Math.ceil(dueMs - this.env.now()));
    const id = this.env.setTimer(this.timer, delayMs);
    this.pending = { id, dueMs };
  }

  /** Fires at `dueMs` at the latest. */
  planBy(dueMs: number): void {
    if (this.pending === undefined || this.pending.dueMs > dueMs) this.plan(dueMs);
  }
}
