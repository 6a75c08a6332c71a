import type { HybridTime } from "../../core/hybrid-clock.ts";
import { varintByteLength } from "../../core/varint.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import { pooledBytes } from "./pooled-bytes.ts";
import type { TopicRumor } from "./topic.contract.ts";

/** What a message has in a history beside its value: codec, and two varints of its time. */
export const KEPT_HEAD_MAX_BYTES = 1 + 8 + 8;
const COUNTER_MAX = 0xffff;
const STEP = 128;
const VARINT_MAX_BYTES = 8;

/** What a publisher says, before it has a number. */
export type SaidMessage = Pick<TopicRumor, "clock" | "codec" | "payload">;

/** What a kept message says of its value, and where that begins. */
export interface KeptHead {
  readonly codec: number;
  readonly clock: HybridTime;
  readonly valueAt: number;
}

/**
 * A message as a history keeps it: codec u8 ‖ clock ms varint ‖ clock counter varint ‖ value. It is
 * made of what travels, and so is the same bytes on every node. The value is copied.
 */
export function keptUpdate({ clock, codec, payload }: SaidMessage): HistoryUpdate {
  const headBytes = 1 + varintByteLength(clock.ms) + varintByteLength(clock.counter);
  const bytes = pooledBytes(headBytes + payload.length);
  bytes[0] = codec;
  writeVarint(bytes, writeVarint(bytes, 1, clock.ms), clock.counter);
  bytes.set(payload, headBytes);
  return { atMs: clock.ms, payload: bytes };
}

/** undefined when another program wrote it. */
export function keptHead({ payload }: HistoryUpdate): KeptHead | undefined {
  const [codec] = payload;
  const msEnd = varintEnd(payload, 1);
  const valueAt = varintEnd(payload, msEnd);
  if (codec === undefined || valueAt === 0) return undefined;
  const ms = readVarint(payload, 1, msEnd);
  const counter = readVarint(payload, msEnd, valueAt);
  if (!Number.isSafeInteger(ms) || counter > COUNTER_MAX) return undefined;
  return { codec, clock: { ms, counter }, valueAt };
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest >= STEP; rest = Math.floor(rest / STEP)) {
    bytes[at] = (rest % STEP) | STEP;
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}

/** Behind the varint at `start`; 0 when there is none, or when it has a needless zero. */
function varintEnd(bytes: Uint8Array, start: number): number {
  if (start === 0) return 0;
  for (let at = start; at < bytes.length && at < start + VARINT_MAX_BYTES; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < STEP) return byte === 0 && at > start ? 0 : at + 1;
  }
  return 0;
}

function readVarint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= start; at -= 1) value = value * STEP + ((bytes[at] ?? 0) % STEP);
  return value;
}
