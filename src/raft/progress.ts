import { RingBuffer } from "../core/collections/ring-buffer.ts";
import type { Keeps } from "./raft.messages.ts";
import type { Snapshot } from "./state-bytes.ts";

interface Sent {
  readonly last: number;
  readonly bytes: number;
}

interface InFlightBounds {
  readonly inFlightMaxCount: number;
  readonly inFlightMaxBytes: number;
}

/**
 * How far one peer has come, as its leader knows it. [spec raft §10.13]
 *
 * "probe": it is not known where the logs agree; one message at a time. "replicate": messages are
 * sent one after another without waiting. "snapshot": it gets a snapshot, for what it lacks is
 * compacted.
 */
export class Progress {
  state: "probe" | "replicate" | "snapshot" = "probe";
  /** Whose progress it is: the same name with another disk has nothing of it. */
  readonly disk: number;
  /** Up to here its log is the leader's, and durable. */
  match = 0;
  /** What is sent next. */
  next: number;
  /** When anything was heard of it last. */
  heardMs: number;
  /** As it said last; undefined before it has. */
  keeps: Keeps | undefined;
  /** The highest heartbeat it has answered. */
  round = 0;
  /** The commit index it was told last. */
  toldCommit = 0;
  /** The snapshot under way, also when there is a newer one; and what was asked for last. */
  snapshot: Snapshot | undefined;
  snapshotOffset = 0;
  /** When something was sent that must be answered; undefined when nothing is. */
  waitingSinceMs: number | undefined;
  private readonly inFlight: RingBuffer<Sent>;
  private readonly inFlightMaxBytes: number;
  private inFlightBytes = 0;

  constructor(disk: number, next: number, nowMs: number, bounds: InFlightBounds) {
    this.disk = disk;
    this.next = next;
    this.heardMs = nowMs;
    this.inFlight = new RingBuffer(bounds.inFlightMaxCount);
    this.inFlightMaxBytes = bounds.inFlightMaxBytes;
  }

  get isIdle(): boolean {
    return this.inFlight.size === 0;
  }

  /** Another message with entries may be sent. */
  get hasRoom(): boolean {
    if (this.state === "probe") return this.isIdle;
    if (this.state === "snapshot") return false;
    return !this.inFlight.isFull && this.inFlightBytes < this.inFlightMaxBytes;
  }

  onSent(last: number, bytes: number, nowMs: number): void {
    this.inFlight.push({ last, bytes });
    this.inFlightBytes += bytes;
    this.waitingSinceMs ??= nowMs;
    if (this.state === "replicate") this.next = last + 1;
  }

  /** @returns whether it is news. */
  onMatch(match: number, nowMs: number): boolean {
    if (this.state === "probe" || (this.snapshot !== undefined && match >= this.snapshot.index)) {
      this.begin("replicate", Math.max(match, this.match) + 1);
    }
    this.waitingSinceMs = undefined;
    let first = this.inFlight.get(0);
    while (first !== undefined && first.last <= match) {
      this.inFlight.takeFirst();
      this.inFlightBytes -= first.bytes;
      first = this.inFlight.get(0);
    }
    if (first !== undefined) this.waitingSinceMs = nowMs;
    if (match <= this.match) return false;
    this.match = match;
    this.next = Math.max(this.next, match + 1);
    return true;
  }

  beginSnapshot(snapshot: Snapshot): void {
    this.begin("snapshot", snapshot.index + 1);
    this.snapshot = snapshot;
    this.snapshotOffset = 0;
  }

  begin(state: Progress["state"], next: number): void {
    this.state = state;
    this.next = next;
    this.snapshot = undefined;
    this.inFlight.clear();
    this.inFlightBytes = 0;
    this.waitingSinceMs = undefined;
  }
}
