/** Encoded lengths without encoding, and without Node: what a simulation needs of a codec. */
import { textByteLength } from "./text-length.ts";

const UINT32 = 4_294_967_296;

/** Encoded length of a whole number from 0 to 2^53 − 1. */
export function uintSize(value: number): number {
  if (value <= 0x7f) return 1;
  if (value <= 0xff) return 2;
  if (value <= 0xffff) return 3;
  return value < UINT32 ? 5 : 9;
}

export function textSize(text: string): number {
  return stringSize(textByteLength(text));
}

export function rawSize(bytes: Uint8Array): number {
  return stringSize(bytes.length);
}

function stringSize(length: number): number {
  if (length <= 31) return 1 + length;
  return length <= 0xffff ? 3 + length : 5 + length;
}
