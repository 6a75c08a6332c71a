/** How much memory a run holds on to, measured behind a full collection. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface MemoryPoint {
  readonly atCount: number;
  /** heapUsed + arrayBuffers + external, after a collection. */
  readonly bytes: number;
}

/** The collector, which Node hides unless started with a flag. */
export function fullCollection(): void {
  collect ??= exposed();
  collect();
}

let collect: (() => void) | undefined;

function exposed(): () => void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  if (typeof gc !== "function") throw new Error("this engine has no collector to call");
  return () => void gc();
}

/** Bytes held now, garbage left out. */
export function heldBytes(): number {
  // The second collection frees what the first one's finalizers let go of.
  fullCollection();
  fullCollection();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export class MemoryCurve {
  readonly points: MemoryPoint[] = [];

  measure(atCount: number): void {
    this.points.push({ atCount, bytes: heldBytes() });
  }

  get last(): string {
    const bytes = this.points.at(-1)?.bytes ?? 0;
    return `${(bytes / 2 ** 20).toFixed(1)} MiB held`;
  }
}

/**
 * Bytes by which the last third of a run holds more than its middle third: what grows with the
 * number of inputs shows here, and what only fills its bounds once does not.
 */
export function growthBytes(points: readonly MemoryPoint[]): number {
  const third = Math.floor(points.length / 3);
  if (third === 0) return 0;
  const middle = points.slice(third, 2 * third).map(({ bytes }) => bytes);
  const last = points.slice(-third).map(({ bytes }) => bytes);
  return median(last) - median(middle);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
