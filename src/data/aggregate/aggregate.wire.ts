/**
 * Messages of aggregates as the body of a frame of channel 19. By hand, for they are nearly all
 * numbers:
 *
 *   body      kind u8 (0 ask, 1 answer) ‖ epoch varint ‖ next epoch in ms varint ‖ count varint
 *             ‖ parts
 *   part      kind u8 ‖ task text ‖ length varint ‖ what the kind has
 *   0 flow       step u8 ‖ life u32 ‖ seq varint ‖ flow numbers ‖ estimate numbers ‖ ranges
 *   1 half       transfer u8 ‖ life u32 ‖ sent numbers ‖ received numbers ‖ ranges
 *   2 average    step u8 ‖ seq varint ‖ [ask, answer: values numbers ‖ ranges]
 *   3 minima     hash u32 ‖ count varint ‖ count × f32
 *   4 extremes   flags u8 (1 least, 2 greatest) ‖ records ‖ count varint ‖ (origin ‖ epoch ‖ seq)…
 *   5 records    count varint ‖ (origin ‖ seq varint ‖ length varint ‖ bytes)…
 *   6 registers  form u8 ‖ bytes, to the end
 *
 * numbers: count varint ‖ count × f64. range: window varint ‖ low f64 ‖ high f64. record: value f64
 * ‖ origin ‖ epoch varint ‖ seq varint. origin: text. All fixed numbers are little-endian. Parts of
 * unknown kinds are passed over, which is what their length is for.
 */
import { at } from "../../core/collections/at.ts";
import { readList, readText, writeText } from "../../core/dot-bytes.ts";
import { readDouble, writeDouble } from "../../core/double-bytes.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import {
  type AggregateMessage,
  type AggregatePart,
  type AveragePart,
  type ExtremeRecord,
  MINIMA_MAX_COUNT,
  type OriginRecord,
  PARTS_MAX_COUNT,
  type RangePart,
  type Retraction,
  VECTOR_MAX_COUNT,
} from "./aggregate.messages.ts";

const kinds = ["flow", "half", "average", "minima", "extremes", "records", "registers"] as const;
const messageKinds = ["ask", "answer"] as const;
const transfers = ["plain", "counted"] as const;
const forms = ["distinct", "custom"] as const;
const steps = [
  "ask",
  "answer",
  "busy",
  "absent",
  "commit",
  "status",
  "committed",
  "aborted",
  "unknown",
] as const;
/** Longest name of a task, with what stands behind it of its own. */
const TASK_MAX_LENGTH = 160;
const NAME_MAX_LENGTH = 128;
const LEAST = 1;
const GREATEST = 2;

export function encodeAggregate(message: AggregateMessage): Uint8Array {
  const writer = new ByteWriter(512);
  writer.byte(messageKinds.indexOf(message.kind));
  writer.varint(message.epoch);
  writer.varint(message.nextEpochInMs);
  writer.varint(message.parts.length);
  for (const part of message.parts) {
    writer.byte(kinds.indexOf(part.kind));
    writeText(writer, part.task);
    writer.measured(128, (body) => writePart(body, part));
  }
  return writer.finish();
}

/** Never throws; bytes are copied. @returns undefined for what is no message. */
export function decodeAggregate(bytes: Uint8Array): AggregateMessage | undefined {
  const reader = new ByteReader(bytes);
  const kind = messageKinds[reader.byte() ?? messageKinds.length];
  const epoch = reader.varint();
  const nextEpochInMs = reader.varint();
  const count = reader.varint();
  if (kind === undefined || epoch === undefined || nextEpochInMs === undefined) return undefined;
  if (count === undefined || count > PARTS_MAX_COUNT) return undefined;
  const parts: AggregatePart[] = [];
  for (let index = 0; index < count; index += 1) {
    const partKind = reader.byte();
    const task = readText(reader);
    const body = reader.bytes(reader.varint() ?? -1);
    if (partKind === undefined || task === undefined || body === undefined) return undefined;
    if (task === "" || task.length > TASK_MAX_LENGTH) return undefined;
    if (partKind >= kinds.length) continue;
    const part = readPart(new ByteReader(body), at(kinds, partKind), task);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return { kind, epoch, nextEpochInMs, parts };
}

function writePart(writer: ByteWriter, part: AggregatePart): void {
  switch (part.kind) {
    case "flow":
      writer.byte(steps.indexOf(part.step));
      writeWord(writer, part.life);
      writer.varint(part.seq);
      writeNumbers(writer, part.flow);
      writeNumbers(writer, part.estimate);
      return writeRanges(writer, part.ranges);
    case "half":
      writer.byte(transfers.indexOf(part.transfer));
      writeWord(writer, part.life);
      writeNumbers(writer, part.sent);
      writeNumbers(writer, part.received);
      return writeRanges(writer, part.ranges);
    case "average":
      writer.byte(steps.indexOf(part.step));
      writer.varint(part.seq);
      if (part.step !== "ask" && part.step !== "answer") return;
      writeNumbers(writer, part.values);
      return writeRanges(writer, part.ranges);
    case "minima":
      return writeMinima(writer, part.hash, part.minima ?? []);
    case "extremes":
      return writeExtremes(writer, part);
    case "records":
      writer.varint(part.records.length);
      for (const { bytes, origin, seq } of part.records) {
        writeText(writer, String(origin));
        writer.varint(seq);
        writer.varint(bytes.length);
        writer.bytes(bytes);
      }
      return;
    case "registers":
      writer.byte(forms.indexOf(part.form));
      return writer.bytes(part.bytes);
  }
}

function readPart(
  reader: ByteReader,
  kind: AggregatePart["kind"],
  task: string,
): AggregatePart | undefined {
  switch (kind) {
    case "flow":
      return readFlow(reader, task);
    case "half":
      return readHalf(reader, task);
    case "average":
      return readAverage(reader, task);
    case "minima":
      return readMinima(reader, task);
    case "extremes":
      return readExtremes(reader, task);
    case "records": {
      const records = readList(reader, readRecord, reader.remainingBytes);
      return records && { kind, task, records };
    }
    case "registers": {
      const form = forms[reader.byte() ?? forms.length];
      const bytes = reader.bytes(reader.remainingBytes);
      return form && bytes && { kind, task, form, bytes: bytes.slice() };
    }
  }
}

function readFlow(reader: ByteReader, task: string): AggregatePart | undefined {
  const step = messageKinds[reader.byte() ?? messageKinds.length];
  const life = readWord(reader);
  const seq = reader.varint();
  const flow = readNumbers(reader);
  const estimate = readNumbers(reader);
  const ranges = readRanges(reader);
  if (step === undefined || life === undefined || seq === undefined) return undefined;
  if (flow === undefined || estimate === undefined || ranges === undefined) return undefined;
  return { kind: "flow", task, step, life, seq, flow, estimate, ranges };
}

function readHalf(reader: ByteReader, task: string): AggregatePart | undefined {
  const transfer = transfers[reader.byte() ?? transfers.length];
  const life = readWord(reader);
  const sent = readNumbers(reader);
  const received = readNumbers(reader);
  const ranges = readRanges(reader);
  if (transfer === undefined || life === undefined || sent === undefined) return undefined;
  if (received === undefined || ranges === undefined) return undefined;
  return { kind: "half", task, transfer, life, sent, received, ranges };
}

function readAverage(reader: ByteReader, task: string): AveragePart | undefined {
  const step = steps[reader.byte() ?? steps.length];
  const seq = reader.varint();
  if (step === undefined || seq === undefined) return undefined;
  const said = { kind: "average", task, seq } as const;
  if (step !== "ask" && step !== "answer") return { ...said, step };
  const values = readNumbers(reader);
  const ranges = readRanges(reader);
  return values && ranges && { ...said, step, values, ranges };
}

function writeMinima(writer: ByteWriter, hash: number, minima: readonly number[]): void {
  writeWord(writer, hash);
  writer.varint(minima.length);
  writer.bytes(new Uint8Array(littleFloats(minima)));
}

function readMinima(reader: ByteReader, task: string): AggregatePart | undefined {
  const hash = readWord(reader);
  const count = reader.varint();
  if (hash === undefined || count === undefined || count > MINIMA_MAX_COUNT) return undefined;
  const bytes = reader.bytes(count * 4);
  if (bytes === undefined) return undefined;
  if (count === 0) return { kind: "minima", task, hash, minima: undefined };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const minima = Array.from({ length: count }, (_, index) => view.getFloat32(index * 4, true));
  return { kind: "minima", task, hash, minima };
}

function littleFloats(values: readonly number[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) view.setFloat32(index * 4, value, true);
  return view.buffer;
}

function writeExtremes(
  writer: ByteWriter,
  part: Extract<AggregatePart, { kind: "extremes" }>,
): void {
  const { high, low, retracted } = part;
  writer.byte((low === undefined ? 0 : LEAST) | (high === undefined ? 0 : GREATEST));
  for (const record of [low, high]) {
    if (record === undefined) continue;
    writeDouble(writer, record.value);
    writeStamp(writer, record);
  }
  writer.varint(retracted.length);
  for (const retraction of retracted) writeStamp(writer, retraction);
}

function readExtremes(reader: ByteReader, task: string): AggregatePart | undefined {
  const flags = reader.byte();
  if (flags === undefined || flags > (LEAST | GREATEST)) return undefined;
  const low = (flags & LEAST) === 0 ? undefined : readExtreme(reader);
  if ((flags & LEAST) !== 0 && low === undefined) return undefined;
  const high = (flags & GREATEST) === 0 ? undefined : readExtreme(reader);
  if ((flags & GREATEST) !== 0 && high === undefined) return undefined;
  const retracted = readList(reader, readStamp, reader.remainingBytes);
  return retracted && { kind: "extremes", task, low, high, retracted };
}

function readExtreme(reader: ByteReader): ExtremeRecord | undefined {
  const value = readDouble(reader);
  const stamp = readStamp(reader);
  return value === undefined || stamp === undefined ? undefined : { value, ...stamp };
}

function writeStamp(writer: ByteWriter, { epoch, origin, seq }: Retraction): void {
  writeText(writer, String(origin));
  writer.varint(epoch);
  writer.varint(seq);
}

function readStamp(reader: ByteReader): Retraction | undefined {
  const origin = readPeer(reader);
  const epoch = reader.varint();
  const seq = reader.varint();
  if (origin === undefined || epoch === undefined || seq === undefined) return undefined;
  return { origin, epoch, seq };
}

function readRecord(reader: ByteReader): OriginRecord | undefined {
  const origin = readPeer(reader);
  const seq = reader.varint();
  const bytes = reader.bytes(reader.varint() ?? -1);
  if (origin === undefined || seq === undefined || bytes === undefined) return undefined;
  return { origin, seq, bytes: bytes.slice() };
}

function readPeer(reader: ByteReader): PeerId | undefined {
  const name = readText(reader);
  if (name === undefined || name === "" || name.length > NAME_MAX_LENGTH) return undefined;
  return peerId(name);
}

function writeRanges(writer: ByteWriter, ranges: readonly RangePart[]): void {
  writer.varint(ranges.length);
  for (const { high, low, window } of ranges) {
    writer.varint(Math.max(0, window));
    writeDouble(writer, low);
    writeDouble(writer, high);
  }
}

function readRanges(reader: ByteReader): RangePart[] | undefined {
  const ranges = readList(reader, readRange, reader.remainingBytes);
  return ranges !== undefined && ranges.length <= VECTOR_MAX_COUNT ? ranges : undefined;
}

function readRange(reader: ByteReader): RangePart | undefined {
  const window = reader.varint();
  const low = readDouble(reader);
  const high = readDouble(reader);
  if (window === undefined || low === undefined || high === undefined) return undefined;
  return { window, low, high };
}

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.varint(numbers.length);
  for (const number of numbers) writeDouble(writer, number);
}

function readNumbers(reader: ByteReader): number[] | undefined {
  const numbers = readList(reader, readDouble, reader.remainingBytes);
  return numbers !== undefined && numbers.length <= VECTOR_MAX_COUNT ? numbers : undefined;
}

function writeWord(writer: ByteWriter, word: number): void {
  for (const shift of [0, 8, 16, 24]) writer.byte((word >>> shift) & 0xff);
}

function readWord(reader: ByteReader): number | undefined {
  const bytes = reader.bytes(4);
  if (bytes === undefined) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
