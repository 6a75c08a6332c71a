import { Buffer } from "node:buffer";
import { RECORD_HEAD_BYTES, uint32At } from "./link-record.ts";

/** What is allocated at first for a record whose length the peer has only claimed. */
const FIRST_BYTES = 65_536;

const noBytes = Buffer.alloc(0);

/**
 * Cuts what a connection brings into records. A record that lies whole in a chunk is not copied;
 * of one that does not, no more memory is taken than twice the bytes that have come.
 */
export class RecordReader {
  /** A longer record ends the reading. */
  recordMaxBytes: number;
  private partial: Buffer = noBytes;
  private filled = 0;
  /** Of the record that is not whole, with its head; 0 while its head is not whole. */
  private wanted = 0;

  constructor(recordMaxBytes: number) {
    this.recordMaxBytes = recordMaxBytes;
  }

  /** Memory taken by a record that is not whole. */
  get heldBytes(): number {
    return this.partial.length;
  }

  /**
   * Calls `visit` for the body of each record until it returns "stop". Bodies are views.
   * @returns "tooLarge" when a record is longer than allowed.
   */
  feed(chunk: Uint8Array, visit: (body: Uint8Array) => "next" | "stop"): "read" | "tooLarge" {
    let at = 0;
    while (this.filled > 0) {
      const used = this.fill(chunk, at);
      if (used < 0) return "tooLarge";
      at += used;
      if (this.wanted === 0 || this.filled < this.wanted) return "read";
      const body = this.partial.subarray(RECORD_HEAD_BYTES, this.wanted);
      this.forget();
      if (visit(body) === "stop") return "read";
    }
    while (at + RECORD_HEAD_BYTES <= chunk.length) {
      const length = uint32At(chunk, at);
      if (length > this.recordMaxBytes) return "tooLarge";
      const start = at + RECORD_HEAD_BYTES;
      const end = start + length;
      if (end > chunk.length) break;
      at = end;
      if (visit(chunk.subarray(start, end)) === "stop") return "read";
    }
    if (at < chunk.length) this.keep(chunk, at);
    return "read";
  }

  /** Takes from `chunk` what the record that is not whole lacks. @returns how much; -1: too long */
  private fill(chunk: Uint8Array, at: number): number {
    let used = 0;
    if (this.wanted === 0) {
      used = this.take(chunk, at, RECORD_HEAD_BYTES - this.filled);
      if (this.filled < RECORD_HEAD_BYTES) return used;
      const length = uint32At(this.partial, 0);
      if (length > this.recordMaxBytes) return -1;
      this.wanted = RECORD_HEAD_BYTES + length;
    }
    return used + this.take(chunk, at + used, this.wanted - this.filled);
  }

  /** Begins a record that is not whole. Its head is looked at when it is whole. */
  private keep(chunk: Uint8Array, at: number): void {
    const count = chunk.length - at;
    if (count >= RECORD_HEAD_BYTES) this.wanted = RECORD_HEAD_BYTES + uint32At(chunk, at);
    this.take(chunk, at, count);
  }

  private take(chunk: Uint8Array, at: number, mostBytes: number): number {
    const count = Math.min(mostBytes, chunk.length - at);
    this.makeRoom(this.filled + count);
    this.partial.set(chunk.subarray(at, at + count), this.filled);
    this.filled += count;
    return count;
  }

  private makeRoom(neededBytes: number): void {
    if (neededBytes <= this.partial.length) return;
    const most = this.wanted === 0 ? RECORD_HEAD_BYTES : this.wanted;
    const doubled = Math.max(neededBytes * 2, FIRST_BYTES);
    const grown = Buffer.allocUnsafeSlow(Math.min(most, doubled));
    grown.set(this.partial.subarray(0, this.filled), 0);
    this.partial = grown;
  }

  /** The body is the visitor's now. */
  private forget(): void {
    this.partial = noBytes;
    this.filled = 0;
    this.wanted = 0;
  }
}
