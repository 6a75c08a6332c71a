/** Changes that know nothing of what the bytes mean. */
import type { Random } from "../../../src/core/random.ts";

export type ByteMutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

export const byteMutations: Readonly<Record<string, ByteMutation>> = {
  flipBits(bytes, random) {
    const changed = bytes.slice();
    for (let left = 1 + random.below(4); left > 0 && changed.length > 0; left -= 1) {
      const at = random.below(changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    }
    return changed;
  },

  setBytes(bytes, random) {
    const changed = bytes.slice();
    for (let left = 1 + random.below(3); left > 0 && changed.length > 0; left -= 1) {
      changed[random.below(changed.length)] = random.below(256);
    }
    return changed;
  },

  truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },

  splice(bytes, random, other) {
    const head = bytes.subarray(0, random.below(bytes.length + 1));
    return joined(head, other.subarray(random.below(other.length + 1)));
  },

  insert(bytes, random) {
    const at = random.below(bytes.length + 1);
    const noise = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
    return joined(bytes.subarray(0, at), noise, bytes.subarray(at));
  },

  remove(bytes, random) {
    const at = random.below(bytes.length + 1);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16)));
  },

  repeat(bytes, random) {
    const at = random.below(bytes.length + 1);
    const piece = bytes.subarray(at, at + 1 + random.below(64));
    const pieces = Array.from({ length: 1 + random.below(20) }, () => piece);
    return joined(bytes.subarray(0, at), ...pieces, bytes.subarray(at));
  },

  noise(_bytes, random) {
    return Uint8Array.from({ length: random.below(200) }, () => random.below(256));
  },

  retype(bytes, random) {
    const changed = bytes.slice();
    if (changed.length > 0) changed[0] = random.chance(0.8) ? random.below(15) : random.below(256);
    return changed;
  },
};

export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}
