import { frameByteLength, type LinkFrame } from "../../wire/link-record.ts";
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
    if (this.front === this.items.length || this.front >= 1_024) {
      this.items = this.items.slice(this.front);
      this.front = 0;
    }
    return item;
  }

  /** Removes and returns those that `isMeant` picks. */
  takeAll(isMeant: (frame: Queued) => boolean): Queued[] {
    const all = this.items.slice(this.front);
    this.items = all.filter((frame) => !isMeant(frame));
    this.front = 0;
    return all.filter(isMeant);
  }
}

/** What waits to be sent to one peer. Frames of a channel keep their order. */
export class FrameQueue {
  private readonly bounds: QueueBounds;
  private readonly kept = new Lane();
  private readonly droppable = new Lane();
  private queuedBytes = 0;
  private nextPlace = 0;

  constructor(bounds: QueueBounds) {
    this.bounds = bounds;
  }

  get bytes(): number {
    return this.queuedBytes;
  }

  get size(): number {
    return this.kept.size + this.droppable.size;
  }

  /** When the frame came that has waited longest. */
  get oldestAtMs(): number {
    return this.next?.first?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** @returns how many frames were dropped for it, itself perhaps; "full" when it must not wait. */
  push(frame: LinkFrame, rule: QueueRule, nowMs: number): number | "full" {
    const { highWaterBytes, maxBytes, maxCount } = this.bounds;
    const length = frameByteLength(frame);
    const droppedCount = this.makeRoom(highWaterBytes - length);
    if (rule === "drop" && this.queuedBytes + length > highWaterBytes && this.size > 0) {
      return droppedCount + 1;
    }
    const isFull = this.queuedBytes + length > maxBytes || this.size >= maxCount;
    if (isFull) return "full";
    const { bytes, channel, kind } = frame;
    const queued = { kind, channel, bytes, atMs: nowMs, place: this.nextPlace };
    this.nextPlace += 1;
    this.queuedBytes += length;
    (rule === "drop" ? this.droppable : this.kept).push(queued);
    return droppedCount;
  }

  /** Frames for one record, in order: at least one, and up to `targetBytes`. */
  take(targetBytes: number): { frames: LinkFrame[]; joinedBytes: number } {
    const frames: LinkFrame[] = [];
    let joinedBytes = 0;
    for (;;) {
      const lane = this.next;
      const first = lane?.first;
      if (lane === undefined || first === undefined) break;
      const length = frameByteLength(first);
      if (frames.length > 0 && joinedBytes + length > targetBytes) break;
      lane.shift();
      frames.push(first);
      joinedBytes += length;
    }
    this.queuedBytes -= joinedBytes;
    return { frames, joinedBytes };
  }

  /** Removes and returns the frames that `isMeant` picks. */
  takeAll(isMeant: (frame: LinkFrame & { readonly atMs: number }) => boolean): LinkFrame[] {
    const taken = [...this.kept.takeAll(isMeant), ...this.droppable.takeAll(isMeant)];
    for (const frame of taken) this.queuedBytes -= frameByteLength(frame);
    return taken;
  }

  /** The lane whose first frame came first. */
  private get next(): Lane | undefined {
    const [kept, droppable] = [this.kept.first, this.droppable.first];
    if (kept === undefined) return droppable === undefined ? undefined : this.droppable;
    if (droppable === undefined) return this.kept;
    return kept.place < droppable.place ? this.kept : this.droppable;
  }

  /** Drops what may be dropped until only `leftBytes` are queued. */
  private makeRoom(leftBytes: number): number {
    let droppedCount = 0;
    while (this.queuedBytes > leftBytes) {
      const dropped = this.droppable.shift();
      if (dropped === undefined) break;
      this.queuedBytes -= frameByteLength(dropped);
      droppedCount += 1;
    }
    return droppedCount;
  }
}
