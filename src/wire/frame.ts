/**
 * Hearsay's own frame inside a memberlist user message, which only members with our advert get:
 *
 *   48 01 | origin: varint length, UTF-8 | channel varint | body
 *
 * Source: DESIGN section 5. `48` is no Serf message type, so a Serf agent drops it unharmed.
 */
import { Buffer } from "node:buffer";
import { type Origin, parseOrigin } from "../core/peer.ts";
import { decodeText, encodeText } from "./text.ts";
import { readVarint, writeVarint } from "./varint.ts";

export const FRAME_MAGIC = 0x48;
export const FRAME_VERSION = 1;

/** A name of 128 bytes, `#`, and the digits of 2^53. */
const ORIGIN_MAX_BYTES = 145;

export interface Frame {
  readonly origin: Origin;
  /** Names the mounted protocol whose message the body is. */
  readonly channel: number;
  readonly body: Uint8Array;
}

export function encodeFrame(frame: Frame): Uint8Array {
  const head = frameHead(frame);
  const bytes = Buffer.allocUnsafe(head.length + frame.body.length);
  bytes.set(head, 0);
  bytes.set(frame.body, head.length);
  return bytes;
}

/** Bytes a frame adds to its body. */
export function frameOverheadBytes(frame: Omit<Frame, "body">): number {
  return frameHead(frame).length;
}

/** Never throws. @returns undefined when the bytes are no frame of this version. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes[0] !== FRAME_MAGIC || bytes[1] !== FRAME_VERSION) return undefined;
  const length = readVarint(bytes, 2);
  if (length === undefined || length.value > ORIGIN_MAX_BYTES) return undefined;
  const originEnd = length.at + length.value;
  if (originEnd > bytes.length) return undefined;
  const origin = originOf(decodeText(bytes.subarray(length.at, originEnd)));
  const channel = readVarint(bytes, originEnd);
  if (origin === undefined || channel === undefined) return undefined;
  return { origin, channel: channel.value, body: bytes.subarray(channel.at) };
}

function isOrigin(text: string): text is Origin {
  return parseOrigin(text) !== undefined;
}

function originOf(text: string): Origin | undefined {
  return isOrigin(text) ? text : undefined;
}

/** The last head: a node's frames differ in their body, seldom in origin and channel. */
let lastOrigin: string | undefined;
let lastChannel = -1;
let lastHead: Uint8Array = new Uint8Array(0);

function frameHead(frame: Omit<Frame, "body">): Uint8Array {
  if (frame.origin === lastOrigin && frame.channel === lastChannel) return lastHead;
  const origin = encodeText(frame.origin);
  const head = [FRAME_MAGIC, FRAME_VERSION];
  writeVarint(head, origin.length);
  head.push(...origin);
  writeVarint(head, frame.channel);
  lastOrigin = frame.origin;
  lastChannel = frame.channel;
  lastHead = Uint8Array.from(head);
  return lastHead;
}
