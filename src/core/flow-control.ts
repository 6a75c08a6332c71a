/** How much a node may write, and how much it wants to, in updates a second. */
export interface FlowReport {
  readonly limitPerSecond: number;
  readonly demandPerSecond: number;
}

export interface FlowOptions {
  readonly flowStartPerSecond: number;
  readonly flowMinPerSecond: number;
  readonly flowIncreasePerSecond: number;
  readonly flowDecreaseRatio: number;
  readonly roundIntervalMs: number;
}

/** Rounds looked back upon, and how many of them must have overflowed. [spec Scuttlebutt §9] */
const WINDOW_ROUNDS = 10;
const OVERFLOWS_MIN = 2;
/** How far above what is wanted a limit grows. [RFC 7661: what is not used is not raised] */
const USED_MULTIPLE = 2;
/** What the last round weighs in the rate that writers want. [guess] */
const DEMAND_WEIGHT = 0.3;
/** More than any node writes: a forged report must not make it grow without bound. */
const LIMIT_MAX_PER_SECOND = 1e6;
/** Writes that may come at once after a silence, in seconds' worth of the limit. */
const BURST_SECONDS = 1;

/**
 * Keeps writers from producing more than gossip can carry: each node has a limit of updates a
 * second, halves the room left with whomever it meets, lowers it when its own updates do not fit
 * into deltas, and else raises it a little each round. [Scuttlebutt 2008 §4; spec Scuttlebutt §9]
 *
 * Departs from [Scuttlebutt 2008 §4]: the sum of two limits is kept by giving each its demand and
 * half of what is left, or of what is missing, instead of by cases. A limit that is not used does
 * not grow, and what was lowered is given new rounds to show.
 */
export class FlowControl {
  private readonly options: FlowOptions;
  private readonly now: () => number;
  private limit: number;
  private demand = 0;
  private wantedCount = 0;
  private tokens: number;
  private filledAtMs: number;
  /** For the last rounds: whether updates of this node had to be left out. */
  private readonly overflows: ("fits" | "overflows")[] = [];
  private current: "fits" | "overflows" = "fits";

  constructor(options: FlowOptions, now: () => number) {
    this.options = options;
    this.now = now;
    this.limit = options.flowStartPerSecond;
    this.tokens = Math.max(1, this.limit * BURST_SECONDS);
    this.filledAtMs = now();
  }

  get report(): FlowReport {
    return { limitPerSecond: this.limit, demandPerSecond: this.demand };
  }

  /** Somebody wants to write. False when it is too much; then `waitMs` says when it is not. */
  takeTurn(): boolean {
    this.wantedCount += 1;
    this.fill();
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Until the next write is within the limit; 0 when it is. */
  get waitMs(): number {
    this.fill();
    return this.tokens >= 1 ? 0 : Math.ceil(((1 - this.tokens) / this.limit) * 1_000);
  }

  /** Updates of this node were wanted, and left out for lack of room. */
  onOverflow(): void {
    this.current = "overflows";
  }

  onRound(): void {
    const { flowDecreaseRatio, flowIncreasePerSecond, roundIntervalMs } = this.options;
    const rate = (this.wantedCount * 1_000) / roundIntervalMs;
    this.demand += DEMAND_WEIGHT * (rate - this.demand);
    this.wantedCount = 0;
    this.fill();
    this.overflows.push(this.current);
    this.current = "fits";
    if (this.overflows.length > WINDOW_ROUNDS) this.overflows.shift();
    const isTooMuch = this.overflows.filter((one) => one === "overflows").length >= OVERFLOWS_MIN;
    // A limit that nobody comes near says nothing about what gossip carries: it does not grow.
    const isUsed = this.limit <= this.demand * USED_MULTIPLE;
    if (!isTooMuch && isUsed) this.setLimit(this.limit + flowIncreasePerSecond);
    else if (isTooMuch) {
      this.setLimit(this.limit * flowDecreaseRatio);
      // What was lowered is given time to show.
      this.overflows.length = 0;
    }
  }

  /** Both sides of an exchange do this with each other's report, so that the sum stays. */
  onExchange(theirs: FlowReport): void {
    const { limitPerSecond, demandPerSecond } = theirs;
    if (!(limitPerSecond >= 0 && demandPerSecond >= 0)) return;
    const spare = this.limit + limitPerSecond - this.demand - demandPerSecond;
    if (Number.isFinite(spare)) this.setLimit(this.demand + spare / 2);
  }

  private setLimit(limit: number): void {
    const { flowMinPerSecond } = this.options;
    this.limit = Math.min(Math.max(limit, flowMinPerSecond), LIMIT_MAX_PER_SECOND);
  }

  private fill(): void {
    const nowMs = this.now();
    const most = Math.max(1, this.limit * BURST_SECONDS);
    this.tokens = Math.min(most, this.tokens + ((nowMs - this.filledAtMs) / 1_000) * this.limit);
    this.filledAtMs = nowMs;
  }
}
