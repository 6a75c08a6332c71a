import type { TimerId } from "../../core/env.ts";
import type { RumorEnv } from "./rumor.contract.ts";
import type { RumorOptions } from "./rumor.options.ts";

/** Rounds without news after which all is quiet. [because: by then most of a cluster has heard] */
const QUIET_ROUNDS = 20;
const ROUND = { kind: "round" } as const;

/**
 * When this node's rounds begin, and what belongs to one cycle. A cycle is a round of this node and
 * what happens until its next one; for a node without rounds it is as long as they would be.
 */
export class RoundClock {
  private readonly env: RumorEnv;
  private readonly options: RumorOptions;
  private pending: TimerId | undefined;
  private dueMs = 0;
  private lastRoundMs = Number.NEGATIVE_INFINITY;
  private lastNewsMs = Number.NEGATIVE_INFINITY;
  private windowMs = Number.NEGATIVE_INFINITY;
  private admittedCount = 0;
  private lastNamesMs = Number.NEGATIVE_INFINITY;
  private isOver = false;

  constructor(env: RumorEnv, options: RumorOptions) {
    this.env = env;
    this.options = options;
  }

  get isStopped(): boolean {
    return this.isOver;
  }

  /** Who asks for rumors must ask always; who only tells has nothing to tell yet. */
  start(): void {
    const { mode, roundIntervalMs } = this.options;
    if (mode === "push") return;
    // Nodes that start together must not all call in the same instant.
    if (this.isInStep) this.set(this.nextTickMs);
    else this.set(this.env.now() + this.env.random.real() * roundIntervalMs);
  }

  stop(): void {
    this.isOver = true;
    this.unset();
  }

  beginRound(): void {
    this.pending = undefined;
    this.lastRoundMs = this.env.now();
  }

  /** Sets the next round, if none comes sooner. */
  plan(why: "news" | "busy" | "idle"): void {
    const nowMs = this.env.now();
    if (why === "news") this.lastNewsMs = nowMs;
    const dueMs = this.isInStep ? this.nextTickMs : this.asSoonAs(why, nowMs);
    if (this.pending !== undefined && this.dueMs <= dueMs) return;
    this.unset();
    this.set(dueMs);
  }

  /**
   * What was learned since then was not known when this cycle began, which is what makes a contact
   * useful. Rounds that are not in step have no common cycle, and are judged by the moment.
   */
  get cycleStartMs(): number {
    const nowMs = this.env.now();
    return this.isInStep ? nowMs - (nowMs % this.options.roundIntervalMs) : nowMs;
  }

  /** What was asked for since then is still on its way. */
  get askedSinceMs(): number {
    return this.isInStep ? this.cycleStartMs : this.env.now() - this.options.roundIntervalMs;
  }

  /**
   * Whether a call that is made now asks for names: once in a while, however busy. In step all ask
   * for rumors in every cycle, and the papers know no names.
   */
  takeNamesTurn(): boolean {
    const nowMs = this.env.now();
    if (this.isInStep || this.options.namedForMs === 0) return false;
    if (nowMs - this.lastNamesMs < this.namesTurnMs) return false;
    this.lastNamesMs = nowMs;
    return true;
  }

  /** A round less: timers may fire early, and the next round may be a whole interval away. */
  get namesTurnMs(): number {
    const { idleIntervalMs, roundIntervalMs } = this.options;
    return Math.max(0, idleIntervalMs - roundIntervalMs);
  }

  /** Whether one more caller is let in; at most so many in a cycle, all when it is 0. */
  admit(maxCount: number): boolean {
    if (maxCount === 0) return true;
    const nowMs = this.env.now();
    const isOldWindow = this.isInStep
      ? this.windowMs < this.cycleStartMs
      : nowMs - this.windowMs >= this.options.roundIntervalMs;
    if (isOldWindow) {
      this.windowMs = nowMs;
      this.admittedCount = 0;
    }
    if (this.admittedCount >= maxCount) return false;
    this.admittedCount += 1;
    return true;
  }

  /** All nodes' rounds begin at once: only on hosts whose clocks are one clock. */
  private get isInStep(): boolean {
    return this.options.rounds === "synchronous";
  }

  private get nextTickMs(): number {
    return this.cycleStartMs + this.options.roundIntervalMs;
  }

  private asSoonAs(why: "news" | "busy" | "idle", nowMs: number): number {
    const { idleIntervalMs, roundIntervalMs } = this.options;
    if (why !== "idle") return Math.max(nowMs, this.lastRoundMs + roundIntervalMs);
    const isQuiet = nowMs - this.lastNewsMs > QUIET_ROUNDS * roundIntervalMs;
    return nowMs + (isQuiet ? Math.max(idleIntervalMs, roundIntervalMs) : roundIntervalMs);
  }

  private set(dueMs: number): void {
    this.dueMs = dueMs;
    this.pending = this.env.setTimer(ROUND, Math.max(0, dueMs - this.env.now()));
  }

  private unset(): void {
    if (this.pending !== undefined) this.env.clearTimer(this.pending);
    this.pending = undefined;
  }
}
