/** Why a node cannot be expected to answer everybody. */
export type Trouble = "down" | "paused" | "blocked" | "cutOff" | "left";

const bits: Readonly<Record<Trouble, number>> = {
  down: 1,
  paused: 2,
  blocked: 4,
  cutOff: 8,
  left: 16,
};

interface Partition {
  /** Which side each node is on, by its number. */
  readonly sides: Int32Array;
  endMs: number;
}

/** Ended partitions remembered; the oldest is forgotten, and judged by more strictly. [guess] */
const ENDED_MAX_COUNT = 1_024;

/**
 * What is really the case in a simulation, as nobody inside it can know: who is down or cut off,
 * and since when. Checkers judge the protocols by it.
 */
export class GroundTruth {
  readonly nodesCount: number;
  private readonly now: () => number;
  private readonly troubles: Uint8Array;
  private readonly lastTrouble: Float64Array;
  private readonly downSince: Float64Array;
  private readonly upSince: Float64Array;
  private readonly active = new Set<Partition>();
  private readonly ended: Partition[] = [];

  constructor(nodesCount: number, now: () => number) {
    this.nodesCount = nodesCount;
    this.now = now;
    this.troubles = new Uint8Array(nodesCount);
    this.lastTrouble = new Float64Array(nodesCount).fill(Number.NEGATIVE_INFINITY);
    this.downSince = new Float64Array(nodesCount).fill(Number.NaN);
    this.upSince = new Float64Array(nodesCount);
  }

  begin(node: number, trouble: Trouble): void {
    this.troubles[node] = (this.troubles[node] ?? 0) | bits[trouble];
    if (trouble === "down") this.downSince[node] = this.now();
  }

  end(node: number, trouble: Trouble): void {
    const before = this.troubles[node] ?? 0;
    if ((before & bits[trouble]) === 0) return;
    this.troubles[node] = before & ~bits[trouble];
    this.lastTrouble[node] = this.now();
    if (trouble === "down") this.upSince[node] = this.now();
  }

  has(node: number, trouble: Trouble): boolean {
    return ((this.troubles[node] ?? 0) & bits[trouble]) !== 0;
  }

  /** It runs, and means to: neither crashed nor gone with a goodbye. */
  isUp(node: number): boolean {
    return !this.has(node, "down") && !this.has(node, "left");
  }

  /** When its latest life began. */
  upSinceMs(node: number): number {
    return this.upSince[node] ?? 0;
  }

  /** When it last went down; NaN when it never did. */
  downSinceMs(node: number): number {
    return this.downSince[node] ?? Number.NaN;
  }

  /** Whether anything kept it from answering at any time since `sinceMs`. */
  isTroubledSince(node: number, sinceMs: number): boolean {
    return this.troubles[node] !== 0 || (this.lastTrouble[node] ?? 0) >= sinceMs;
  }

  beginPartition(sides: Int32Array): Partition {
    const partition = { sides, endMs: Number.POSITIVE_INFINITY };
    this.active.add(partition);
    return partition;
  }

  endPartition(partition: Partition): void {
    if (!this.active.delete(partition)) return;
    partition.endMs = this.now();
    this.ended.push(partition);
    if (this.ended.length > ENDED_MAX_COUNT) this.ended.shift();
  }

  get partitionsCount(): number {
    return this.active.size;
  }

  /** Whether a partition stands between the two now. */
  isSeparated(one: number, other: number): boolean {
    for (const { sides } of this.active) if (sides[one] !== sides[other]) return true;
    return false;
  }

  /**
   * Whether what one holds of the other can be owed to a partition since `sinceMs`. Of one that
   * ended, anything can: what the far side believed then travels to all.
   */
  isEstrangedSince(one: number, other: number, sinceMs: number): boolean {
    return this.isSeparated(one, other) || this.wasPartitionedSince(sinceMs);
  }

  wasPartitionedSince(sinceMs: number): boolean {
    return this.ended.some((partition) => partition.endMs >= sinceMs);
  }
}

export type { Partition };
