import {
  FRAME_HEAD_BYTES,
  frameByteLength,
  type LinkFrame,
  linkFrames,
} from "../../wire/link-record.ts";
import type { QueueRule } from "./links.contract.ts";

export interface QueueBounds {
  /** Above it, frames that may be dropped are. */
  readonly highWaterBytes: number;
  readonly maxBytes: number;
  readonly maxCount: number;
}

interface Queued extends LinkFrame {
  readonly atMs: number;
  /** In which order frames of both rules came. */
  readonly place: number;
}

/** First in, first out; the front moves through an array that is cut now and then. */
class Lane {
  private items: Queued[] = [];
  private front = 0;
  /** As much of the first one as has left. */
  leftBytes = 0;

  get size(): number {
    return this.items.length - this.front;
  }

  get first(): Queued | undefined {
    return this.items[this.front];
  }

  push(item: Queued): void {
    this.items.push(item);
  }

  shift(): Queued | undefined {
    const item = this.items[this.front];
    if (item === undefined) return undefined;
    this.front += 1;
    this.leftBytes = 0;
    if (this.front === this.items.length || this.front >= 1_024) {
      this.items = this.items.slice(this.front);
      this.front = 0;
    }
    return item;
  }

  /** Removes and returns those that `isMeant` picks. */
  takeAll(isMeant: (frame: Queued) => boolean): Queued[] {
    const all = this.items.slice(this.front);
    const [first] = all;
    this.items = all.filter((frame) => !isMeant(frame));
    this.front = 0;
    if (this.items[0] !== first) this.leftBytes = 0;
    return all.filter(isMeant);
  }
}

/** What of a large message fits into one record, from `leftBytes` on. */
function partOf({ bytes, channel, kind }: LinkFrame, leftBytes: number, targetBytes: number) {
  const end = leftBytes + targetBytes - FRAME_HEAD_BYTES;
  const isLast = end >= bytes.length;
  const part = bytes.subarray(leftBytes, end);
  return { kind: isLast ? kind : linkFrames.part, channel, bytes: part };
}

/**
 * What waits to be sent to one peer. Frames of a channel keep their order; while both wait, every
 * other record is of bulk frames.
 */
export class FrameQueue {
  private readonly bounds: QueueBounds;
  private readonly kept = new Lane();
  private readonly droppable = new Lane();
  private readonly bulk = new Lane();
  private queuedBytes = 0;
  private bulkQueuedBytes = 0;
  private isBulkTurn = false;
  private nextPlace = 0;

  constructor(bounds: QueueBounds) {
    this.bounds = bounds;
  }

  get bytes(): number {
    return this.queuedBytes;
  }

  get bulkBytes(): number {
    return this.bulkQueuedBytes;
  }

  /** Bytes that hold up whatever is queued after them. */
  get pressingBytes(): number {
    return this.queuedBytes - this.bulkQueuedBytes;
  }

  get size(): number {
    return this.kept.size + this.droppable.size + this.bulk.size;
  }

  /** When the frame came that has waited longest. */
  get oldestAtMs(): number {
    const never = Number.POSITIVE_INFINITY;
    return Math.min(this.next?.first?.atMs ?? never, this.bulk.first?.atMs ?? never);
  }

  /** @returns how many frames were dropped for it, itself perhaps; "full" when it must not wait. */
  push(frame: LinkFrame, rule: QueueRule, nowMs: number): number | "full" {
    const { highWaterBytes, maxBytes, maxCount } = this.bounds;
    const length = frameByteLength(frame);
    const droppedCount = rule === "bulk" ? 0 : this.makeRoom(highWaterBytes - length);
    if (rule === "drop" && this.pressingBytes + length > highWaterBytes && this.size > 0) {
      return droppedCount + 1;
    }
    const isFull = this.queuedBytes + length > maxBytes || this.size >= maxCount;
    if (isFull) return "full";
    const { bytes, channel, kind } = frame;
    const queued = { kind, channel, bytes, atMs: nowMs, place: this.nextPlace };
    this.nextPlace += 1;
    this.queuedBytes += length;
    if (rule === "bulk") this.bulkQueuedBytes += length;
    this.laneOf(rule).push(queued);
    return droppedCount;
  }

  /**
   * Frames for one record, in order: at least one, and up to `targetBytes`. A larger one leaves in
   * parts, one a record.
   */
  take(targetBytes: number): { frames: LinkFrame[]; joinedBytes: number } {
    const frames: LinkFrame[] = [];
    let joinedBytes = 0;
    const isBulkFirst = this.isBulkTurn;
    this.isBulkTurn = !isBulkFirst;
    for (;;) {
      const lane = isBulkFirst && this.bulk.size > 0 ? this.bulk : (this.next ?? this.bulk);
      const { first } = lane;
      if (first === undefined) break;
      const isLarge = frameByteLength(first) > targetBytes;
      const frame = isLarge ? partOf(first, lane.leftBytes, targetBytes) : first;
      const length = frameByteLength(frame);
      if (frames.length > 0 && joinedBytes + length > targetBytes) break;
      frames.push(frame);
      joinedBytes += length;
      const isPart = frame.kind === linkFrames.part;
      const takenBytes = isPart ? frame.bytes.length : length;
      this.queuedBytes -= takenBytes;
      if (lane === this.bulk) this.bulkQueuedBytes -= takenBytes;
      if (isPart) lane.leftBytes += frame.bytes.length;
      else lane.shift();
    }
    return { frames, joinedBytes };
  }

  /** The link is gone: what has left in part leaves from its beginning on another one. */
  restart(): void {
    this.bulkQueuedBytes += this.bulk.leftBytes;
    for (const lane of [this.kept, this.droppable, this.bulk]) {
      this.queuedBytes += lane.leftBytes;
      lane.leftBytes = 0;
    }
  }

  /** Removes and returns the frames that `isMeant` picks. */
  takeAll(isMeant: (frame: LinkFrame & { readonly atMs: number }) => boolean): LinkFrame[] {
    const all: LinkFrame[] = [];
    for (const lane of [this.kept, this.droppable, this.bulk]) {
      const before = lane.leftBytes;
      const taken = lane.takeAll(isMeant);
      // What of them has left was taken off before.
      let takenBytes = lane.leftBytes - before;
      for (const frame of taken) takenBytes += frameByteLength(frame);
      this.queuedBytes -= takenBytes;
      if (lane === this.bulk) this.bulkQueuedBytes -= takenBytes;
      for (const frame of taken) all.push(frame);
    }
    return all;
  }

  private laneOf(rule: QueueRule): Lane {
    if (rule === "bulk") return this.bulk;
    return rule === "drop" ? this.droppable : this.kept;
  }

  /** The lane whose first frame came first, bulk aside. */
  private get next(): Lane | undefined {
    const [kept, droppable] = [this.kept.first, this.droppable.first];
    if (kept === undefined) return droppable === undefined ? undefined : this.droppable;
    if (droppable === undefined) return this.kept;
    return kept.place < droppable.place ? this.kept : this.droppable;
  }

  /** Drops what may be dropped until only `leftBytes` are queued. */
  private makeRoom(leftBytes: number): number {
    let droppedCount = 0;
    while (this.pressingBytes > leftBytes) {
      // The peer waits for the rest of what has left in part.
      const dropped = this.droppable.leftBytes > 0 ? undefined : this.droppable.shift();
      if (dropped === undefined) break;
      this.queuedBytes -= frameByteLength(dropped);
      droppedCount += 1;
    }
    return droppedCount;
  }
}
