/**
 * What travels on a link, one long-lived connection between two Hearsay nodes:
 *
 *   preamble, by the dialler    label header, if there is a label | 48 01
 *   record, both ways           u32 length | body; with a keyring the body is sealed
 *   body of the first record    hello (link-hello.wire.ts)
 *   body of every other         frames: kind u8 | 0 | channel u16 | length u32 | bytes
 *
 * Numbers are big-endian. Source: DESIGN section 5.
 */
import { Buffer } from "node:buffer";
import { FRAME_MAGIC, FRAME_VERSION } from "./frame.ts";
import { labelHeader } from "./label.ts";

export const RECORD_HEAD_BYTES = 4;
export const FRAME_HEAD_BYTES = 8;

/** Receivers skip and count frames of other kinds: a later version's. */
export const linkFrames = {
  /** Bytes of a channel. */
  message: 1,
  /** Nothing; says that somebody is there. */
  alive: 2,
  /** The sender's protocol of this channel wants the link, or takes it. */
  openChannel: 3,
  /** The sender's protocol of this channel lets go of the link, or has none. */
  closeChannel: 4,
  /**
   * The sender sends nothing more on this connection; with channel 1, nor on any other: it stops.
   * With channel 2 a connection of their own takes the place of one by way of another node.
   */
  goodbye: 5,
  /** The beginning of a message, or more of it; the last part comes as `message`. */
  part: 6,
} as const;

/** What a dialler writes first. */
export function linkPreamble(label: Uint8Array): Uint8Array {
  return Uint8Array.of(...labelHeader(label), FRAME_MAGIC, FRAME_VERSION);
}

export interface LinkFrame {
  readonly kind: number;
  readonly channel: number;
  readonly bytes: Uint8Array;
}

/** Bytes that a frame takes up in a record. */
export function frameByteLength(frame: LinkFrame): number {
  return FRAME_HEAD_BYTES + frame.bytes.length;
}

/** Room for `roomBytes` in front, then the frames, copied: one write, and nothing corked. */
export function joinFrames(
  frames: readonly LinkFrame[],
  joinedBytes: number,
  roomBytes: number,
): Buffer {
  const out = Buffer.allocUnsafe(roomBytes + joinedBytes);
  let at = roomBytes;
  for (const { kind, channel, bytes } of frames) {
    out[at] = kind;
    out[at + 1] = 0;
    out.writeUInt16BE(channel, at + 2);
    out.writeUInt32BE(bytes.length, at + 4);
    out.set(bytes, at + FRAME_HEAD_BYTES);
    at += FRAME_HEAD_BYTES + bytes.length;
  }
  return out;
}

/**
 * Calls `visit` for each frame of a record, until it returns "stop"; the bytes are a view.
 * Never throws of itself. @returns false when the record is malformed, which is found on the way.
 */
export function everyFrame(
  body: Uint8Array,
  visit: (kind: number, channel: number, bytes: Uint8Array) => "next" | "stop",
): boolean {
  let at = 0;
  while (at < body.length) {
    const start = at + FRAME_HEAD_BYTES;
    if (start > body.length) return false;
    const length = uint32At(body, at + 4);
    const end = start + length;
    if (end > body.length) return false;
    const channel = byteAt(body, at + 2) * 256 + byteAt(body, at + 3);
    if (visit(byteAt(body, at), channel, body.subarray(start, end)) === "stop") return true;
    at = end;
  }
  return true;
}

export function uint32At(bytes: Uint8Array, at: number): number {
  const high = byteAt(bytes, at) * 0x1000000 + byteAt(bytes, at + 1) * 0x10000;
  return high + byteAt(bytes, at + 2) * 0x100 + byteAt(bytes, at + 3);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
