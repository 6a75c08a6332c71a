/**
 * Heartbeats as the body of a frame of channel 24:
 *
 *   body    kind u8 (0 gossip, 1 broadcast) ‖ count varint ‖ entries
 *   entry   name text ‖ beat varint
 */
import { readList } from "../../core/dot-bytes.ts";
import { peerId } from "../../core/peer.ts";
import { utf8ByteLength } from "../../core/text.ts";
import { ByteReader, ByteWriter, varintByteLength } from "../../core/varint.ts";
import type { HeartbeatSizes } from "./heartbeat.contract.ts";
import {
  ENTRIES_MAX_COUNT,
  type HeartbeatEntry,
  type HeartbeatMessage,
} from "./heartbeat.messages.ts";

const kinds = ["gossip", "broadcast"] as const;
const NAME_MAX_LENGTH = 128;
/** Kind and the longest count. */
const HEAD_BYTES = 3;

export const heartbeatSizes: HeartbeatSizes = {
  headBytes: HEAD_BYTES,
  entryBytes({ beat, peer }) {
    const length = utf8ByteLength(String(peer));
    return varintByteLength(length) + length + varintByteLength(beat);
  },
};

export function encodeHeartbeat({ entries, kind }: HeartbeatMessage): Uint8Array {
  const writer = new ByteWriter(512);
  writer.byte(kinds.indexOf(kind));
  writer.varint(entries.length);
  for (const { beat, peer } of entries) {
    writer.text(String(peer));
    writer.varint(beat);
  }
  return writer.finish();
}

/** undefined when the bytes are no such message. */
export function decodeHeartbeat(body: Uint8Array): HeartbeatMessage | undefined {
  const reader = new ByteReader(body);
  const kind = kinds[reader.byte() ?? kinds.length];
  const entries = readList(reader, readEntry, ENTRIES_MAX_COUNT);
  if (kind === undefined || entries === undefined || reader.remainingBytes > 0) return undefined;
  return { kind, entries };
}

function readEntry(reader: ByteReader): HeartbeatEntry | undefined {
  const name = reader.text();
  const beat = reader.varint();
  if (name === undefined || beat === undefined) return undefined;
  if (name.length < 1 || name.length > NAME_MAX_LENGTH) return undefined;
  return { peer: peerId(name), beat };
}
