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
  private passedCount = 0;

  constructor(at: number) {
    this.at = at;
  }

  /** Starts on the value behind the complete one. */
  restart(): void {
    this.pending = 1;
    this.passedCount = 0;
  }

  /**
   * @param bytes all that has arrived, the same bytes as before in front.
   * @param bounds look no further than `end`; more values than `valuesMaxCount` in one are
   * malformed.
   */
  scan(
    bytes: Uint8Array,
    bounds: { readonly end: number; readonly valuesMaxCount: number },
  ): ScanOutcome {
    const { end, valuesMaxCount } = bounds;
    while (this.pending > 0) {
      const shape = valueShape(bytes, this.at, end);
      if (shape === undefined) return "malformed";
      if (this.passedCount + this.pending + shape.children > valuesMaxCount) return "malformed";
      if (this.at + shape.bytes > end) return "more";
      this.at += shape.bytes;
      this.pending += shape.children - 1;
      this.passedCount += 1;
    }
    return "complete";
  }
}
