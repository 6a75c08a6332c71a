import { Buffer } from "node:buffer";
import { presentBytes } from "./msgpack-reader.ts";
import { encodeText } from "./text.ts";

/** As large as Node's own buffer pool: what one finished message can keep alive at most. */
const SLAB_BYTES = 8192;
const UINT32 = 4_294_967_296;
const emptySlab = Buffer.alloc(0);
const scratch = new DataView(new ArrayBuffer(8));

/**
 * Writes go-msgpack's old raw profile (spec section 3.1): no str8, no bin, the shortest integers.
 * Messages are written one behind the other into shared slabs and handed out as views, so the
 * common one costs no allocation but its view. `take` ends a message.
 */
export class MsgpackWriter {
  private slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private start = 0;
  private at = 0;

  /** Bytes of the message under way. */
  get length(): number {
    return this.at - this.start;
  }

  /** Ends the message and returns its bytes, which nobody writes to again. */
  take(): Buffer {
    const message = this.slab.subarray(this.start, this.at);
    this.start = this.at;
    if (this.slab.length > SLAB_BYTES) this.leaveSlab();
    return message;
  }

  /** Forgets what was written since the message had `length` bytes. */
  cutTo(length: number): void {
    this.at = this.start + length;
    // One large message must not be paid for ever.
    if (length === 0 && this.slab.length > SLAB_BYTES) this.leaveSlab();
  }

  /** The bytes of the message under way from `from` on; good until the next write. */
  view(from: number): Buffer {
    return this.slab.subarray(this.start + from, this.at);
  }

  /** Writes over two bytes of the message under way. */
  patchUint16(offset: number, value: number): void {
    this.slab.writeUInt16BE(value, this.start + offset);
  }

  /** Writes over four bytes of the message under way. */
  patchUint32(offset: number, value: number): void {
    this.slab.writeUInt32BE(value, this.start + offset);
  }

  byte(value: number): void {
    this.reserve(1);
    this.slab[this.at] = value;
    this.at += 1;
  }

  /** Bytes as they are, without a head. */
  append(bytes: Uint8Array): void {
    const length = bytes.length;
    this.reserve(length);
    if (length <= 32) {
      for (let i = 0; i < length; i += 1) this.slab[this.at + i] = bytes[i] ?? 0;
    } else this.slab.set(bytes, this.at);
    this.at += length;
  }

  /** A whole number within ±(2^53 − 1). */
  int(value: number): void {
    this.reserve(9);
    if (value >= 0) {
      if (value <= 0x7f) this.put(value);
      else if (value <= 0xff) this.putWide(0xcc, value, 1);
      else if (value <= 0xffff) this.putWide(0xcd, value, 2);
      else if (value < UINT32) this.putWide(0xce, value, 4);
      else this.putWide(0xcf, value, 8);
    } else if (value >= -32) this.put(value + 256);
    else if (value >= -128) this.putWide(0xd0, value + 256, 1);
    else if (value >= -32_768) this.putWide(0xd1, value + 65_536, 2);
    else if (value >= -UINT32 / 2) this.putWide(0xd2, value + UINT32, 4);
    else this.putWide(0xd3, value, 8);
  }

  boolean(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2);
  }

  float(value: number): void {
    this.reserve(9);
    scratch.setFloat64(0, value);
    this.put(0xcb);
    for (let i = 0; i < 8; i += 1) this.put(scratch.getUint8(i));
  }

  nil(): void {
    this.byte(0xc0);
  }

  text(value: string): void {
    const length = value.length;
    if (length > 31) return this.longText(value);
    this.reserve(1 + length);
    const slab = this.slab;
    const start = this.at + 1;
    for (let i = 0; i < length; i += 1) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return this.longText(value);
      slab[start + i] = code;
    }
    slab[this.at] = 0xa0 | length;
    this.at = start + length;
  }

  /** Empty bytes are written as nil, but `presentBytes` as an empty string. */
  raw(value: Uint8Array): void {
    if (value.length === 0) {
      this.byte(value === presentBytes ? 0xa0 : 0xc0);
      return;
    }
    this.rawHead(value.length);
    this.append(value);
  }

  arrayHead(count: number): void {
    this.head(count, 0x90, 0xdc);
  }

  mapHead(count: number): void {
    this.head(count, 0x80, 0xde);
  }

  private longText(value: string): void {
    const bytes = encodeText(value);
    this.rawHead(bytes.length);
    this.append(bytes);
  }

  private rawHead(length: number): void {
    this.reserve(5);
    if (length <= 31) this.put(0xa0 | length);
    else if (length <= 0xffff) this.putWide(0xda, length, 2);
    else this.putWide(0xdb, length, 4);
  }

  private head(count: number, fixed: number, wide: number): void {
    this.reserve(5);
    if (count <= 15) this.put(fixed | count);
    else if (count <= 0xffff) this.putWide(wide, count, 2);
    else this.putWide(wide + 1, count, 4);
  }

  private put(value: number): void {
    this.slab[this.at] = value;
    this.at += 1;
  }

  private putWide(head: number, value: number, width: 1 | 2 | 4 | 8): void {
    this.put(head);
    if (width === 8) {
      const high = Math.floor(value / UINT32);
      this.slab.writeInt32BE(high | 0, this.at);
      this.slab.writeUInt32BE(value - high * UINT32, this.at + 4);
      this.at += 8;
      return;
    }
    if (width === 4) {
      this.put(value >>> 24);
      this.put(value >>> 16);
    }
    if (width !== 1) this.put(value >>> 8);
    this.put(value);
  }

  private reserve(count: number): void {
    if (this.at + count > this.slab.length) this.grow(count);
  }

  /** A slab that grew for one large message shall not be kept alive by the small ones after it. */
  private leaveSlab(): void {
    this.slab = emptySlab;
    this.start = 0;
    this.at = 0;
  }

  private grow(count: number): void {
    const length = this.length;
    const wanted = Math.max(SLAB_BYTES, (length + count) * 2);
    const slab = Buffer.allocUnsafeSlow(length === 0 ? Math.max(SLAB_BYTES, count) : wanted);
    slab.set(this.slab.subarray(this.start, this.at), 0);
    this.slab = slab;
    this.start = 0;
    this.at = length;
  }
}

/** A key of at most 31 bytes with its head, ready to append. */
export function keyBytes(name: string): Uint8Array {
  return Uint8Array.of(0xa0 | name.length, ...encodeText(name));
}
