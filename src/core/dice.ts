import { Random } from "./random.ts";

/** A stream of dice of its own for each (seed, owner, channel), so that adding one shifts no other. */
export function diceFor(seed: number, owner: string | number, channel: string): Random {
  return new Random(mix(`${seed}\u0000${owner}\u0000${channel}`));
}

/** 32-bit FNV-1a with the finalizer of MurmurHash3, for FNV alone leaves the high bits alike. */
function mix(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
