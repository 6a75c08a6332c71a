import type { DeliveryResult } from "./delivery.contract.ts";
import type { TalkingNode } from "./talking-node.ts";

/** What has not come by then is missed. */
export const LATE_MS = 60_000;

interface Entry {
  readonly sentMs: number;
  readonly disturbed: TalkingNode | undefined;
  readonly publisher: TalkingNode;
  /** Who should be told, and is not yet. */
  readonly missing: Set<TalkingNode>;
  readonly told: Set<TalkingNode>;
  lastMs: number;
}

/** Which node was told which message, and when. */
export class DeliveryLedger {
  private readonly now: () => number;
  private readonly entries: Entry[] = [];
  /** The latest message of each publisher, by node. */
  private readonly latest = new Map<TalkingNode, Map<string, number>>();
  private duplicatesCount = 0;
  private overtakenCount = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  /** A message is published now. @returns its number, which is its value. */
  open(
    publisher: TalkingNode,
    nodes: readonly TalkingNode[],
    disturbed: TalkingNode | undefined,
  ): number {
    const missing = new Set(nodes);
    missing.delete(publisher);
    const sentMs = this.now();
    this.entries.push({
      ...{ disturbed, missing, publisher, sentMs },
      told: new Set(),
      lastMs: 0,
    });
    return this.entries.length - 1;
  }

  onTold(node: TalkingNode, from: string, value: unknown): void {
    const id = Number(value);
    const entry = this.entries[id];
    if (entry === undefined) throw new Error(`a message ${id} that nobody has published`);
    if (entry.told.has(node)) this.duplicatesCount += 1;
    entry.told.add(node);
    const isAwaited = entry.missing.delete(node);
    if (isAwaited && node !== entry.disturbed) entry.lastMs = this.now() - entry.sentMs;
    const latest = this.latest.get(node) ?? new Map<string, number>();
    this.latest.set(node, latest);
    if ((latest.get(from) ?? -1) > id) this.overtakenCount += 1;
    latest.set(from, Math.max(id, latest.get(from) ?? -1));
  }

  /** It is dead: nobody expects of it to be told what might still have come. */
  forget(node: TalkingNode): void {
    for (const { missing, sentMs } of this.entries) {
      if (this.now() - sentMs < LATE_MS) missing.delete(node);
    }
  }

  result(): DeliveryResult {
    const counts = { pairsCount: 0, missedCount: 0 };
    const disturbedCounts = { pairsCount: 0, missedCount: 0 };
    for (const { disturbed, missing, publisher, told } of this.entries) {
      for (const node of new Set([...told, ...missing])) {
        if (node === publisher) continue;
        const sums = node === disturbed ? disturbedCounts : counts;
        sums.pairsCount += 1;
        if (missing.has(node)) sums.missedCount += 1;
      }
    }
    return {
      messagesCount: this.entries.length,
      ...counts,
      disturbedPairsCount: disturbedCounts.pairsCount,
      disturbedMissedCount: disturbedCounts.missedCount,
      duplicatesCount: this.duplicatesCount,
      overtakenCount: this.overtakenCount,
      lastMs: this.entries.map(({ lastMs }) => lastMs),
    };
  }
}
