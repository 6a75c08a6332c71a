import type { DropReason } from "./drop-reason.ts";
import { TextCache } from "./text.ts";

/**
 * A byte string that was nil or absent. Nil and empty mean the same everywhere (spec section 3.1),
 * but the new go-msgpack passes on the difference, and so do we: `presentBytes` is what an empty
 * string that was there reads as. Only the writer tells the two apart, by identity.
 */
export const nilBytes: Uint8Array = new Uint8Array(0);
export const presentBytes: Uint8Array = new Uint8Array(0);

const UINT32 = 4_294_967_296;
/** No text of the protocols is longer than a packet; of bytes that are none, each takes time. */
const TEXT_MAX_BYTES = 65_536;
const texts = new TextCache();
const scratch = new DataView(new ArrayBuffer(8));

/**
 * Reads what go-msgpack writes and accepts (spec section 3.2). Bytes are untrusted: the first thing
 * that makes no sense sets `failure`, after which every read returns a zero value at once, so a
 * decoder checks `failure` once at its end. Nothing here recurses; skipping costs one step a byte
 * at most.
 *
 * Byte strings are views into the bytes read.
 */
export class MsgpackReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  failure: DropReason | undefined;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.failure = undefined;
  }

  /** The bytes not read yet. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }

  fail(reason: DropReason): void {
    this.failure ??= reason;
    this.at = this.end;
  }

  /** A whole number from 0 to `max`; nil is 0. */
  uint(max: number): number {
    const value = this.int();
    if (value >= 0 && value <= max) return value;
    this.fail("number");
    return 0;
  }

  /** A whole number within ±(2^53 − 1) of any width and sign; nil is 0. */
  int(): number {
    const head = this.byte();
    if (head <= 0x7f) return head;
    if (head >= 0xe0) return head - 256;
    switch (head) {
      case 0xcc:
        return this.byte();
      case 0xcd:
        return this.uint16();
      case 0xce:
        return this.uint32();
      case 0xcf:
        return this.wide(this.uint32());
      case 0xd0:
        return (this.byte() << 24) >> 24;
      case 0xd1:
        return (this.uint16() << 16) >> 16;
      case 0xd2:
        return this.uint32() | 0;
      case 0xd3:
        return this.wide(this.uint32() | 0);
      case 0xc0:
        return 0;
      default:
        this.fail("malformed");
        return 0;
    }
  }

  boolean(): boolean {
    const head = this.byte();
    if (head === 0xc3) return true;
    if (head !== 0xc2 && head !== 0xc0) this.fail("malformed");
    return false;
  }

  /** Also takes float32 and whole numbers, as the real decoder does. */
  float(): number {
    const head = this.bytes[this.at];
    if (head !== 0xcb && head !== 0xca) return this.int();
    this.at += 1;
    const width = head === 0xcb ? 8 : 4;
    if (!this.has(width)) return 0;
    for (let i = 0; i < width; i += 1) scratch.setUint8(i, this.byte());
    return head === 0xcb ? scratch.getFloat64(0) : scratch.getFloat32(0);
  }

  text(): string {
    const length = this.rawLength();
    if (length <= 0) return "";
    if (length > TEXT_MAX_BYTES) {
      this.fail("tooLarge");
      return "";
    }
    const start = this.at;
    this.at += length;
    return texts.get(this.bytes, start, this.at);
  }

  raw(): Uint8Array {
    const length = this.rawLength();
    if (length < 0) return nilBytes;
    if (length === 0) return presentBytes;
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  /** Number of elements that follow; nil is 0. Each needs a byte, so it is at most what is left. */
  arrayLength(): number {
    const head = this.byte();
    if (head >= 0x90 && head <= 0x9f) return this.counted(head & 0x0f);
    if (head === 0xdc) return this.counted(this.uint16());
    if (head === 0xdd) return this.counted(this.uint32());
    if (head !== 0xc0) this.fail("malformed");
    return 0;
  }

  /** Number of key and value pairs that follow; nil is 0. */
  mapLength(): number {
    const head = this.byte();
    if (head >= 0x80 && head <= 0x8f) return this.counted(head & 0x0f);
    if (head === 0xde) return this.counted(this.uint16());
    if (head === 0xdf) return this.counted(this.uint32());
    if (head !== 0xc0) this.fail("malformed");
    return 0;
  }

  /** The first byte of the next value, without reading it; -1 at the end. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1;
  }

  /** Passes over one value of any kind and depth. */
  skip(): void {
    for (let pending = 1; pending > 0 && this.failure === undefined; pending -= 1) {
      const shape = valueShape(this.bytes, this.at, this.end);
      if (shape === undefined) this.fail("malformed");
      else if (this.has(shape.bytes)) {
        this.at += shape.bytes;
        pending += shape.children;
        if (pending - 1 > this.end - this.at) this.fail("truncated");
      }
    }
  }

  /** -1 for nil, else the length of the string whose bytes come next, all of them here. */
  rawLength(): number {
    const head = this.byte();
    if (head >= 0xa0 && head <= 0xbf) return this.held(head & 0x1f);
    switch (head) {
      case 0xc0:
        return -1;
      case 0xc4:
      case 0xd9:
        return this.held(this.byte());
      case 0xc5:
      case 0xda:
        return this.held(this.uint16());
      case 0xc6:
      case 0xdb:
        return this.held(this.uint32());
      default:
        this.fail("malformed");
        return -1;
    }
  }

  private byte(): number {
    if (this.at >= this.end) {
      this.fail("truncated");
      return 0xc0;
    }
    const value = this.bytes[this.at] ?? 0;
    this.at += 1;
    return value;
  }

  private uint16(): number {
    if (!this.has(2)) return 0;
    const at = this.at;
    this.at += 2;
    return ((this.bytes[at] ?? 0) << 8) | (this.bytes[at + 1] ?? 0);
  }

  private uint32(): number {
    const high = this.uint16();
    return high * 65_536 + this.uint16();
  }

  private wide(high: number): number {
    const value = high * UINT32 + this.uint32();
    if (Number.isSafeInteger(value)) return value;
    this.fail("number");
    return 0;
  }

  private has(count: number): boolean {
    if (this.end - this.at >= count) return true;
    this.fail("truncated");
    return false;
  }

  private held(length: number): number {
    return this.has(length) ? length : -1;
  }

  private counted(count: number): number {
    return this.has(count) ? count : 0;
  }
}

/** Head and inline bytes of a value, and how many values belong to it. */
export interface ValueShape {
  readonly bytes: number;
  readonly children: number;
}

/**
 * The shape of the value at `at`; when its head is cut off, one that reaches beyond `end`.
 * @returns undefined for the one byte that is no msgpack (c1).
 */
export function valueShape(bytes: Uint8Array, at: number, end: number): ValueShape | undefined {
  if (at >= end) return { bytes: 1, children: 0 };
  const head = bytes[at] ?? 0;
  if (head <= 0x7f || head >= 0xe0) return { bytes: 1, children: 0 };
  if (head <= 0x8f) return { bytes: 1, children: (head & 0x0f) * 2 };
  if (head <= 0x9f) return { bytes: 1, children: head & 0x0f };
  if (head <= 0xbf) return { bytes: 1 + (head & 0x1f), children: 0 };
  const layout = layouts[head - 0xc0];
  if (layout === undefined || layout.head === 0) return undefined;
  if (at + layout.head > end) return { bytes: layout.head, children: 0 };
  let count = 0;
  for (let i = 1; i < layout.head; i += 1) count = count * 256 + (bytes[at + i] ?? 0);
  if (layout.per === "child") return { bytes: layout.head, children: count };
  if (layout.per === "pair") return { bytes: layout.head, children: count * 2 };
  return { bytes: layout.head + layout.fixed + (layout.per === "byte" ? count : 0), children: 0 };
}

interface Layout {
  /** The type byte and the count behind it. */
  readonly head: number;
  /** Bytes that always follow. */
  readonly fixed: number;
  readonly per: "nothing" | "byte" | "child" | "pair";
}

/** c0 … df, in order. Source: the MessagePack specification, "Formats". */
const layouts: readonly Layout[] = [
  ...[1, 0, 1, 1].map((head) => layout(head, 0, "nothing")),
  ...[2, 3, 5].map((head) => layout(head, 0, "byte")),
  ...[2, 3, 5].map((head) => layout(head, 1, "byte")),
  ...[4, 8, 1, 2, 4, 8, 1, 2, 4, 8].map((fixed) => layout(1, fixed, "nothing")),
  ...[2, 3, 5, 9, 17].map((fixed) => layout(1, fixed, "nothing")),
  ...[2, 3, 5].map((head) => layout(head, 0, "byte")),
  ...[3, 5].map((head) => layout(head, 0, "child")),
  ...[3, 5].map((head) => layout(head, 0, "pair")),
];

function layout(head: number, fixed: number, per: Layout["per"]): Layout {
  return { head, fixed, per };
}
