import { sameBytes } from "../../core/bytes.ts";
import { type Dot, dotKey } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { JournalPosition } from "../../core/env.ts";
import { HeldByDot } from "../held-by-dot.ts";
import type { HeldEvent } from "./event.ts";

/** Events whose name another one has. [because: none comes from an origin that works] */
const RIVALS_MAX_COUNT = 1_024;

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
  /** By name: events beside the one that is held, of an origin that is broken. */
  private readonly rivals = new Map<string, HeldEvent[]>();
  private rivalsCount = 0;

  get heldCount(): number {
    return this.held.size;
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  get(dot: Dot): HeldEvent | undefined {
    return this.held.get(dot);
  }

  /** The event of this name that has this hash, a rival too. */
  find(dot: Dot, hash: Uint8Array): HeldEvent | undefined {
    return this.named(dot).find((event) => sameBytes(event.hash, hash));
  }

  /** All events of this name. */
  named(dot: Dot): HeldEvent[] {
    const first = this.held.get(dot);
    if (first === undefined) return [];
    return this.rivalsCount === 0 ? [first] : [first, ...(this.rivals.get(dotKey(dot)) ?? [])];
  }

  get hasRoomForRival(): boolean {
    return this.rivalsCount < RIVALS_MAX_COUNT;
  }

  /** Beside the one of its name, until the order has decided. */
  putRival(event: HeldEvent): void {
    const name = dotKey(event.dot);
    const rivals = this.rivals.get(name);
    if (rivals === undefined) this.rivals.set(name, [event]);
    else rivals.push(event);
    this.rivalsCount += 1;
    this.heldBytes += event.encoded.length;
  }

  /** Of several of one name the order has chosen this one: it alone stays. */
  choose(chosen: HeldEvent): void {
    if (this.held.get(chosen.dot) === chosen) return this.dropRivals(chosen.dot);
    this.take(chosen.dot);
    this.put(chosen);
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
    this.dropRivals(dot);
    return event;
  }

  private dropRivals(dot: Dot): void {
    if (this.rivalsCount === 0) return;
    const name = dotKey(dot);
    const rivals = this.rivals.get(name) ?? [];
    this.rivals.delete(name);
    this.rivalsCount -= rivals.length;
    for (const { encoded } of rivals) this.heldBytes -= encoded.length;
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

  *all(): IterableIterator<HeldEvent> {
    yield* this.held.values();
    for (const rivals of this.rivals.values()) yield* rivals;
  }
}
