/**
 * A whole trace in 64 bits: the same in every engine, and cheap enough for traces of millions of
 * lines. It tells runs apart that differ by chance; against somebody who wants two traces to look
 * the same it is no help.
 */
export class TraceHash {
  private high = 0x243f6a88;
  private low = 0x13198a2e;
  private lines = 0;

  /** How many lines it has seen. */
  get linesCount(): number {
    return this.lines;
  }

  /** Takes in the next line, for `simulator.traceText`. */
  add(line: string): void {
    for (let at = 0; at < line.length; at += 1) this.mix(line.charCodeAt(at));
    // Lines end, so "ab" and "c" are not "a" and "bc".
    this.mix(0x1_0000);
    this.lines += 1;
  }

  /** 16 hexadecimal digits. */
  get text(): string {
    return hex(this.high) + hex(this.low);
  }

  private mix(word: number): void {
    this.high = Math.imul(this.high ^ word, 0x9e3779b1);
    this.low = Math.imul(this.low ^ (this.high >>> 15) ^ word, 0x85ebca77);
    this.high ^= this.low >>> 13;
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
