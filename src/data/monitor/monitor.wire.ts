/**
 * Messages of the monitor as the body of a frame of channel 23. By hand, for they are nearly all
 * numbers:
 *
 *   body      kind u8 (0 ask, 1 answer, 2 records, 3 verdict) ‖ group text ‖ what the kind has
 *   0, 1      names ‖ member rows ‖ group names ‖ group rows ‖ marks ‖ records ‖ summaries
 *   2         records ‖ summaries
 *   3         member names ‖ group names, each a list of texts
 *
 *   list      base seq varint ‖ base beat varint ‖ count varint ‖ (name ‖ beat varint ‖ seq
 *             varint)…; beats beyond their base; of a seq that is not 0 what it is beyond its base,
 *             and 1; names as core/name-bytes.ts
 *   rows      count varint ‖ (place varint ‖ a bit for each place of the list)…
 *   mark      rule text ‖ epoch varint ‖ fired by text
 *   record    origin text ‖ seq varint ‖ at varint ‖ age ms varint ‖ readings
 *   reading   kind u8 ‖ name text ‖ unit text ‖ value f64, or of a histogram: buckets
 *   buckets   bounds count varint ‖ bound f64… ‖ counts varint, one more ‖ sum f64
 *   summary   group text ‖ seq ‖ speaker text ‖ age ms ‖ live ‖ suspect ‖ dead ‖ sensors
 *             ‖ partials
 *   sensor    kind u8, 128 added when buckets follow ‖ name ‖ unit ‖ count varint
 *             ‖ sum, min, max f64 ‖ buckets
 *   partial   name text ‖ length varint ‖ bytes
 *
 * text: length varint ‖ UTF-8. Lists are a count varint and what it counts. All fixed numbers are
 * little-endian.
 */
import { readList, writeText } from "../../core/dot-bytes.ts";
import { NameReader, NameWriter } from "../../core/name-bytes.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { decodeUtf8Strict, encodeUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import {
  type AlertMark,
  type GossipMessage,
  LIST_MAX_COUNT,
  MARKS_MAX_COUNT,
  type MonitorMessage,
  type SuspectRow,
  TEXT_MAX_LENGTH,
} from "./monitor.messages.ts";
import { isName, readName, readPeer, readRecords, writeAll, writeRecords } from "./records.wire.ts";

const kinds = ["ask", "answer", "records", "verdict"] as const;

interface ListEntry {
  readonly name: string;
  readonly heartbeat: number;
  readonly seq: number;
}

export function encodeMonitor(message: MonitorMessage): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.byte(kinds.indexOf(message.kind));
  writeText(writer, message.group);
  switch (message.kind) {
    case "verdict":
      writeAll(writer, message.members, (peer) => writeText(writer, String(peer)));
      writeAll(writer, message.groups, (group) => writeText(writer, group));
      break;
    case "records":
      writeRecords(writer, message);
      break;
    default:
      writeGossip(writer, message);
  }
  return writer.finish();
}

/** Never throws; bytes are copied. @returns undefined for what is no message. */
export function decodeMonitor(bytes: Uint8Array): MonitorMessage | undefined {
  const reader = new ByteReader(bytes);
  const kind = kinds[reader.byte() ?? kinds.length];
  const group = readName(reader);
  if (kind === undefined || group === undefined) return undefined;
  if (kind === "verdict") {
    const members = readList(reader, readPeer, LIST_MAX_COUNT);
    const groups = readList(reader, readName, LIST_MAX_COUNT);
    return members && groups && { kind, group, members, groups };
  }
  if (kind === "records") {
    const records = readRecords(reader);
    return records && { kind, group, ...records };
  }
  return readGossip(reader, kind, group);
}

function writeGossip(writer: ByteWriter, message: GossipMessage): void {
  const members = message.members
    .map(({ peer, ...rest }) => ({ name: String(peer), ...rest }))
    .sort(byName);
  writeEntries(writer, members);
  writeRows(writer, members, message.memberRows);
  const groups = message.groups
    .map(({ group, ...rest }) => ({ name: group, ...rest }))
    .sort(byName);
  writeEntries(writer, groups);
  writeRows(writer, groups, message.groupRows);
  writeAll(writer, message.alerts, ({ epoch, firedBy, rule }) => {
    writeText(writer, rule);
    writer.varint(epoch);
    writeText(writer, String(firedBy));
  });
  writeRecords(writer, message);
}

function readGossip(
  reader: ByteReader,
  kind: GossipMessage["kind"],
  group: string,
): GossipMessage | undefined {
  const memberList = readEntries(reader);
  const memberRows = memberList && readRows(reader, memberList);
  const groupList = memberRows && readEntries(reader);
  const groupRows = groupList && readRows(reader, groupList);
  const alerts = groupRows && readList(reader, readMark, MARKS_MAX_COUNT);
  const records = alerts && readRecords(reader);
  if (!(memberList && memberRows && groupList && groupRows && alerts && records)) return undefined;
  return {
    kind,
    group,
    members: memberList.map(({ name, ...rest }) => ({ peer: peerId(name), ...rest })),
    memberRows: memberRows.map(({ observer, suspects }) => {
      return { observer: peerId(observer), suspects: suspects.map((one) => peerId(one)) };
    }),
    groups: groupList.map(({ name, ...rest }) => ({ group: name, ...rest })),
    groupRows,
    alerts,
    ...records,
  };
}

function byName(one: ListEntry, other: ListEntry): number {
  return one.name < other.name ? -1 : 1;
}

function writeEntries(writer: ByteWriter, entries: readonly ListEntry[]): void {
  const base = leastOf(entries.map(({ seq }) => seq).filter((seq) => seq > 0));
  const baseBeat = leastOf(entries.map(({ heartbeat }) => heartbeat));
  for (const number of [base, baseBeat, entries.length]) writer.varint(number);
  const names = new NameWriter(writer);
  for (const { heartbeat, name, seq } of entries) {
    names.write(encodeUtf8(name));
    writer.varint(heartbeat - baseBeat);
    writer.varint(seq === 0 ? 0 : seq - base + 1);
  }
}

function leastOf(numbers: readonly number[]): number {
  return numbers.reduce((least, one) => Math.min(least, one), numbers[0] ?? 0);
}

function readEntries(reader: ByteReader): ListEntry[] | undefined {
  const [base, baseBeat, count] = [reader.varint(), reader.varint(), reader.varint()];
  if (base === undefined || baseBeat === undefined || count === undefined) return undefined;
  if (count > LIST_MAX_COUNT) return undefined;
  const names = new NameReader(reader, TEXT_MAX_LENGTH * 4);
  const entries: ListEntry[] = [];
  while (entries.length < count) {
    const bytes = names.read();
    const name = bytes && decodeUtf8Strict(bytes, 0, bytes.length);
    const [sinceBase, beyond] = [reader.varint(), reader.varint()];
    if (name === undefined || sinceBase === undefined || beyond === undefined) return undefined;
    const heartbeat = baseBeat + sinceBase;
    const seq = beyond === 0 ? 0 : base + beyond - 1;
    if (!isName(name) || !Number.isSafeInteger(seq + heartbeat)) return undefined;
    entries.push({ name, heartbeat, seq });
  }
  return entries;
}

function writeRows(
  writer: ByteWriter,
  entries: readonly ListEntry[],
  rows: readonly SuspectRow<PeerId | string>[],
): void {
  const places = new Map(entries.map(({ name }, place) => [name, place]));
  const known = rows.filter(({ observer }) => places.has(String(observer)));
  writeAll(writer, known, ({ observer, suspects }) => {
    writer.varint(places.get(String(observer)) ?? 0);
    const bits = new Uint8Array(Math.ceil(entries.length / 8));
    for (const suspect of suspects) {
      const place = places.get(String(suspect));
      if (place !== undefined) bits[place >>> 3] = (bits[place >>> 3] ?? 0) | (1 << (place & 7));
    }
    writer.bytes(bits);
  });
}

function readRows(
  reader: ByteReader,
  entries: readonly ListEntry[],
): SuspectRow<string>[] | undefined {
  return readList(
    reader,
    (one) => {
      const observer = entries[one.varint() ?? entries.length]?.name;
      const bits = one.bytes(Math.ceil(entries.length / 8));
      if (observer === undefined || bits === undefined) return undefined;
      const suspects = entries.flatMap(({ name }, place) =>
        ((bits[place >>> 3] ?? 0) & (1 << (place & 7))) === 0 ? [] : [name],
      );
      return { observer, suspects };
    },
    entries.length,
  );
}

function readMark(reader: ByteReader): AlertMark | undefined {
  const rule = readName(reader);
  const epoch = reader.varint();
  const firedBy = readPeer(reader);
  if (rule === undefined || epoch === undefined || firedBy === undefined) return undefined;
  return { rule, epoch, firedBy };
}
