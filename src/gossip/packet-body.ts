import { type Origin, parseOrigin } from "../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../core/text.ts";
import { ByteReader, ByteWriter } from "../core/varint.ts";

/*
 * What a packet carries beside its name and time:
 *   1 ‖ count ‖ count times (length ‖ origin ‖ number) ‖ data, to the end
 */
const VERSION = 1;
/** Entries read of one clock. [because: twice what a node of the defaults writes] */
const ENTRIES_MAX_COUNT = 512;

export interface PacketBody {
  /** What its author had received. */
  readonly after: ReadonlyMap<Origin, number>;
  readonly data: Uint8Array;
}

export function encodePacketBody({ after, data }: PacketBody): Uint8Array {
  const writer = new ByteWriter(data.length + 64);
  writer.byte(VERSION);
  writer.varint(after.size);
  for (const [origin, seq] of after) {
    const name = encodeUtf8(origin);
    writer.varint(name.length);
    writer.bytes(name);
    writer.varint(seq);
  }
  writer.bytes(data);
  return writer.finish();
}

/** Never throws; undefined for bytes that are no body. */
export function decodePacketBody(bytes: Uint8Array): PacketBody | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== VERSION) return undefined;
  const count = reader.varint();
  if (count === undefined || count > ENTRIES_MAX_COUNT) return undefined;
  const after = new Map<Origin, number>();
  for (let index = 0; index < count; index += 1) {
    const origin = originOf(reader.bytes(reader.varint() ?? -1));
    const seq = reader.varint();
    if (origin === undefined || seq === undefined || seq < 1) return undefined;
    after.set(origin, seq);
  }
  const data = reader.bytes(reader.remainingBytes);
  return data === undefined ? undefined : { after, data };
}

function originOf(bytes: Uint8Array | undefined): Origin | undefined {
  if (bytes === undefined) return undefined;
  const text = decodeUtf8(bytes);
  return isOrigin(text) ? text : undefined;
}

function isOrigin(text: string): text is Origin {
  return parseOrigin(text) !== undefined;
}
