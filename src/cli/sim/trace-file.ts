import { closeSync, openSync, writeFileSync } from "node:fs";
import type { HearsayError } from "../../core/errors.ts";
import { usageError } from "../failure.ts";

const CHUNK_MAX_LENGTH = 65_536;

/** Lines into a file, in pieces: a run makes millions of them, and does not wait. */
export class TraceFile {
  private readonly path: string;
  private readonly descriptor: number;
  private waiting: string[] = [];
  private length = 0;

  /** @throws HearsayError USAGE when the file cannot be written. */
  constructor(path: string) {
    this.path = path;
    try {
      this.descriptor = openSync(path, "w");
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  readonly write = (line: string): void => {
    this.waiting.push(line);
    this.length += line.length;
    if (this.length >= CHUNK_MAX_LENGTH) this.flush();
  };

  /** @throws HearsayError USAGE when the last lines cannot be written, as on a full disk. */
  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.descriptor);
    }
  }

  private flush(): void {
    if (this.waiting.length === 0) return;
    try {
      writeFileSync(this.descriptor, `${this.waiting.join("\n")}\n`);
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
    this.waiting = [];
    this.length = 0;
  }
}

function cannotWrite(path: string, error: unknown): HearsayError {
  const why = error instanceof Error ? error.message : String(error);
  return usageError(`--trace cannot write ${path}: ${why}`);
}
