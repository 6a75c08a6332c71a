import type { SimNode } from "./sim-node.ts";

const FIRST_CAPACITY = 64;
const FLAG_BITS = 3;
const FLAGS = (1 << FLAG_BITS) - 1;

/** How a machine may stand; it runs and talks when it is alive and nothing else. */
export const vitalFlags = { alive: 1, paused: 2, blocked: 4 } as const;

/**
 * All machines, and how each stands in one word: what every event asks before it touches the
 * machine itself, which in a large simulation is not in the cache.
 */
export class SimRoster {
  readonly nodes: SimNode[] = [];
  /** The number of the life, and below it the flags. */
  private vitals = new Int32Array(FIRST_CAPACITY);

  add(node: SimNode): void {
    if (this.nodes.length === this.vitals.length) {
      const larger = new Int32Array(this.vitals.length * 2);
      larger.set(this.vitals);
      this.vitals = larger;
    }
    this.nodes.push(node);
  }

  /** `id` where it is the number of a machine, else -1. */
  known(id: string | number): number {
    return typeof id === "number" && id >>> 0 === id && id < this.nodes.length ? id : -1;
  }

  /** Alive, and neither paused nor blocked. */
  isRunning(index: number): boolean {
    return ((this.vitals[index] ?? 0) & FLAGS) === vitalFlags.alive;
  }

  has(index: number, flag: number): boolean {
    return ((this.vitals[index] ?? 0) & flag) !== 0;
  }

  set(index: number, flag: number): void {
    this.vitals[index] = (this.vitals[index] ?? 0) | flag;
  }

  unset(index: number, flag: number): void {
    this.vitals[index] = (this.vitals[index] ?? 0) & ~flag;
  }

  /** How often it was started or ended. */
  life(index: number): number {
    return (this.vitals[index] ?? 0) >>> FLAG_BITS;
  }

  /** A life begins or ends: nothing of the one before holds. */
  turn(index: number, flags: number): void {
    this.vitals[index] = ((this.life(index) + 1) << FLAG_BITS) | flags;
  }
}
