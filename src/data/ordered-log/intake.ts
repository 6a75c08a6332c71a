import { sameBytes } from "../../core/bytes.ts";
import { dotKey } from "../../core/dot.ts";
import type { JournalPosition } from "../../core/env.ts";
import { HeldByDot } from "../held-by-dot.ts";
import type { Assembly } from "./assembly.ts";
import { decodeEvent, type EventContent, type HeldEvent } from "./event.ts";
import type { Guarding } from "./guarding.ts";
import type { LogContext } from "./log-context.ts";
import type { LogDisk } from "./log-disk.ts";
import type { PlacedEvent } from "./order-state.ts";
import type { PushWay } from "./ordered-log.messages.ts";

export interface IntakeDoor {
  readonly assembly: Assembly;
  readonly disk: LogDisk;
  readonly guarding: Guarding;
  /** Something new is held; it is on its way to the disk. */
  onHeld(event: HeldEvent, way: PushWay | "own"): void;
}

/** What may come in: each event once, whole, and to disk. What has a place must have its hash. */
export class Intake {
  /** What has a place and is not here. */
  private readonly awaited = new HeldByDot<PlacedEvent>();
  private readonly log: LogContext;
  private readonly door: IntakeDoor;

  constructor(log: LogContext, door: IntakeDoor) {
    this.log = log;
    this.door = door;
  }

  takeOwn(content: EventContent, encoded: Uint8Array): void {
    const event = this.keep(content, encoded, this.log.sha256(encoded));
    this.door.onHeld(event, "own");
  }

  /** @returns the event, if it is held and has no place, whether it is new or not. */
  take(bytes: Uint8Array, way: PushWay): HeldEvent | undefined {
    const { log } = this;
    const content = decodeEvent(bytes, log.options.eventMaxBytes);
    if (content === undefined) return this.drop("malformed");
    const { dot } = content;
    const known = log.store.get(dot);
    if (known !== undefined) {
      if (sameBytes(known.encoded, bytes)) return known.state === "pending" ? known : undefined;
      return this.takeRival(content, bytes);
    }
    if (dot.origin === log.origin) return this.drop("mine");
    const awaited = this.awaited.get(dot);
    if (awaited === undefined && !this.door.guarding.wants(dot)) {
      const floor = log.state.floorOf(dot.origin);
      if (floor >= dot.seq) return undefined;
      // It comes again. The next one of a life has room still: if all were full of different
      // events, none would ever have a majority. Lives that write are not so many.
      const timesMax = dot.seq > floor + 1 ? 2 : 4;
      if (this.isFull(timesMax)) return this.drop("full");
    }
    const hash = log.sha256(bytes);
    if (awaited !== undefined && !sameBytes(hash, awaited.hash)) return this.drop("wrongHash");
    const [own, encoded] = owned(content, bytes);
    const event = this.keep(own, encoded, hash);
    if (awaited !== undefined) {
      this.awaited.take(dot);
      log.store.onPlaced(event);
    }
    this.door.onHeld(event, way);
    return awaited === undefined ? event : undefined;
  }

  /** Its origin has said something else under this name, too; and an id in the log names that. */
  private takeRival(content: EventContent, bytes: Uint8Array): undefined {
    const { log } = this;
    const { guarding } = this.door;
    const { dot } = content;
    this.drop("equivocation");
    const hash = guarding.wants(dot) ? log.sha256(bytes) : undefined;
    if (hash === undefined || !guarding.isWanted({ dot, hash })) return;
    if (!log.store.hasRoomForRival) return this.drop("full");
    const [own, encoded] = owned(content, bytes);
    const position = this.door.disk.append(encoded);
    log.store.putRival(this.heldOf(own, encoded, { position, hash }));
    guarding.onHeld({ dot, hash });
  }

  /** What the disk held. */
  recover(position: JournalPosition, encoded: Uint8Array): void {
    const { log } = this;
    const content = decodeEvent(encoded, Number.POSITIVE_INFINITY);
    if (content === undefined) return log.count("strangeDisk");
    const event = this.heldOf(content, encoded, { position, hash: log.sha256(encoded) });
    if (log.store.get(content.dot) === undefined) log.store.recover(event);
    else if (log.store.find(content.dot, event.hash) === undefined) log.store.putRival(event);
  }

  /** It has a place: its data, if that is here. */
  onPlaced(item: PlacedEvent): HeldEvent | undefined {
    const { store } = this.log;
    const held = store.find(item.dot, item.hash);
    if (held !== undefined) {
      store.choose(held);
      store.onPlaced(held);
      return held;
    }
    if (store.get(item.dot) !== undefined) {
      // Another event of the same name: its origin is broken, and the order has decided.
      store.take(item.dot);
      this.log.count("dropped.equivocation");
    }
    // What stands before the base was dropped, and is not missed.
    if (item.place > this.door.assembly.through.place) this.awaited.put(item);
    return undefined;
  }

  /** The order has leapt: what has a place and is no item here is of no use. */
  sweep(): void {
    const { assembly } = this.door;
    const { state, store } = this.log;
    for (const item of [...this.awaited.values()]) this.awaited.take(item.dot);
    const wanted = new Set<string>();
    for (const item of assembly.itemsAfter(assembly.base.place, Number.POSITIVE_INFINITY)) {
      if (item.kind === "event") wanted.add(dotKey(item.dot));
    }
    for (const item of state.kept) {
      if (item.kind !== "event" || item.place <= assembly.through.place) continue;
      if (this.onPlaced(item) !== undefined) wanted.add(dotKey(item.dot));
    }
    for (const { dot } of [...store.all()]) {
      if (state.floorOf(dot.origin) >= dot.seq && !wanted.has(dotKey(dot))) store.take(dot);
    }
  }

  private isFull(times: number): boolean {
    const { options, store } = this.log;
    const { pendingMaxBytes, pendingMaxCount } = options;
    if (store.pendingCount - store.recoveredCount >= times * pendingMaxCount) return true;
    return store.pendingBytes - store.recoveredBytes >= times * pendingMaxBytes;
  }

  private keep(content: EventContent, encoded: Uint8Array, hash: Uint8Array): HeldEvent {
    const position = this.door.disk.append(encoded);
    const event = this.heldOf(content, encoded, { position, hash });
    this.log.store.put(event);
    this.door.guarding.onHeld(event);
    return event;
  }

  private heldOf(
    { data, dot, hlc, needs }: EventContent,
    encoded: Uint8Array,
    { hash, position }: Pick<HeldEvent, "position" | "hash">,
  ): HeldEvent {
    const sinceMs = this.log.env.now();
    // In one piece: objects spread into it would take as long as all else here.
    const held: HeldEvent = {
      dot,
      hlc,
      needs,
      data,
      encoded,
      hash,
      position,
      sinceMs,
      ackedTerm: -1,
      announcedCount: 0,
      dueMs: 0,
      state: "pending",
      isProposed: false,
    };
    return held;
  }

  private drop(reason: string): undefined {
    this.log.count(`dropped.${reason}`);
  }
}

/** A view would keep the whole message that it came in. */
function owned(content: EventContent, bytes: Uint8Array): [EventContent, Uint8Array] {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  const encoded = isWhole ? bytes : bytes.slice();
  const data = encoded.subarray(encoded.length - content.data.length);
  return [{ ...content, data }, encoded];
}
