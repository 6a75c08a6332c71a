import { HearsayError } from "../../core/errors.ts";
import type { Simulator } from "../../sim/simulator.ts";
import { drainMicrotasks } from "./next-turn.ts";
import { testClusterDefaults } from "./test-cluster.options.ts";

/**
 * The simulation's clock, and who may move it. Between two instants of virtual time the promises of
 * user code settle, in an order that depends on nothing but the run: so an `await` in user code
 * takes no virtual time, and the same seed gives the same run.
 */
export class VirtualTime {
  private readonly simulator: Simulator;
  /** Something reached user code, whose promises have not yet settled. */
  private hasNews = false;
  private isRunning = false;
  private turnsAt = -1;
  private turnsCount = 0;

  constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  get nowMs(): number {
    return this.simulator.nowMs;
  }

  /** A promise of user code was settled, or a listener called. */
  onNews(): void {
    this.hasNews = true;
  }

  /**
   * Lets time pass until `isOver`, asked after every instant and whenever promises have settled.
   * @returns whether it came to hold by `endMs`.
   * @throws HearsayError TEST_CLUSTER when time is running already, or would never end
   */
  async runUntil(endMs: number, isOver: () => boolean): Promise<boolean> {
    if (this.isRunning) {
      const fix = "await the one before; code in a node waits by its life's delay()";
      throw new HearsayError("TEST_CLUSTER", `virtual time is running already: ${fix}`);
    }
    if (!Number.isFinite(endMs)) {
      const fix = "durations and limits are finite numbers of virtual milliseconds";
      throw new HearsayError("TEST_CLUSTER", `this would wait until ${endMs} ms: ${fix}`);
    }
    this.isRunning = true;
    this.turnsCount = 0;
    try {
      // What the test did since time stood still.
      await drainMicrotasks();
      return await this.advance(endMs, isOver);
    } finally {
      this.isRunning = false;
    }
  }

  private async advance(endMs: number, isOver: () => boolean): Promise<boolean> {
    const mustPause = (): boolean => this.hasNews || isOver();
    for (;;) {
      if (isOver()) return true;
      this.hasNews = false;
      const isPaused = this.simulator.runUntil(mustPause, endMs - this.nowMs);
      if (!isPaused) return false;
      if (!this.hasNews) continue;
      this.countTurn();
      await drainMicrotasks();
    }
  }

  /** Two nodes that answer each other without delay would keep time from passing. */
  private countTurn(): void {
    if (this.turnsAt !== this.nowMs) this.turnsCount = 0;
    this.turnsAt = this.nowMs;
    this.turnsCount += 1;
    if (this.turnsCount <= testClusterDefaults.instantTurnsCount) return;
    const detail = `virtual time stands still at ${this.nowMs} ms; does a loop wait for nothing?`;
    throw new HearsayError("TEST_CLUSTER", detail);
  }
}
