/**
 * In the place of SHA-256 where nobody means harm: 32 bytes that differ for what differs, with any
 * luck. A simulation has no crypto and hashes millions of small events. [Fowler-Noll-Vo, in lanes]
 */
export function simHash(bytes: Uint8Array): Uint8Array {
  const hash = new Uint8Array(32);
  const lanes = new Uint32Array(hash.buffer);
  for (let lane = 0; lane < lanes.length; lane += 1) {
    let value = (0x811c9dc5 ^ Math.imul(lane + 1, 0x9e3779b1)) >>> 0;
    for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    value = Math.imul(value ^ (value >>> 15), 0x85ebca6b) >>> 0;
    lanes[lane] = (value ^ (value >>> 13)) >>> 0;
  }
  return hash;
}
