/** CRC-32 as in zlib, over the reversed polynomial of IEEE 802.3. */
const POLYNOMIAL = 0xed_b8_83_20;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});

/** Here and not from zlib, for journals and infos run in the simulator and in browsers too. */
export function crc32(bytes: Uint8Array, first = 0, end = bytes.length): number {
  let sum = 0xff_ff_ff_ff;
  for (let index = first; index < end; index += 1) {
    sum = (table[(sum ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (sum >>> 8);
  }
  return (sum ^ 0xff_ff_ff_ff) >>> 0;
}
