/**
 * A message as the layers it is wrapped in, from the outside in: CRC, compression, compound, and in
 * the end a type byte with msgpack behind it, which may carry one more message as its rest. Written
 * again with a true checksum, so that a change inside gets past it.
 * Source: specs/memberlist-wire.md sections 5 to 8, 12 and 21.
 */
import { crc32 } from "node:zlib";
import { lzwDecode, lzwEncode } from "../../../src/wire/lzw.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { parseTree, type Tree, writeTree } from "./msgpack-tree.ts";

export type Layer = Leaf | Compound | Compressed | Checksummed | RawBytes;

/** A type byte, msgpack values, and whatever stands behind them. */
export interface Leaf {
  kind: "leaf";
  type: number;
  trees: Tree[];
  rest: Layer;
}

export interface Compound {
  kind: "compound";
  parts: Layer[];
  declaredCount?: number;
  /** What the head says of the length of part `at` instead of the truth. */
  lie?: { readonly at: number; readonly length: number };
}

export interface Compressed {
  kind: "compressed";
  inner: Layer;
  algorithm: number;
  /** Instead of what `inner` packs to. */
  packed?: Uint8Array;
}

export interface Checksummed {
  kind: "checksummed";
  inner: Layer;
  /** Turns the true checksum into a false one. */
  xor: number;
}

export interface RawBytes {
  kind: "raw";
  bytes: Uint8Array;
}

const USER = 8;
const COMPRESS = 9;
const COMPOUND = 7;
const CRC = 12;
const FRAME_MAGIC = 0x48;
const UNPACKED_MAX_BYTES = 1 << 20;
const DEPTH_MAX = 12;
const packedKeys = [0x82, 0xa4, 0x41, 0x6c, 0x67, 0x6f] as const;
const bufKey = [0xa3, 0x42, 0x75, 0x66] as const;

/** Reads what `bytes` hold; what makes no sense is kept as raw bytes. */
export function parseLayer(bytes: Uint8Array, via: "packet" | "stream", depth = 0): Layer {
  const type = bytes[0];
  if (type === undefined || depth > DEPTH_MAX) return { kind: "raw", bytes };
  if (type === CRC && bytes.length > 5) {
    return { kind: "checksummed", inner: parseLayer(bytes.slice(5), via, depth + 1), xor: 0 };
  }
  if (type === COMPRESS) return parseCompressed(bytes, via, depth);
  if (type === COMPOUND && via === "packet") return parseCompound(bytes, depth);
  if (type === USER && via === "packet") {
    return { kind: "leaf", type, trees: [], rest: parsePayload(bytes.slice(1), depth + 1) };
  }
  return parseLeaf(bytes, depth);
}

/** What a user message carries: Serf's types 0 to 9 look as memberlist's do, Hearsay's do not. */
function parsePayload(bytes: Uint8Array, depth: number): Layer {
  const type = bytes[0];
  if (type === undefined || type === FRAME_MAGIC || type > 9) return { kind: "raw", bytes };
  return parseLeaf(bytes, depth);
}

function parseLeaf(bytes: Uint8Array, depth: number): Layer {
  const trees: Tree[] = [];
  let at = 1;
  for (;;) {
    const head = bytes[at] ?? 0;
    // Only maps and arrays: the bytes of a payload are no values of this message.
    const found = head >= 0x80 && head !== 0xc0 ? parseTree(bytes, at) : undefined;
    if (found === undefined || found.tree.kind === "scalar" || found.tree.kind === "text") break;
    trees.push(found.tree);
    at = found.end;
  }
  const rest = bytes.slice(at);
  if (trees.length === 0) return { kind: "raw", bytes };
  const type = bytes[0] ?? 0;
  return { kind: "leaf", type, trees, rest: parsePayload(rest, depth + 1) };
}

function parseCompressed(bytes: Uint8Array, via: "packet" | "stream", depth: number): Layer {
  const frame = parseTree(bytes, 1);
  if (frame?.tree.kind !== "map") return { kind: "raw", bytes };
  const packed = frame.tree.items.find((item, at) => at % 2 === 1 && item.kind === "text");
  if (packed?.kind !== "text") return { kind: "raw", bytes };
  const plain = lzwDecode(packed.bytes, UNPACKED_MAX_BYTES);
  if (plain.kind !== "plain") return { kind: "raw", bytes };
  const inner = parseLayer(Uint8Array.from(plain.bytes), via, depth + 1);
  return { kind: "compressed", inner, algorithm: 0 };
}

function parseCompound(bytes: Uint8Array, depth: number): Layer {
  const count = bytes[1] ?? 0;
  const parts: Layer[] = [];
  let at = 2 + count * 2;
  for (let i = 0; i < count; i += 1) {
    const length = ((bytes[2 + i * 2] ?? 0) << 8) | (bytes[3 + i * 2] ?? 0);
    parts.push(parseLayer(bytes.slice(at, at + length), "packet", depth + 1));
    at += length;
  }
  return { kind: "compound", parts };
}

export function writeLayer(out: ByteWriter, layer: Layer): void {
  switch (layer.kind) {
    case "raw":
      return out.append(layer.bytes);
    case "leaf":
      out.byte(layer.type);
      for (const tree of layer.trees) writeTree(out, tree);
      return writeLayer(out, layer.rest);
    case "checksummed":
      return writeChecksummed(out, layer);
    case "compressed":
      return writeCompressed(out, layer);
    case "compound":
      return writeCompound(out, layer);
  }
}

function writeChecksummed(out: ByteWriter, layer: Checksummed): void {
  const at = out.length;
  out.byte(CRC);
  out.number(0, 4);
  writeLayer(out, layer.inner);
  out.patch(at + 1, (crc32(out.view(at + 5)) ^ layer.xor) >>> 0, 4);
}

function writeCompressed(out: ByteWriter, layer: Compressed): void {
  const at = out.length;
  writeLayer(out, layer.inner);
  const packed = layer.packed ?? lzwEncode(out.view(at).slice());
  out.cutTo(at);
  out.byte(COMPRESS);
  for (const byte of packedKeys) out.byte(byte);
  out.byte(layer.algorithm);
  for (const byte of bufKey) out.byte(byte);
  writeTree(out, { kind: "text", bytes: packed, head: 0xda });
}

function writeCompound(out: ByteWriter, layer: Compound): void {
  const { parts, declaredCount, lie } = layer;
  const count = Math.min(parts.length, 255);
  out.byte(COMPOUND);
  out.byte(declaredCount ?? count);
  let lengthAt = out.length;
  for (let i = 0; i < count; i += 1) out.number(0, 2);
  for (let i = 0; i < count; i += 1) {
    const start = out.length;
    const part = parts[i];
    if (part !== undefined) writeLayer(out, part);
    out.patch(lengthAt, lie?.at === i ? lie.length : (out.length - start) % 65_536, 2);
    lengthAt += 2;
  }
}

/** All layers, the outermost first. */
export function layersOf(layer: Layer, found: Layer[] = []): Layer[] {
  found.push(layer);
  if (layer.kind === "compound") for (const part of layer.parts) layersOf(part, found);
  else if (layer.kind === "leaf") layersOf(layer.rest, found);
  else if (layer.kind !== "raw") layersOf(layer.inner, found);
  return found;
}
