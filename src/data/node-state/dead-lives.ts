import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { Standing } from "./node-state.contract.ts";
import type { NodeStateOptions } from "./node-state.options.ts";

interface Removed {
  readonly boot: number;
  readonly heartbeat: number;
  readonly atMs: number;
}

/**
 * Lives whose state was removed: while others still tell of them, they must not come back.
 * [spec Scuttlebutt §6, §7]
 */
export class DeadLives {
  private readonly removed: BoundedMap<string, Removed>;
  private readonly quarantineMs: number;

  constructor({
    deadMaxCount,
    quarantineMs,
  }: Pick<NodeStateOptions, "deadMaxCount" | "quarantineMs">) {
    this.removed = new BoundedMap(deadMaxCount);
    this.quarantineMs = quarantineMs;
  }

  add(name: string, removed: Removed): void {
    this.removed.set(name, removed);
  }

  /** False for a later life, and for one that is alive after all. */
  refuses(
    name: string,
    { boot, heartbeat }: { readonly boot: number; readonly heartbeat: number },
    { nowMs, standing }: { readonly nowMs: number; readonly standing: Standing },
  ): boolean {
    const removed = this.removed.peek(name);
    if (removed === undefined || boot > removed.boot) return false;
    if (boot < removed.boot || nowMs - removed.atMs < this.quarantineMs) return true;
    return standing !== "here" || heartbeat < removed.heartbeat;
  }
}
