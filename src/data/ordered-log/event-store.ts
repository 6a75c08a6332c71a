import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { JournalPosition } from "../../core/env.ts";
import { HeldByDot } from "../held-by-dot.ts";
import type { HeldEvent } from "./event.ts";

/** The events that this node holds: those without a place, and those that may be asked for. */
export class EventStore {
  /** Everything up to here is on disk. */
  durable = 0 as JournalPosition;
  pendingBytes = 0;
  heldBytes = 0;
  /** Of those without a place, what the disk held: most have one that is yet to be heard of. */
  recoveredCount = 0;
  recoveredBytes = 0;
  private recoveredLast = 0 as JournalPosition;
  private readonly held = new HeldByDot<HeldEvent>();
  private readonly pending = new HeldByDot<HeldEvent>();

  get heldCount(): number {
    return this.held.size;
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  get(dot: Dot): HeldEvent | undefined {
    return this.held.get(dot);
  }

  /** Nothing of this dot may be held. */
  put(event: HeldEvent): void {
    this.held.put(event);
    this.heldBytes += event.encoded.length;
    if (event.state !== "pending") return;
    this.pending.put(event);
    this.pendingBytes += event.encoded.length;
  }

  /** As `put`, of what the disk held. */
  recover(event: HeldEvent): void {
    this.put(event);
    this.recoveredCount += 1;
    this.recoveredBytes += event.encoded.length;
    if (event.position > this.recoveredLast) this.recoveredLast = event.position;
  }

  /** It has its place now. */
  onPlaced(event: HeldEvent): void {
    if (event.state === "placed") return;
    event.state = "placed";
    this.leavePending(event);
  }

  take(dot: Dot): HeldEvent | undefined {
    const event = this.held.take(dot);
    if (event === undefined) return undefined;
    this.heldBytes -= event.encoded.length;
    this.leavePending(event);
    return event;
  }

  private leavePending(event: HeldEvent): void {
    if (this.pending.take(event.dot) === undefined) return;
    const { length } = event.encoded;
    this.pendingBytes -= length;
    if (event.position > this.recoveredLast) return;
    this.recoveredCount -= 1;
    this.recoveredBytes -= length;
  }

  isDurable(event: HeldEvent): boolean {
    return event.position <= this.durable;
  }

  /** Ascending per origin. */
  pendings(): IterableIterator<HeldEvent> {
    return this.pending.values();
  }

  pendingAmong(wanted: ReadonlyDotSet): IterableIterator<HeldEvent> {
    return this.pending.among(wanted);
  }

  all(): IterableIterator<HeldEvent> {
    return this.held.values();
  }
}
