import { readList, readText, writeText } from "../../core/dot-bytes.ts";
import type { JournalPosition } from "../../core/env.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { KeptOwnEntry, OwnStateJournal } from "./node-state.contract.ts";
import type { OwnState } from "./own-state.ts";

/*
 * The own state on disk. Versions are not kept, for the next life counts anew:
 *   record    1 ‖ entry, or 2 ‖ key as text: it was deleted
 *   entry     key as text ‖ wall-clock ms at which it ends, or 0: varint ‖ length varint ‖ value
 *   snapshot  list of entries
 */

const SET = 1;
const DELETED = 2;

/** Keeps the own state in a channel of the node's journal. */
export class OwnStateFile implements OwnStateJournal {
  private readonly channel: JournalChannel;
  private readonly snapshotAfterCount: number;
  private recordsCount = 0;
  private lastPosition: JournalPosition | undefined;

  /** A snapshot is written after so many records beyond twice what is kept. */
  constructor(channel: JournalChannel, snapshotAfterCount: number) {
    this.channel = channel;
    this.snapshotAfterCount = snapshotAfterCount;
  }

  /** What the last life left, in the order of its writing; what makes no sense is counted. */
  recover(): { readonly kept: readonly KeptOwnEntry[]; readonly strangeCount: number } {
    const { snapshot, tail } = this.channel.takeRecovered();
    const kept = new Map<string, KeptOwnEntry>();
    let strangeCount = 0;
    const base = snapshot === undefined ? [] : readWhole(snapshot, readEntries);
    if (base === undefined) strangeCount += 1;
    for (const entry of base ?? []) kept.set(entry.key, entry);
    for (const { bytes, position } of tail) {
      this.lastPosition = position;
      const record = readWhole(bytes, readRecord);
      if (record === undefined) {
        strangeCount += 1;
        continue;
      }
      kept.delete(record.key);
      if ("value" in record) kept.set(record.key, record);
    }
    this.recordsCount = tail.length;
    return { kept: [...kept.values()], strangeCount };
  }

  onSet(entry: KeptOwnEntry): void {
    const writer = new ByteWriter();
    writer.byte(SET);
    writeEntry(writer, entry);
    this.append(writer);
  }

  onDelete(key: string): void {
    const writer = new ByteWriter();
    writer.byte(DELETED);
    writeText(writer, key);
    this.append(writer);
  }

  /** Writes a snapshot when the records since the last one are many more than what is kept. */
  compact(own: OwnState): void {
    const { channel, lastPosition, recordsCount, snapshotAfterCount } = this;
    if (lastPosition === undefined || recordsCount === 0) return;
    const isLong = recordsCount >= snapshotAfterCount + 2 * own.copy.size;
    if (!isLong && channel.isHoldingBack?.() !== true) return;
    this.recordsCount = 0;
    const writer = new ByteWriter(1_024);
    const kept = [...own.kept()];
    writer.varint(kept.length);
    for (const entry of kept) writeEntry(writer, entry);
    channel.snapshot(writer.finish(), lastPosition);
  }

  private append(writer: ByteWriter): void {
    this.lastPosition = this.channel.append(writer.finish());
    this.recordsCount += 1;
  }
}

function writeEntry(writer: ByteWriter, { expiresAtMs = 0, key, value }: KeptOwnEntry): void {
  writeText(writer, key);
  writer.varint(Math.ceil(expiresAtMs));
  writer.varint(value.length);
  writer.bytes(value);
}

function readWhole<Read>(
  bytes: Uint8Array,
  read: (reader: ByteReader) => Read | undefined,
): Read | undefined {
  const reader = new ByteReader(bytes);
  const result = read(reader);
  return reader.remainingBytes > 0 ? undefined : result;
}

function readRecord(reader: ByteReader): KeptOwnEntry | { readonly key: string } | undefined {
  const kind = reader.byte();
  if (kind === SET) return readEntry(reader);
  const key = kind === DELETED ? readText(reader) : undefined;
  return key === undefined ? undefined : { key };
}

function readEntries(reader: ByteReader): KeptOwnEntry[] | undefined {
  return readList(reader, readEntry);
}

function readEntry(reader: ByteReader): KeptOwnEntry | undefined {
  const key = readText(reader);
  const endMs = key === undefined ? undefined : reader.varint();
  const value = endMs === undefined ? undefined : reader.bytes(reader.varint() ?? -1);
  if (key === undefined || value === undefined) return undefined;
  return { key, value: value.slice(), expiresAtMs: endMs === 0 ? undefined : endMs };
}
