/** A second reading of a packet, wrapping by wrapping, to check the codec's own against. */
import { crc32 } from "node:zlib";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { readSwim, swimTypes } from "../../src/peers/swim/wire/swim.wire.ts";
import { COMPRESS_TYPE } from "../../src/wire/compression.ts";
import { lzwDecode } from "../../src/wire/lzw.ts";
import { MsgpackReader } from "../../src/wire/msgpack-reader.ts";
import { type Shape, swimShape } from "./shapes.ts";
import { hexOf } from "./vector-files.ts";

export interface PacketView {
  /** In the shape of the vectors. */
  readonly shape: Shape;
  /** What a codec makes of it: wrappings gone, a compound kept. */
  readonly message: SwimMessage;
  readonly wrappings: ReadonlySet<"crc" | "compress">;
}

export function viewPacket(bytes: Uint8Array): PacketView {
  const type = bytes[0] ?? -1;
  if (type === swimTypes.hasCrc) return viewChecksummed(bytes);
  if (type === COMPRESS_TYPE) return viewCompressed(bytes);
  if (type === swimTypes.compound) return viewCompound(bytes);
  const message = readSwim(type, new MsgpackReader(bytes, 1));
  if (typeof message === "string") throw new Error(message);
  return { shape: swimShape(message), message, wrappings: new Set() };
}

function viewChecksummed(bytes: Uint8Array): PacketView {
  const inner = viewPacket(bytes.subarray(5));
  const told = hexOf(bytes.subarray(1, 5));
  const crcOk = crc32(bytes.subarray(5)) === Number.parseInt(told, 16);
  return {
    shape: { type: "hasCrc", crc: told, crcOk, inner: inner.shape },
    message: inner.message,
    wrappings: new Set(["crc", ...inner.wrappings]),
  };
}

function viewCompressed(bytes: Uint8Array): PacketView {
  const { plain, summary } = uncompressed(bytes);
  const inner = viewPacket(plain);
  return {
    shape: { type: "compress", ...summary, inner: inner.shape },
    message: inner.message,
    wrappings: new Set(["compress", ...inner.wrappings]),
  };
}

export function uncompressed(bytes: Uint8Array): { plain: Uint8Array; summary: Shape } {
  const reader = new MsgpackReader(bytes, 1);
  if (reader.mapLength() !== 2 || reader.text() !== "Algo") throw new Error("no compress frame");
  const algorithm = reader.int();
  if (reader.text() !== "Buf") throw new Error("no compress frame");
  const packed = reader.raw();
  const outcome = lzwDecode(packed, 1 << 20);
  if (outcome.kind === "failure") throw new Error(outcome.reason);
  const plain = outcome.bytes;
  const summary = {
    Algo: algorithm,
    compressedLen: packed.length,
    plainLen: plain.length,
    plainHex: hexOf(plain),
  };
  return { plain, summary };
}

function viewCompound(bytes: Uint8Array): PacketView {
  const count = bytes[1] ?? 0;
  const lengths = Array.from({ length: count }, (_, i) =>
    Buffer.from(bytes).readUInt16BE(2 + i * 2),
  );
  let at = 2 + count * 2;
  const parts = lengths.map((length) => {
    at += length;
    return viewPacket(bytes.subarray(at - length, at));
  });
  return {
    shape: { type: "compound", count, lengths, parts: parts.map((part) => part.shape) },
    message: { kind: "compound", parts: parts.map((part) => part.message) },
    wrappings: new Set(parts.flatMap((part) => [...part.wrappings])),
  };
}
