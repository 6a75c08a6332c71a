import { Allowance } from "../../core/allowance.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";

/** So many in a second of each key; without bound when the number is 0. */
export class Budgets<Key> {
  private readonly perSecond: number;
  private readonly allowances: BoundedMap<Key, Allowance>;

  constructor(perSecond: number, keysMaxCount: number) {
    this.perSecond = perSecond;
    this.allowances = new BoundedMap(Math.max(1, keysMaxCount));
  }

  /** Whether one more is allowed; it counts as done then. */
  isAllowed(key: Key, nowMs: number): boolean {
    if (this.perSecond === 0) return true;
    let allowance = this.allowances.get(key);
    if (allowance === undefined) {
      allowance = new Allowance(this.perSecond, nowMs);
      this.allowances.set(key, allowance);
    }
    return allowance.take(1, nowMs) === 1;
  }
}
