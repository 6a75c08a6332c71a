/**
 * A typed answer on Serf's wire, from one Hearsay node to another that has said that it reads them:
 *
 *   48 01 | 0 | codec u8 | value          an answer
 *   48 01 | 1 | length u8 | reason | detail   why there is none, in UTF-8
 *   48 01 | 2 | 0 | bytes                 a bare answer that itself begins with 48 01
 *
 * All others give and take bare bytes.
 */
import { encodeUtf8 } from "../../core/text.ts";
import { FRAME_MAGIC, FRAME_VERSION } from "../../wire/frame.ts";
import type { WrittenValue } from "./query.messages.ts";

const HEAD_BYTES = 4;
const VALUE = 0;
const REASON = 1;
const BARE = 2;
const REASON_MAX_BYTES = 64;
/** What is left beside the rest of a Serf answer. */
const DETAIL_MAX_LENGTH = 200;
const utf8 = new TextDecoder("utf-8");

export type AnswerFrame =
  | { readonly kind: "value"; readonly value: WrittenValue }
  | { readonly kind: "bare"; readonly payload: Uint8Array }
  | { readonly kind: "none"; readonly reason: string; readonly detail: string };

export function encodeValueFrame({ codec, payload }: WrittenValue): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + payload.length);
  bytes.set([FRAME_MAGIC, FRAME_VERSION, VALUE, codec]);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

export function encodeReasonFrame(reason: string, detail: string): Uint8Array {
  const told = encodeUtf8(reason).subarray(0, REASON_MAX_BYTES);
  const more = encodeUtf8(detail.slice(0, DETAIL_MAX_LENGTH));
  return Uint8Array.of(FRAME_MAGIC, FRAME_VERSION, REASON, told.length, ...told, ...more);
}

/** Bare bytes as they are, unless they would be taken for a frame. */
export function shielded(bytes: Uint8Array): Uint8Array {
  if (!beginsAsFrame(bytes)) return bytes;
  return Uint8Array.of(FRAME_MAGIC, FRAME_VERSION, BARE, 0, ...bytes);
}

/** Never throws. @returns undefined for bare bytes. */
export function decodeAnswerFrame(bytes: Uint8Array): AnswerFrame | undefined {
  const [, , kind, third] = bytes;
  if (!beginsAsFrame(bytes) || third === undefined) return undefined;
  const rest = Uint8Array.from(bytes.subarray(HEAD_BYTES));
  if (kind === VALUE) return { kind: "value", value: { codec: third, payload: rest } };
  if (kind === BARE) return { kind: "bare", payload: rest };
  if (kind !== REASON || rest.length < third) return undefined;
  const reason = utf8.decode(rest.subarray(0, third));
  return { kind: "none", reason, detail: utf8.decode(rest.subarray(third)) };
}

function beginsAsFrame([magic, version]: Uint8Array): boolean {
  return magic === FRAME_MAGIC && version === FRAME_VERSION;
}
