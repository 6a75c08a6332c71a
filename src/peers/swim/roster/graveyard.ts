import { ExpiringMap } from "../../../core/collections/expiring-map.ts";

export interface GraveyardOptions {
  readonly graveMs: number;
  readonly gravesMaxCount: number;
  readonly gossipToTheDeadMs: number;
  readonly probeIntervalMs: number;
  readonly ghostAsksMaxCount: number;
}

interface Grave {
  readonly incarnation: number;
  askedAtMs: number;
}

interface Burial {
  readonly name: string;
  readonly atMs: number;
}

/**
 * Names and incarnations of members that were reaped, for a while. memberlist keeps nothing: a node
 * that slept through a death still holds the dead one for alive, its next push/pull says so, and
 * everybody takes the ghost in as a newcomer (hashicorp/memberlist#312).
 *
 * Whoever lost more members than it kept was itself cut off, and buries nobody: when it is back it
 * believes the others rather than make all of them refute.
 */
export class Graveyard {
  private readonly options: GraveyardOptions;
  private readonly graves: ExpiringMap<string, Grave>;
  private burials: Burial[] = [];
  private asksCount = 0;
  private asksSinceMs = Number.NEGATIVE_INFINITY;

  constructor(options: GraveyardOptions) {
    this.options = options;
    this.graves = new ExpiringMap(options.graveMs, Math.max(1, options.gravesMaxCount));
  }

  get size(): number {
    return this.graves.size;
  }

  bury(name: string, incarnation: number, when: { nowMs: number; livingCount: number }): void {
    const { nowMs, livingCount } = when;
    if (this.options.gravesMaxCount === 0) return;
    this.graves.set(name, { incarnation, askedAtMs: Number.NEGATIVE_INFINITY }, nowMs);
    const sinceMs = nowMs - this.options.gossipToTheDeadMs;
    this.burials = this.burials
      .filter(({ atMs }) => atMs > sinceMs)
      .slice(-Math.max(1, livingCount));
    this.burials.push({ name, atMs: nowMs });
    if (this.burials.length <= livingCount) return;
    for (const burial of this.burials) this.graves.delete(burial.name);
  }

  /** The incarnation at which `name` was buried; undefined when it is not, or not any more. */
  incarnationOf(name: string, nowMs: number): number | undefined {
    return this.graves.get(name, nowMs)?.incarnation;
  }

  /** It lives: there is no grave. */
  open(name: string): void {
    this.graves.delete(name);
  }

  expire(nowMs: number): void {
    this.graves.expire(nowMs);
  }

  /** Whether a claimed ghost may be asked now: none twice in a probe period, nor too many. */
  takeAsk(name: string, nowMs: number): boolean {
    const { ghostAsksMaxCount, probeIntervalMs } = this.options;
    const periodMs = Math.max(1, probeIntervalMs);
    const grave = this.graves.get(name, nowMs);
    if (grave === undefined || nowMs - grave.askedAtMs < periodMs) return false;
    if (nowMs - this.asksSinceMs >= periodMs) {
      this.asksSinceMs = nowMs;
      this.asksCount = 0;
    }
    if (this.asksCount >= ghostAsksMaxCount) return false;
    this.asksCount += 1;
    grave.askedAtMs = nowMs;
    return true;
  }
}
