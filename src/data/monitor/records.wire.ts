/** Records and summaries of sensors, as monitor.wire.ts lays them out. */
import { at } from "../../core/collections/at.ts";
import { readList, readText, writeText } from "../../core/dot-bytes.ts";
import { readDouble, writeDouble } from "../../core/double-bytes.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { ByteReader, ByteWriter } from "../../core/varint.ts";
import {
  BUCKETS_MAX_COUNT,
  type GroupPartial,
  type GroupSummary,
  type HistogramReading,
  LIST_MAX_COUNT,
  SENSORS_MAX_COUNT,
  type SensorReading,
  type SensorRecord,
  type SensorSummary,
  sensorKinds,
  TEXT_MAX_LENGTH,
} from "./monitor.messages.ts";

const HISTOGRAM = sensorKinds.indexOf("histogram");
const HAS_BUCKETS = 128;

export interface Records {
  readonly records: readonly SensorRecord[];
  readonly summaries: readonly GroupSummary[];
}

export function writeRecords(writer: ByteWriter, { records, summaries }: Records): void {
  writeAll(writer, records, ({ ageMs, at: wallMs, origin, readings, seq }) => {
    writeText(writer, String(origin));
    for (const number of [seq, wallMs, ageMs]) writer.varint(number);
    writeAll(writer, readings, (reading) => writeReading(writer, reading));
  });
  writeAll(writer, summaries, (summary) => writeSummary(writer, summary));
}

export function readRecords(reader: ByteReader): Records | undefined {
  const records = readList(reader, readRecord, LIST_MAX_COUNT);
  const summaries = records && readList(reader, readSummary, LIST_MAX_COUNT);
  return summaries && { records, summaries };
}

function readRecord(reader: ByteReader): SensorRecord | undefined {
  const origin = readPeer(reader);
  const [seq, wallMs, ageMs] = [reader.varint(), reader.varint(), reader.varint()];
  const readings = readList(reader, readReading, SENSORS_MAX_COUNT);
  if (origin === undefined || seq === undefined || wallMs === undefined) return undefined;
  if (ageMs === undefined || readings === undefined || seq === 0) return undefined;
  return { origin, seq, at: wallMs, ageMs, readings };
}

function writeReading(writer: ByteWriter, { kind, name, unit, value }: SensorReading): void {
  const isNumber = typeof value === "number";
  // Told by its value: a user's kind may promise what the value does not keep.
  writer.byte(isNumber && kind === "histogram" ? 0 : sensorKinds.indexOf(kind));
  writeText(writer, name);
  writeText(writer, unit);
  if (isNumber) writeDouble(writer, value);
  else writeBuckets(writer, value);
}

function readReading(reader: ByteReader): SensorReading | undefined {
  const kind = sensorKinds[reader.byte() ?? sensorKinds.length];
  const name = readName(reader);
  const unit = readText(reader);
  if (kind === undefined || name === undefined || unit === undefined) return undefined;
  const value = kind === "histogram" ? readBuckets(reader) : readDouble(reader);
  return value === undefined ? undefined : { name, unit, kind, value };
}

function writeSummary(writer: ByteWriter, summary: GroupSummary): void {
  writeText(writer, summary.group);
  writer.varint(summary.seq);
  writeText(writer, String(summary.speaker));
  const { ageMs, dead, live, suspect } = summary;
  for (const number of [ageMs, live, suspect, dead]) writer.varint(number);
  writeAll(writer, summary.sensors, (sensor) => {
    const { count, histogram, kind, max, min, name, sum, unit } = sensor;
    const code = sensorKinds.indexOf(kind);
    writer.byte(histogram === undefined ? code : code + HAS_BUCKETS);
    writeText(writer, name);
    writeText(writer, unit);
    writer.varint(count);
    for (const number of [sum, min, max]) writeDouble(writer, number);
    if (histogram !== undefined) writeBuckets(writer, histogram);
  });
  writeAll(writer, summary.partials, ({ bytes, name }) => {
    writeText(writer, name);
    writer.varint(bytes.length);
    writer.bytes(bytes);
  });
}

function readSummary(reader: ByteReader): GroupSummary | undefined {
  const group = readName(reader);
  const seq = reader.varint();
  const speaker = readPeer(reader);
  const [ageMs, live, suspect, dead] = [0, 1, 2, 3].map(() => reader.varint());
  const sensors = readList(reader, readSensor, SENSORS_MAX_COUNT * 4);
  const partials = readList(reader, readPartial, SENSORS_MAX_COUNT);
  if (group === undefined || seq === undefined || seq === 0) return undefined;
  if (speaker === undefined || ageMs === undefined || live === undefined) return undefined;
  if (suspect === undefined || dead === undefined) return undefined;
  if (sensors === undefined || partials === undefined) return undefined;
  return { group, seq, speaker, ageMs, live, suspect, dead, sensors, partials };
}

function readSensor(reader: ByteReader): SensorSummary | undefined {
  const code = reader.byte() ?? 0;
  const kind = sensorKinds[code % HAS_BUCKETS];
  const name = readName(reader);
  const unit = readText(reader);
  const count = reader.varint();
  const [sum, min, max] = [0, 1, 2].map(() => readDouble(reader));
  if (kind === undefined || name === undefined || unit === undefined) return undefined;
  if (count === undefined || sum === undefined) return undefined;
  if (min === undefined || max === undefined) return undefined;
  const plain = { name, unit, kind, count, sum, min, max };
  if (code < HAS_BUCKETS) return plain;
  const histogram = readBuckets(reader);
  return histogram && sensorKinds.indexOf(kind) === HISTOGRAM ? { ...plain, histogram } : undefined;
}

function readPartial(reader: ByteReader): GroupPartial | undefined {
  const name = readName(reader);
  const bytes = reader.bytes(reader.varint() ?? -1);
  return name === undefined || bytes === undefined ? undefined : { name, bytes: bytes.slice() };
}

function writeBuckets(writer: ByteWriter, { bounds, counts, sum }: HistogramReading): void {
  writer.varint(bounds.length);
  for (const bound of bounds) writeDouble(writer, bound);
  for (let index = 0; index <= bounds.length; index += 1) writer.varint(at(counts, index));
  writeDouble(writer, sum);
}

function readBuckets(reader: ByteReader): HistogramReading | undefined {
  const bounds = readList(reader, readDouble, BUCKETS_MAX_COUNT - 1);
  if (bounds === undefined) return undefined;
  const counts: number[] = [];
  while (counts.length <= bounds.length) {
    const count = reader.varint();
    if (count === undefined) return undefined;
    counts.push(count);
  }
  const sum = readDouble(reader);
  return sum === undefined ? undefined : { bounds, counts, sum };
}

export function writeAll<One>(
  writer: ByteWriter,
  ones: readonly One[],
  write: (one: One) => void,
): void {
  writer.varint(ones.length);
  for (const one of ones) write(one);
}

export function isName(name: string): boolean {
  return name !== "" && name.length <= TEXT_MAX_LENGTH;
}

export function readName(reader: ByteReader): string | undefined {
  const name = readText(reader);
  return name !== undefined && isName(name) ? name : undefined;
}

export function readPeer(reader: ByteReader): PeerId | undefined {
  const name = readName(reader);
  return name === undefined ? undefined : peerId(name);
}
