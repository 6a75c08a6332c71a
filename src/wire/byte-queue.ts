import { Buffer } from "node:buffer";
import { asBuffer } from "./text.ts";

const emptyBytes = new Uint8Array(0);
const CAPACITY_MIN_BYTES = 1024;

/** Bytes as they arrive, in one piece. Grows by doubling: small chunks cost no more than large. */
export class ByteQueue {
  private storage: Buffer;
  private used: number;

  /** @param bytes what is there from the start; not copied and not written to. */
  constructor(bytes: Uint8Array = emptyBytes) {
    this.storage = asBuffer(bytes);
    this.used = bytes.length;
  }

  get length(): number {
    return this.used;
  }

  /** Memory taken up, the room for more included. */
  get capacity(): number {
    return this.storage.length;
  }

  /** A view of all bytes; later appends do not change them. */
  get bytes(): Buffer {
    return this.storage.subarray(0, this.used);
  }

  append(bytes: Uint8Array): void {
    const wanted = this.used + bytes.length;
    if (wanted > this.storage.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(CAPACITY_MIN_BYTES, wanted * 2));
      grown.set(this.storage.subarray(0, this.used), 0);
      this.storage = grown;
    }
    this.storage.set(bytes, this.used);
    this.used = wanted;
  }
}
