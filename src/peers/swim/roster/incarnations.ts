import type { Incarnations } from "../swim.contract.ts";

/** Those of a node that speaks for itself alone. */
export class OwnIncarnations implements Incarnations {
  private last = 0;

  get current(): number {
    return this.last;
  }

  take(accused: number, ceiling: number): number {
    this.last = nextIncarnation(this.last, accused, ceiling);
    return this.last;
  }
}

/** One above what this node has said and above what it is accused of. Spec section 14.4. */
export function nextIncarnation(current: number, accused: number, ceiling: number): number {
  return Math.min(Math.max(current + 1, accused + 1), ceiling);
}
