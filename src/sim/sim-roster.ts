import type { SimNode } from "./sim-node.ts";

const FIRST_CAPACITY = 64;

/** How a machine may stand; it runs and talks when it is alive and nothing else. */
export const vitalFlags = { alive: 1, paused: 2, blocked: 4 } as const;

/**
 * All machines, and how each stands in one byte: what every event asks before it touches the
 * machine itself, which in a large simulation is not in the cache.
 */
export class SimRoster {
  readonly nodes: SimNode[] = [];
  private flags = new Uint8Array(FIRST_CAPACITY);
  private lives = new Int32Array(FIRST_CAPACITY);

  add(node: SimNode): void {
    if (this.nodes.length === this.flags.length) {
      const flags = new Uint8Array(this.flags.length * 2);
      flags.set(this.flags);
      this.flags = flags;
      const lives = new Int32Array(flags.length);
      lives.set(this.lives);
      this.lives = lives;
    }
    this.nodes.push(node);
  }

  /** `id` where it is the number of a machine, else -1. */
  known(id: string | number): number {
    return typeof id === "number" && id >>> 0 === id && id < this.nodes.length ? id : -1;
  }

  /** Alive, and neither paused nor blocked. */
  isRunning(index: number): boolean {
    return this.flags[index] === vitalFlags.alive;
  }

  has(index: number, flag: number): boolean {
    return ((this.flags[index] ?? 0) & flag) !== 0;
  }

  set(index: number, flag: number): void {
    this.flags[index] = (this.flags[index] ?? 0) | flag;
  }

  unset(index: number, flag: number): void {
    this.flags[index] = (this.flags[index] ?? 0) & ~flag;
  }

  /** How often it was started or ended. */
  life(index: number): number {
    return this.lives[index] ?? 0;
  }

  /** A life begins or ends: nothing of the one before holds. */
  turn(index: number, flags: number): void {
    this.lives[index] = this.life(index) + 1;
    this.flags[index] = flags;
  }
}
