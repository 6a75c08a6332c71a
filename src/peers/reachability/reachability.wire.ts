/**
 * Messages about paths as the body of a frame of channel 21. By hand, for they are small:
 *
 *   body    kind u8 (0 knock, 1 answer, 2 rows, 3 heads) ‖ what the kind has
 *   knock   why u8 (0 doubt, 1 echo) ‖ nonce varint
 *   answer  nonce varint
 *   rows    count varint ‖ (head ‖ age in ms varint ‖ count varint ‖ paths)…
 *   heads   why u8 (0 ask, 1 reply) ‖ count varint ‖ heads
 *   head    node text ‖ boot varint ‖ seq varint
 *   path    peer text ‖ state u8 ‖ via text, empty for nobody ‖ since, in ms, varint
 *
 * state: packets (0 answered, 1 unanswered) + 2 × hearing (0 heard, 1 silent, 2 unknown)
 * + 8 × streams (0 up, 1 down, 2 unknown). text: length varint ‖ UTF-8.
 */
import { readList, readText, writeText } from "../../core/dot-bytes.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import {
  HEADS_MAX_COUNT,
  type PathReport,
  type ReachabilityMessage,
  ROW_PATHS_MAX_COUNT,
  type Row,
  type RowHead,
} from "./reachability.messages.ts";

const kinds = ["knock", "answer", "rows", "heads"] as const;
const knockReasons = ["doubt", "echo"] as const;
const headReasons = ["ask", "reply"] as const;
const packets = ["answered", "unanswered"] as const;
const hearings = ["heard", "silent", "unknown"] as const;
const streams = ["up", "down", "unknown"] as const;
const NAME_MAX_LENGTH = 128;
const HEARING = 2;
const STREAMS = 8;

export function encodeReachability(message: ReachabilityMessage): Uint8Array {
  const writer = new ByteWriter(256);
  writer.byte(kinds.indexOf(message.kind));
  switch (message.kind) {
    case "knock":
      writer.byte(knockReasons.indexOf(message.why));
      writer.varint(message.nonce);
      break;
    case "answer":
      writer.varint(message.nonce);
      break;
    case "rows":
      writer.varint(message.rows.length);
      for (const row of message.rows) writeRow(writer, row);
      break;
    case "heads":
      writer.byte(headReasons.indexOf(message.why));
      writer.varint(message.heads.length);
      for (const head of message.heads) writeHead(writer, head);
      break;
  }
  return writer.finish();
}

/** Never throws. @returns undefined for what is no message. */
export function decodeReachability(bytes: Uint8Array): ReachabilityMessage | undefined {
  const reader = new ByteReader(bytes);
  const kind = kinds[reader.byte() ?? kinds.length];
  switch (kind) {
    case "knock": {
      const why = knockReasons[reader.byte() ?? knockReasons.length];
      const nonce = reader.varint();
      return why && nonce !== undefined ? { kind, nonce, why } : undefined;
    }
    case "answer": {
      const nonce = reader.varint();
      return nonce === undefined ? undefined : { kind, nonce };
    }
    case "rows": {
      const rows = readList(reader, readRow, HEADS_MAX_COUNT);
      return rows && { kind, rows };
    }
    case "heads": {
      const why = headReasons[reader.byte() ?? headReasons.length];
      const heads = readList(reader, readHead, HEADS_MAX_COUNT);
      return why && heads && { kind, why, heads };
    }
    default:
      return undefined;
  }
}

function writeHead(writer: ByteWriter, { boot, node, seq }: RowHead): void {
  writeText(writer, String(node));
  writer.varint(boot);
  writer.varint(seq);
}

function readHead(reader: ByteReader): RowHead | undefined {
  const node = readName(reader);
  const boot = reader.varint();
  const seq = reader.varint();
  if (node === undefined || boot === undefined || seq === undefined) return undefined;
  return { node, boot, seq };
}

function writeRow(writer: ByteWriter, row: Row): void {
  writeHead(writer, row);
  writer.varint(Math.round(row.ageMs));
  writer.varint(row.paths.length);
  for (const path of row.paths) writePath(writer, path);
}

function readRow(reader: ByteReader): Row | undefined {
  const head = readHead(reader);
  const ageMs = reader.varint();
  const paths = readList(reader, readPath, ROW_PATHS_MAX_COUNT);
  if (head === undefined || ageMs === undefined || paths === undefined) return undefined;
  return { ...head, ageMs, paths };
}

function writePath(writer: ByteWriter, path: PathReport): void {
  writeText(writer, String(path.peer));
  const hearing = hearings.indexOf(path.hearing) * HEARING;
  const stream = streams.indexOf(path.streams) * STREAMS;
  writer.byte(packets.indexOf(path.packets) + hearing + stream);
  writeText(writer, path.via === undefined ? "" : String(path.via));
  writer.varint(Math.max(0, Math.round(path.sinceMs)));
}

function readPath(reader: ByteReader): PathReport | undefined {
  const peer = readName(reader);
  const state = reader.byte();
  const via = readText(reader);
  const sinceMs = reader.varint();
  if (peer === undefined || state === undefined || via === undefined) return undefined;
  if (sinceMs === undefined || via.length > NAME_MAX_LENGTH) return undefined;
  const stream = streams[Math.floor(state / STREAMS)];
  const hearing = hearings[Math.floor((state % STREAMS) / HEARING)];
  const packet = packets[state % HEARING];
  if (stream === undefined || hearing === undefined || packet === undefined) return undefined;
  const by = via === "" ? undefined : peerId(via);
  return { peer, packets: packet, hearing, streams: stream, via: by, sinceMs };
}

function readName(reader: ByteReader): PeerId | undefined {
  const name = readText(reader);
  if (name === undefined || name === "" || name.length > NAME_MAX_LENGTH) return undefined;
  return peerId(name);
}
