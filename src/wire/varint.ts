/** Whole numbers from 0 to 2^53 − 1 in groups of seven bits, the lowest first, as in protobuf. */
const GROUP = 128;
/** 2^53 − 1 takes eight groups. */
const GROUPS_MAX = 8;

export function writeVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= GROUP) {
    out.push((rest % GROUP) + GROUP);
    rest = Math.floor(rest / GROUP);
  }
  out.push(rest);
}

export interface VarintRead {
  readonly value: number;
  /** Where the next byte stands. */
  readonly at: number;
}

/** @returns undefined when the bytes end early, or the number is beyond 2^53 − 1. */
export function readVarint(bytes: Uint8Array, start: number): VarintRead | undefined {
  let value = 0;
  let weight = 1;
  for (let i = 0; i < GROUPS_MAX; i += 1) {
    const byte = bytes[start + i];
    if (byte === undefined) return undefined;
    value += (byte % GROUP) * weight;
    if (byte < GROUP) {
      return Number.isSafeInteger(value) ? { value, at: start + i + 1 } : undefined;
    }
    weight *= GROUP;
  }
  return undefined;
}
