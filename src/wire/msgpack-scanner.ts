import { valueShape } from "./msgpack-reader.ts";

export type ScanOutcome = "complete" | "more" | "malformed";

/**
 * Finds the end of one msgpack value in bytes that are still arriving. It goes on where it stopped,
 * so that a value in a thousand chunks is looked at once and not a thousand times.
 */
export class MsgpackScanner {
  /** Where the next head stands; behind the value once it is complete. */
  at: number;
  /** Values still expected. */
  private pending = 1;

  constructor(at: number) {
    this.at = at;
  }

  /** Starts on the value behind the complete one. */
  restart(): void {
    this.pending = 1;
  }

  /**
   * @param bytes all that has arrived, the same bytes as before in front.
   * @param maxBytes more values than this in one are malformed, for each takes a byte.
   */
  scan(bytes: Uint8Array, maxBytes: number): ScanOutcome {
    while (this.pending > 0) {
      const shape = valueShape(bytes, this.at, bytes.length);
      if (shape === undefined || this.pending + shape.children > maxBytes) return "malformed";
      if (this.at + shape.bytes > bytes.length) return "more";
      this.at += shape.bytes;
      this.pending += shape.children - 1;
    }
    return "complete";
  }
}
