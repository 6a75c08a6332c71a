import { closeSync, openSync, writeSync } from "node:fs";
import { usageError } from "../failure.ts";

const CHUNK_MAX_LENGTH = 65_536;

/** Lines into a file, in pieces: a run makes millions of them, and does not wait. */
export class TraceFile {
  private readonly descriptor: number;
  private waiting: string[] = [];
  private length = 0;

  /** @throws HearsayError USAGE when the file cannot be written. */
  constructor(path: string) {
    try {
      this.descriptor = openSync(path, "w");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw usageError(`--trace cannot write ${path}: ${why}`);
    }
  }

  readonly write = (line: string): void => {
    this.waiting.push(line);
    this.length += line.length;
    if (this.length >= CHUNK_MAX_LENGTH) this.flush();
  };

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }

  private flush(): void {
    if (this.waiting.length > 0) writeSync(this.descriptor, `${this.waiting.join("\n")}\n`);
    this.waiting = [];
    this.length = 0;
  }
}
