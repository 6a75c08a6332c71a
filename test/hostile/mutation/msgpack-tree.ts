/**
 * Msgpack as a tree that can tell lies: each head may declare another length or count than what
 * follows. Written for this purpose only, and independent of the codec that it is thrown at.
 */
import type { ByteWriter } from "./byte-writer.ts";

export type Tree = Scalar | Text | Items;

/** A value that is only its bytes: a number, nil, a boolean, an extension. */
export interface Scalar {
  kind: "scalar";
  bytes: Uint8Array;
}

/** Text or bytes. */
export interface Text {
  kind: "text";
  bytes: Uint8Array;
  head: TextHead;
  /** What the head says instead of the truth. */
  declared?: number;
}

/** An array, or a map as key, value, key, value … */
export interface Items {
  kind: "array" | "map";
  items: Tree[];
  width: 0 | 2 | 4;
  declared?: number;
}

/** Fixed, raw16, raw32, str8, bin8, bin16, bin32. */
export type TextHead = 0xa0 | 0xda | 0xdb | 0xd9 | 0xc4 | 0xc5 | 0xc6;

export interface TreeAt {
  readonly tree: Tree;
  /** Behind the value. */
  readonly end: number;
}

const DEPTH_MAX = 24;
/** Bytes behind the head of the values from c0 on that are scalars. */
const scalarBytes: Readonly<Record<number, number>> = {
  192: 0,
  194: 0,
  195: 0,
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
};
const textWidths: Readonly<Record<number, number>> = {
  196: 1,
  197: 2,
  198: 4,
  217: 1,
  218: 2,
  219: 4,
};

/** @returns undefined for what is no whole msgpack value. */
export function parseTree(bytes: Uint8Array, at: number, depth = 0): TreeAt | undefined {
  const head = bytes[at];
  if (head === undefined || depth > DEPTH_MAX) return undefined;
  if (head <= 0x7f || head >= 0xe0) return scalar(bytes, at, at + 1);
  if (head <= 0x8f)
    return items(bytes, { at: at + 1, count: head & 15, kind: "map", width: 0 }, depth);
  if (head <= 0x9f) {
    return items(bytes, { at: at + 1, count: head & 15, kind: "array", width: 0 }, depth);
  }
  if (head <= 0xbf) return text(bytes, at + 1, head & 31, 0xa0);
  const inline = scalarBytes[head];
  if (inline !== undefined) return scalar(bytes, at, at + 1 + inline);
  const textWidth = textWidths[head];
  if (textWidth !== undefined) {
    return text(bytes, at + 1 + textWidth, uintAt(bytes, at + 1, textWidth), head as TextHead);
  }
  if (head < 0xdc) return undefined;
  const kind = head >= 0xde ? "map" : "array";
  const width = head % 2 === 0 ? 2 : 4;
  const count = uintAt(bytes, at + 1, width);
  return items(bytes, { at: at + 1 + width, count, kind, width }, depth);
}

function scalar(bytes: Uint8Array, at: number, end: number): TreeAt | undefined {
  if (end > bytes.length) return undefined;
  return { tree: { kind: "scalar", bytes: bytes.slice(at, end) }, end };
}

function text(bytes: Uint8Array, at: number, length: number, head: TextHead): TreeAt | undefined {
  const end = at + length;
  if (end > bytes.length) return undefined;
  return { tree: { kind: "text", bytes: bytes.slice(at, end), head }, end };
}

function items(
  bytes: Uint8Array,
  from: { at: number; count: number; kind: "array" | "map"; width: 0 | 2 | 4 },
  depth: number,
): TreeAt | undefined {
  const { kind, width } = from;
  const count = kind === "map" ? from.count * 2 : from.count;
  if (count > bytes.length) return undefined;
  const parsed: Tree[] = [];
  let end = from.at;
  for (let i = 0; i < count; i += 1) {
    const item = parseTree(bytes, end, depth + 1);
    if (item === undefined) return undefined;
    parsed.push(item.tree);
    end = item.end;
  }
  return { tree: { kind, items: parsed, width }, end };
}

function uintAt(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i += 1) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

export function writeTree(out: ByteWriter, tree: Tree): void {
  switch (tree.kind) {
    case "scalar":
      return out.append(tree.bytes);
    case "text":
      writeTextHead(out, tree.head, tree.declared ?? tree.bytes.length);
      return out.append(tree.bytes);
    case "array":
    case "map": {
      const count = tree.kind === "map" ? Math.floor(tree.items.length / 2) : tree.items.length;
      writeItemsHead(out, tree, tree.declared ?? count);
      for (const item of tree.items) writeTree(out, item);
    }
  }
}

function writeTextHead(out: ByteWriter, head: TextHead, length: number): void {
  const fits = head === 0xa0 ? length <= 31 : length < 256 ** (textWidths[head] ?? 1);
  if (head === 0xa0 && fits) return out.byte(0xa0 | length);
  const used = fits ? head : length < 65_536 ? 0xda : 0xdb;
  out.byte(used);
  out.number(length, textWidths[used] ?? 4);
}

function writeItemsHead(out: ByteWriter, { kind, width }: Items, count: number): void {
  const isMap = kind === "map";
  if (width === 0 && count <= 15) return out.byte((isMap ? 0x80 : 0x90) | count);
  const isShort = width !== 4 && count < 65_536;
  out.byte(isShort ? (isMap ? 0xde : 0xdc) : isMap ? 0xdf : 0xdd);
  out.number(count, isShort ? 2 : 4);
}

/** All values in a tree, itself first. */
export function valuesOf(tree: Tree, found: Tree[] = []): Tree[] {
  found.push(tree);
  if (tree.kind === "array" || tree.kind === "map") {
    for (const item of tree.items) valuesOf(item, found);
  }
  return found;
}

export function uintTree(value: number, width: 1 | 2 | 4 | 8): Scalar {
  const head = { 1: 0xcc, 2: 0xcd, 4: 0xce, 8: 0xcf }[width];
  const bytes = new Uint8Array(1 + width);
  bytes[0] = head;
  for (let i = 0; i < width; i += 1) {
    bytes[1 + i] = Math.floor(value / 256 ** (width - 1 - i)) % 256;
  }
  return { kind: "scalar", bytes };
}

export function textTree(bytes: Uint8Array): Text {
  return { kind: "text", bytes, head: 0xa0 };
}
