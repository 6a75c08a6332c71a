import type { MembershipChange } from "../../node/stack/stack.contract.ts";
import { Checker, type Metric, type World } from "./checker.ts";

export const ghostsDefaults = {
  /**
   * After this time no table may hold a member that is gone; 0: only its return is watched. Set it
   * above the reap times of the stack. [guess]
   */
  forgottenAfterMs: 0,
  /**
   * For so long after a member went, news of it may still be under way. [because: the longest
   * suspicion of 128 members takes 63 s]
   */
  graceMs: 75_000,
} as const;

type Options = { readonly [Name in keyof typeof ghostsDefaults]: number };

/**
 * Who is gone stays gone: no observer that removed a dead member sees it alive again while it is
 * still down, and after the reap time no table holds it.
 */
export class Ghosts extends Checker {
  private readonly options: Options;
  private readonly removed = new Map<number, Set<number>>();
  private ghostsCount = 0;
  private largestTable = 0;

  constructor(world: World, options: Options) {
    super(world);
    this.options = options;
  }

  override onRestart(node: number): void {
    this.removed.delete(node);
    // It remembers nothing of its former life.
    for (const observers of this.removed.values()) observers.delete(node);
  }

  override onMembership(observer: number, change: MembershipChange, subject: number): void {
    const { truth, nowMs } = this.world;
    if (truth.isUp(subject)) return;
    if (change === "fail" || change === "leave" || change === "reap") {
      const observers = this.removed.get(subject) ?? new Set();
      this.removed.set(subject, observers.add(observer));
      return;
    }
    if (change !== "join" || this.removed.get(subject)?.has(observer) !== true) return;
    const goneForMs = nowMs - truth.downSinceMs(subject);
    if (!(goneForMs > this.options.graceMs)) return;
    // A partition that ends brings honest news of what the far side did not notice yet.
    if (truth.wasPartitionedSince(nowMs - this.options.graceMs)) return;
    this.ghostsCount += 1;
    const names = `${this.world.nameOf(observer)} sees ${this.world.nameOf(subject)} alive again`;
    this.violate(`${names}, which died ${Math.round(goneForMs)} ms ago`);
  }

  protected override conclude(): Readonly<Record<string, Metric>> {
    const { forgottenAfterMs } = this.options;
    const { world } = this;
    const forgotten = this.longGone(forgottenAfterMs);
    for (let index = 0; index < world.nodesCount; index += 1) {
      const inhabitant = world.inhabitant(index);
      if (inhabitant === undefined || !world.truth.isUp(index)) continue;
      for (const table of inhabitant.tables) {
        this.largestTable = Math.max(this.largestTable, table.size);
        if (forgottenAfterMs === 0) continue;
        const ghost = forgotten.find((name) => table.has(name));
        if (ghost === undefined) continue;
        this.ghostsCount += 1;
        this.violate(`${table.name} of ${inhabitant.name} still holds ${ghost}`);
      }
    }
    return { ghosts: this.ghostsCount, gone: forgotten.length, largestTable: this.largestTable };
  }

  private longGone(afterMs: number): string[] {
    const { truth, nowMs, nodesCount } = this.world;
    const names: string[] = [];
    for (let node = 0; node < nodesCount; node += 1) {
      if (!truth.isUp(node) && nowMs - truth.downSinceMs(node) > afterMs) {
        names.push(this.world.nameOf(node));
      }
    }
    return names;
  }
}
