import type { ByteReader, ByteWriter } from "./varint.ts";

/* A double as eight bytes, little-endian. */

const view = new DataView(new ArrayBuffer(8));
const bytes = new Uint8Array(view.buffer);

export function writeDouble(writer: ByteWriter, value: number): void {
  view.setFloat64(0, value, true);
  writer.bytes(bytes);
}

/** undefined when the bytes end too early. */
export function readDouble(reader: ByteReader): number | undefined {
  const taken = reader.bytes(8);
  if (taken === undefined) return undefined;
  bytes.set(taken);
  return view.getFloat64(0, true);
}
