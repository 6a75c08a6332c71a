import type { ByteReader, ByteWriter } from "../../core/varint.ts";

/*
 * Whole numbers of fixed size, the highest byte first. Numbers of 64 bits that are no safe integers
 * are refused: `Departs from [spec ledger §2]: they are below 2^53`, as everywhere in Hearsay.
 */

const TWO_32 = 4_294_967_296;

export function writeU16(writer: ByteWriter, value: number): void {
  writer.byte(value >>> 8);
  writer.byte(value & 0xff);
}

export function writeU32(writer: ByteWriter, value: number): void {
  writer.byte(value >>> 24);
  writer.byte((value >>> 16) & 0xff);
  writer.byte((value >>> 8) & 0xff);
  writer.byte(value & 0xff);
}

export function writeU64(writer: ByteWriter, value: number): void {
  writeU32(writer, Math.floor(value / TWO_32));
  writeU32(writer, (value % TWO_32) >>> 0);
}

export function writeI64(writer: ByteWriter, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  writeU32(writer, Number(bits >> 32n));
  writeU32(writer, Number(bits & 0xff_ff_ff_ffn));
}

/** u32 length, and the bytes. */
export function writeSized(writer: ByteWriter, bytes: Uint8Array): void {
  writeU32(writer, bytes.length);
  writer.bytes(bytes);
}

export function readU16(reader: ByteReader): number | undefined {
  const high = reader.byte();
  const low = reader.byte();
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}

export function readU32(reader: ByteReader): number | undefined {
  const high = readU16(reader);
  const low = readU16(reader);
  return high === undefined || low === undefined ? undefined : high * 65_536 + low;
}

export function readU64(reader: ByteReader): number | undefined {
  const high = readU32(reader);
  const low = readU32(reader);
  if (high === undefined || low === undefined) return undefined;
  const value = high * TWO_32 + low;
  return Number.isSafeInteger(value) ? value : undefined;
}

export function readI64(reader: ByteReader): bigint | undefined {
  const high = readU32(reader);
  const low = readU32(reader);
  if (high === undefined || low === undefined) return undefined;
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}

/** A view of the bytes. */
export function readSized(reader: ByteReader): Uint8Array | undefined {
  const length = readU32(reader);
  return length === undefined ? undefined : reader.bytes(length);
}
