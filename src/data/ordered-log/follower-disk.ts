import type { JournalPosition } from "../../core/env.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { FollowedItems } from "./followed-items.ts";
import type { TellingContext } from "./log-context.ts";
import { encodeLogDisk } from "./log-disk.ts";

/**
 * Items that are written anew, the oldest ones: the others come again from others. [because: with
 * the applications' snapshot it must fit in one of the journal]
 */
const ITEMS_MAX_BYTES = 32 * 1024 * 1024;

export interface KeptItem {
  readonly place: number;
  readonly update: Uint8Array;
}

/** What a follower keeps in its journal: each item is a record (place ‖ item) until a snapshot. */
export class FollowerDisk {
  private readonly log: TellingContext;
  private readonly items: FollowedItems;
  private lastPosition: JournalPosition | undefined;
  private recordsCount = 0;
  private recordsBytes = 0;
  private writing: JournalPosition | undefined;

  constructor(log: TellingContext, items: FollowedItems) {
    this.log = log;
    this.items = items;
  }

  append({ place, update }: KeptItem): void {
    const writer = new ByteWriter(update.length + 8);
    writer.varint(place);
    writer.bytes(update);
    const encoded = writer.finish();
    this.onRecord(this.log.env.append({ encoded }), encoded);
  }

  /** A record that was there. @returns undefined for bytes that no version has written */
  recover(position: JournalPosition, encoded: Uint8Array): KeptItem | undefined {
    this.onRecord(position, encoded);
    const reader = new ByteReader(encoded);
    const place = reader.varint();
    return place === undefined ? undefined : { place, update: encoded.slice(reader.at) };
  }

  get isLong(): boolean {
    const { options } = this.log;
    if (this.writing !== undefined) return false;
    const isMuch =
      this.recordsCount >= options.snapshotAfterCount ||
      this.recordsBytes >= options.snapshotAfterBytes;
    return isMuch && 2 * this.recordsBytes >= this.items.heldBytes;
  }

  /** @returns false while another one is under way, or there is nothing that it could replace. */
  write(snapshot: Uint8Array | undefined): boolean {
    const { base, clocksOfBase: clocks } = this.items;
    if (this.lastPosition === undefined || this.writing !== undefined) return false;
    this.writing = this.lastPosition;
    this.recordsCount = 0;
    this.recordsBytes = 0;
    const bytes = encodeLogDisk({ base, clocks, snapshot, events: this.oldest() });
    this.log.env.snapshot(bytes, this.lastPosition);
    return true;
  }

  onWritten(upTo: JournalPosition): void {
    if (this.writing === upTo) this.writing = undefined;
  }

  private oldest(): Uint8Array[] {
    const updates: Uint8Array[] = [];
    let bytes = 0;
    for (const update of this.items.rowUpdates()) {
      bytes += update.length;
      if (bytes > ITEMS_MAX_BYTES) break;
      updates.push(update);
    }
    return updates;
  }

  private onRecord(position: JournalPosition, encoded: Uint8Array): void {
    this.lastPosition = position;
    this.recordsCount += 1;
    this.recordsBytes += encoded.length;
  }
}
