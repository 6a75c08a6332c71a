import { at } from "../../../core/collections/at.ts";

interface Entry {
  readonly publishedMs: number;
  /** Nodes that have it. */
  copiesCount: number;
  /** When the last of them got it. */
  lastMs: number;
}

/** Who has got what and when. */
export class BroadcastLedger {
  private readonly nodesCount: number;
  private readonly entries: Entry[] = [];
  private readonly waits: number[] = [];

  constructor(nodesCount: number) {
    this.nodesCount = nodesCount;
  }

  /** How many were published. */
  get size(): number {
    return this.entries.length;
  }

  /** @returns the number of the next update, which is published now. */
  open(nowMs: number): number {
    this.entries.push({ publishedMs: nowMs, copiesCount: 0, lastMs: nowMs });
    return this.entries.length - 1;
  }

  onHeld(number: number, nowMs: number): void {
    const entry = at(this.entries, number);
    entry.copiesCount += 1;
    entry.lastMs = nowMs;
    this.waits.push(nowMs - entry.publishedMs);
  }

  /** Forgets all; numbers begin anew. */
  clear(): void {
    this.entries.length = 0;
    this.waits.length = 0;
  }

  /** Copies that are missing somewhere. */
  get missingCount(): number {
    const held = this.entries.reduce((sum, { copiesCount }) => sum + copiesCount, 0);
    return this.nodesCount * this.entries.length - held;
  }

  /** From each publication until the last node had it, shortest first; without what is missing. */
  stableLatencies(): number[] {
    const whole = this.entries.filter(({ copiesCount }) => copiesCount === this.nodesCount);
    return whole.map(({ lastMs, publishedMs }) => lastMs - publishedMs).sort((a, b) => a - b);
  }

  /** How long after `sinceMs` the last node had everything that was published before. */
  settledAfterMs(sinceMs: number): number {
    const before = this.entries.filter(({ publishedMs }) => publishedMs <= sinceMs);
    return before.reduce((most, { lastMs }) => Math.max(most, lastMs - sinceMs), 0);
  }

  /** The share of all copies that came within so many ms of their publication. */
  shares(stepMs: number): (readonly [number, number])[] {
    const sorted = [...this.waits].sort((a, b) => a - b);
    const points: (readonly [number, number])[] = [];
    let count = 0;
    const lastMs = sorted.at(-1) ?? 0;
    for (let ms = 0; ms < lastMs + stepMs; ms += stepMs) {
      while (count < sorted.length && at(sorted, count) <= ms) count += 1;
      points.push([ms, count / sorted.length]);
    }
    return points;
  }
}

/** By nearest rank; 0 of none. */
export function rankOf(sorted: readonly number[], ratio: number): number {
  return sorted[Math.max(0, Math.ceil(ratio * sorted.length) - 1)] ?? 0;
}
