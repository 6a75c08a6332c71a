/**
 * What has happened in a town so far, as a record: any moment of it can be looked at again without
 * simulating anything.
 */

/** Of each node: bit 0 it has heard, bit 1 it is dead, bit 2 it heard in the last tick. */
export const HEARD = 1;
export const DEAD = 2;
export const FRESH = 4;

/** Of who has not heard. */
const NEVER = -1;
/** How often messages are counted in a tick. */
export const MARKS_A_TICK = 4;

/** How far it is. */
export interface SpreadCount {
  readonly nowMs: number;
  readonly nodesCount: number;
  readonly livingCount: number;
  /** Living nodes that have heard. */
  readonly heardCount: number;
  readonly messagesCount: number;
}

export class SpreadCourse {
  /** When each node heard, ms; -1: it has not. */
  readonly heardAtMs: Float64Array;
  /** From whom it heard first; -1: it has not, or nobody told it. */
  readonly toldBy: Int32Array;
  private readonly diedAtMs: Float64Array;
  private readonly tickMs: number;
  /** Messages sent by the end of each mark. */
  private readonly messagesByMark: number[] = [0];

  constructor(nodesCount: number, tickMs: number) {
    this.heardAtMs = new Float64Array(nodesCount).fill(NEVER);
    this.toldBy = new Int32Array(nodesCount).fill(NEVER);
    this.diedAtMs = new Float64Array(nodesCount).fill(Number.POSITIVE_INFINITY);
    this.tickMs = tickMs;
  }

  get markMs(): number {
    return this.tickMs / MARKS_A_TICK;
  }

  /** The latest moment of which the messages were counted. */
  get markedMs(): number {
    return (this.messagesByMark.length - 1) * this.markMs;
  }

  onHeard(node: number, atMs: number, from: number): void {
    this.heardAtMs[node] = atMs;
    this.toldBy[node] = from;
  }

  onDeath(node: number, atMs: number): void {
    this.diedAtMs[node] = atMs;
  }

  /** It is the next mark now. */
  onMark(messagesCount: number): void {
    this.messagesByMark.push(messagesCount);
  }

  /** Something was done at the latest mark that sent messages at once. */
  onDeed(messagesCount: number): void {
    this.messagesByMark[this.messagesByMark.length - 1] = messagesCount;
  }

  isAlive(node: number, atMs: number): boolean {
    return (this.diedAtMs[node] ?? 0) > atMs;
  }

  countAt(atMs: number): SpreadCount {
    const nodesCount = this.heardAtMs.length;
    let livingCount = 0;
    let heardCount = 0;
    for (let node = 0; node < nodesCount; node += 1) {
      if (!this.isAlive(node, atMs)) continue;
      livingCount += 1;
      if (this.hasHeard(node, atMs)) heardCount += 1;
    }
    const mark = Math.min(Math.floor(atMs / this.markMs), this.messagesByMark.length - 1);
    const messagesCount = this.messagesByMark[mark] ?? 0;
    return { nowMs: atMs, nodesCount, livingCount, heardCount, messagesCount };
  }

  /** Nodes that had heard by the end of each tick. */
  heardByTick(atMs: number): number[] {
    const counts = new Array<number>(Math.floor(atMs / this.tickMs) + 1).fill(0);
    for (let node = 0; node < this.heardAtMs.length; node += 1) {
      if (!this.hasHeard(node, atMs)) continue;
      const tick = Math.ceil((this.heardAtMs[node] ?? 0) / this.tickMs);
      if (tick < counts.length) counts[tick] = (counts[tick] ?? 0) + 1;
    }
    for (let tick = 1; tick < counts.length; tick += 1) {
      counts[tick] = (counts[tick] ?? 0) + (counts[tick - 1] ?? 0);
    }
    return counts;
  }

  statesAt(atMs: number): Uint8Array<ArrayBuffer> {
    const states = new Uint8Array(this.heardAtMs.length);
    for (let node = 0; node < states.length; node += 1) {
      let state = this.isAlive(node, atMs) ? 0 : DEAD;
      if (this.hasHeard(node, atMs)) {
        state |= (this.heardAtMs[node] ?? 0) > atMs - this.tickMs ? HEARD | FRESH : HEARD;
      }
      states[node] = state;
    }
    return states;
  }

  /** Who told each node, of those that had heard by then. */
  toldByAt(atMs: number): Int32Array<ArrayBuffer> {
    return Int32Array.from(this.toldBy, (from, node) => (this.hasHeard(node, atMs) ? from : NEVER));
  }

  private hasHeard(node: number, atMs: number): boolean {
    const heardAtMs = this.heardAtMs[node] ?? NEVER;
    return heardAtMs >= 0 && heardAtMs <= atMs;
  }
}
