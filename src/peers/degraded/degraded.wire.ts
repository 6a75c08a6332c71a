/**
 * Body of a frame of this channel: version u8 (1) | health u8 (0 well, 1 degraded) | boot varint |
 * seq varint | lease varint, ms | longest block varint, ms | longest pause varint, ms. Longer
 * bodies are read as far as this version knows them.
 */
import { readVarint, writeVarint } from "../../wire/varint.ts";
import type { ClaimMessage } from "./degraded.messages.ts";

const VERSION = 1;
const HEAD_BYTES = 2;
const HEALTHS = ["well", "degraded"] as const satisfies readonly ClaimMessage["health"][];
/** What is longer says no more; it also bounds what a screen must show. */
const TIME_MAX_MS = 24 * 3_600_000;

export function encodeClaim(claim: ClaimMessage): Uint8Array {
  const { boot, health, leaseMs, seq, trouble } = claim;
  const out = [VERSION, HEALTHS.indexOf(health)];
  const times = [leaseMs, trouble.delayMs, trouble.gcMs].map(wholeMs);
  for (const number of [boot, seq, ...times]) writeVarint(out, number);
  return Uint8Array.from(out);
}

/** Never throws. @returns undefined for bytes that are no claim. */
export function decodeClaim(body: Uint8Array): ClaimMessage | undefined {
  const health = HEALTHS[body[1] ?? HEALTHS.length];
  if (body[0] !== VERSION || health === undefined) return undefined;
  const numbers: number[] = [];
  for (let at = HEAD_BYTES; numbers.length < 5; ) {
    const number = readVarint(body, at);
    if (number === undefined) return undefined;
    numbers.push(number.value);
    at = number.at;
  }
  const [boot = 0, seq = 0, leaseMs = 0, delayMs = 0, gcMs = 0] = numbers;
  const trouble = { delayMs: Math.min(delayMs, TIME_MAX_MS), gcMs: Math.min(gcMs, TIME_MAX_MS) };
  return { kind: "claim", boot, seq, health, leaseMs: Math.min(leaseMs, TIME_MAX_MS), trouble };
}

function wholeMs(ms: number): number {
  return Math.min(TIME_MAX_MS, Math.max(0, Math.round(ms)));
}
