/** grpc-js writes Buffers: the same memory, by another name. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function fromBuffer(bytes: Buffer): Uint8Array {
  return bytes;
}
