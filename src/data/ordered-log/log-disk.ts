import { readList } from "../../core/dot-bytes.ts";
import type { JournalPosition } from "../../core/env.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readClocks, writeClocks } from "./app-snapshot.ts";
import type { Clocks } from "./assembly.ts";
import type { HeldEvent } from "./event.ts";
import type { LogContext } from "./log-context.ts";
import { readPlace, writePlace } from "./order-state-bytes.ts";
import type { OrderedPlace } from "./ordered-log.contract.ts";

/*
 * What stands for all records so far:
 *   1 ‖ base, two varints ‖ clocks as of the base ‖ length ‖ the last snapshot of the applications,
 *   or nothing ‖ list of events held, each length ‖ bytes
 */
const FORMAT = 1;
/**
 * Events that are written anew, the oldest ones; the others stay the records they are. [because:
 * with the applications' snapshot it must fit in one of the journal]
 */
const EVENTS_MAX_BYTES = 32 * 1024 * 1024;

export interface LogDiskState {
  readonly base: OrderedPlace;
  readonly clocks: Clocks;
  readonly snapshot: Uint8Array | undefined;
  readonly events: readonly Uint8Array[];
}

/** What this node keeps of a log in its journal: each event is a record until a snapshot has it. */
export class LogDisk {
  private readonly log: LogContext;
  private lastPosition: JournalPosition | undefined;
  private recordsCount = 0;
  private recordsBytes = 0;
  private writing: JournalPosition | undefined;
  private isTimerSet = false;

  constructor(log: LogContext) {
    this.log = log;
  }

  /** Where ids are kept behind it, it goes to the disk with them, or after `flushAfterMs`. */
  append(encoded: Uint8Array): JournalPosition {
    const { env } = this.log;
    const rides = this.log.order.reconsider !== undefined;
    this.lastPosition = rides ? env.appendLater({ encoded }) : env.append({ encoded });
    if (rides) this.arm();
    this.recordsCount += 1;
    this.recordsBytes += encoded.length;
    return this.lastPosition;
  }

  onFlushTimer(): void {
    this.isTimerSet = false;
    this.flush();
  }

  /** Somebody waits for it. */
  flush(): void {
    this.log.env.flush();
  }

  private arm(): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.log.env.setTimer({ kind: "flush" }, this.log.options.flushAfterMs);
  }

  onRecovered(position: JournalPosition, encoded: Uint8Array): void {
    this.lastPosition = position;
    this.recordsCount += 1;
    this.recordsBytes += encoded.length;
  }

  /** So much was written that it is worth to write what is left of it. */
  get isLong(): boolean {
    const { options, store } = this.log;
    if (this.writing !== undefined) return false;
    const isMuch =
      this.recordsCount >= options.snapshotAfterCount ||
      this.recordsBytes >= options.snapshotAfterBytes;
    // What is held is written anew: half of it at least has come since the last time.
    return isMuch && 2 * this.recordsBytes >= store.heldBytes;
  }

  /** @returns false while another one is under way, or there is nothing that it could replace. */
  write(state: Omit<LogDiskState, "events">): boolean {
    if (this.lastPosition === undefined || this.writing !== undefined) return false;
    const events: Uint8Array[] = [];
    const upTo = this.takeOldest(events) ?? this.lastPosition;
    this.writing = upTo;
    this.recordsCount = 0;
    this.recordsBytes = 0;
    this.log.env.snapshot(encodeLogDisk({ ...state, events }), upTo);
    return true;
  }

  /** @returns the position before the first that has no room; undefined when all have. */
  private takeOldest(events: Uint8Array[]): JournalPosition | undefined {
    const held: HeldEvent[] = [...this.log.store.all()];
    held.sort((a, b) => a.position - b.position);
    let bytes = 0;
    for (const { encoded, position } of held) {
      bytes += encoded.length;
      if (bytes > EVENTS_MAX_BYTES && position > 1) return (position - 1) as JournalPosition;
      events.push(encoded);
    }
    return undefined;
  }

  onWritten(upTo: JournalPosition): void {
    if (this.writing === upTo) this.writing = undefined;
  }
}

export function encodeLogDisk({ base, clocks, events, snapshot }: LogDiskState): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.byte(FORMAT);
  writePlace(writer, base);
  writeClocks(writer, clocks);
  writer.varint(snapshot?.length ?? 0);
  if (snapshot !== undefined) writer.bytes(snapshot);
  writer.varint(events.length);
  for (const event of events) {
    writer.varint(event.length);
    writer.bytes(event);
  }
  return writer.finish();
}

/** undefined for bytes that no version of this program has written. */
export function decodeLogDisk(bytes: Uint8Array): LogDiskState | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) return undefined;
  const base = readPlace(reader);
  const clocks = base && readClocks(reader);
  const snapshot = clocks && reader.bytes(reader.varint() ?? -1);
  const events = snapshot && readList(reader, (from) => from.bytes(from.varint() ?? -1));
  if (base === undefined || clocks === undefined) return undefined;
  if (snapshot === undefined || events === undefined || reader.remainingBytes > 0) return undefined;
  return { base, clocks, events, snapshot: snapshot.length === 0 ? undefined : snapshot };
}
