/**
 * The updates of one run in bytes, each behind its length. They are written once: a list that is
 * passed on to several neighbours, or as it came, is the same bytes.
 */
import { ByteReader, ByteWriter, varintByteLength } from "../../core/varint.ts";
import type { InPlaceCodec, UpdateCodec } from "../enrolled.ts";

/** What an update is thought to take before one was written. [guess] */
const FIRST_UPDATE_BYTES = 160;

/** Lists of updates as they stand in messages: a list is passed on as it came. */
const written = new WeakMap<readonly unknown[], Uint8Array>();

export function encodeUpdates(updates: readonly unknown[], codec: UpdateCodec): Uint8Array {
  const known = written.get(updates);
  if (known !== undefined) return known;
  const { inPlace } = codec;
  const writer =
    inPlace === undefined
      ? writerOf(updates.map((update) => codec.encode(update)))
      : inPlaceWriterOf(updates, inPlace);
  const bytes = writer.finish();
  written.set(updates, bytes);
  return bytes;
}

function writerOf(bodies: readonly Uint8Array[]): ByteWriter {
  let length = 0;
  for (const body of bodies) length += varintByteLength(body.length) + body.length;
  const writer = new ByteWriter(length);
  for (const body of bodies) {
    writer.varint(body.length);
    writer.bytes(body);
  }
  return writer;
}

function inPlaceWriterOf(updates: readonly unknown[], codec: InPlaceCodec): ByteWriter {
  return codec.byteLength === undefined
    ? measuredWriterOf(updates, codec)
    : exactWriterOf(updates, { ...codec, byteLength: codec.byteLength });
}

/** Updates of one list are much alike: each is as long as the one before, more or less. */
function measuredWriterOf(updates: readonly unknown[], codec: InPlaceCodec): ByteWriter {
  const writer = new ByteWriter(updates.length * FIRST_UPDATE_BYTES);
  let update: unknown;
  const write = (): void => codec.write(update, writer);
  let length = FIRST_UPDATE_BYTES;
  for (update of updates) length = writer.measured(length, write);
  return writer;
}

function exactWriterOf(updates: readonly unknown[], codec: Required<InPlaceCodec>): ByteWriter {
  let length = 0;
  for (const update of updates) {
    const bytesCount = codec.byteLength(update);
    length += varintByteLength(bytesCount) + bytesCount;
  }
  const writer = new ByteWriter(length);
  for (const update of updates) {
    writer.varint(codec.byteLength(update));
    codec.write(update, writer);
  }
  return writer;
}

/** undefined when the bytes are not `count` updates. */
export function decodeUpdates(
  came: Uint8Array,
  count: number,
  codec: UpdateCodec,
): unknown[] | undefined {
  // A copy: the bytes that came are a view of a whole message, which a kept one would keep.
  const bytes = new Uint8Array(came);
  const reader = new ByteReader(bytes);
  const { inPlace } = codec;
  const updates: unknown[] = [];
  for (let read = 0; read < count; read += 1) {
    const length = reader.varint() ?? -1;
    const start = reader.at;
    if (!reader.skip(length)) return undefined;
    const update =
      inPlace === undefined
        ? codec.decode(bytes.subarray(start, start + length))
        : inPlace.read(bytes, start, start + length);
    if (update === undefined) return undefined;
    updates.push(update);
  }
  if (reader.remainingBytes > 0) return undefined;
  written.set(updates, bytes);
  return updates;
}
