/** CRC-32C, over the reversed polynomial of Castagnoli. [RFC 3720 §12.1] */
const POLYNOMIAL = 0x82_f6_3b_78;
/** Tables for eight bytes a turn, one after the other. */
const table = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  table[byte] = remainder >>> 0;
}
for (let index = 256; index < table.length; index += 1) {
  const before = table[index - 256] ?? 0;
  table[index] = ((before >>> 8) ^ (table[before & 0xff] ?? 0)) >>> 0;
}

/**
 * `before` is the sum of the bytes before these, to go on with. Here and not from a package, for
 * what is stored is read in the simulator too.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let sum = before ^ 0xff_ff_ff_ff;
  let index = 0;
  const byteOf = (offset: number): number => bytes[index + offset] ?? 0;
  const sumOf = (slice: number, byte: number): number => table[slice * 256 + byte] ?? 0;
  for (; index + 8 <= bytes.length; index += 8) {
    const low = sum ^ (byteOf(0) | (byteOf(1) << 8) | (byteOf(2) << 16) | (byteOf(3) << 24));
    sum =
      sumOf(7, low & 0xff) ^
      sumOf(6, (low >>> 8) & 0xff) ^
      sumOf(5, (low >>> 16) & 0xff) ^
      sumOf(4, low >>> 24) ^
      sumOf(3, byteOf(4)) ^
      sumOf(2, byteOf(5)) ^
      sumOf(1, byteOf(6)) ^
      sumOf(0, byteOf(7));
  }
  for (; index < bytes.length; index += 1) sum = sumOf(0, (sum ^ byteOf(0)) & 0xff) ^ (sum >>> 8);
  return (sum ^ 0xff_ff_ff_ff) >>> 0;
}
