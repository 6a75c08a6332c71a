import { close, constants, fstat, ftruncate, open } from "node:fs";
import type { DiskDone } from "./disk.ts";
import { writeAll, writeAtOnce } from "./write-all.ts";

/**
 * Zeros written ahead of what is appended: as many as the file has, within these bounds. A sync of
 * a file that has grown waits for the file system's own journal, too. [bench/order: two thirds of
 * the time of one that has not]
 */
const AHEAD_MIN_BYTES = 16 * 1024;
const AHEAD_MAX_BYTES = 256 * 1024;

/**
 * A file that things are added to. While it is open, and after a crash, zeros may stand behind what
 * was added; no batch begins with one.
 */
export class AppendFile {
  readonly handle: number;
  /** Where the next bytes go. */
  private end: number;
  /** Up to here the file has its blocks. */
  private room: number;

  static open(path: string, done: (error: Error | undefined, file?: AppendFile) => void): void {
    // Not O_APPEND: that would write behind the zeros.
    open(path, constants.O_RDWR | constants.O_CREAT, 0o600, (error, handle) => {
      if (error !== null) return done(error);
      fstat(handle, (problem, stats) => {
        if (problem === null) done(undefined, new AppendFile(handle, stats.size));
        else close(handle, () => done(problem));
      });
    });
  }

  private constructor(handle: number, size: number) {
    this.handle = handle;
    this.end = size;
    this.room = size;
  }

  append(bytes: Uint8Array, done: DiskDone): void {
    const at = this.end;
    this.end += bytes.length;
    if (this.end > this.room) this.makeRoom();
    writeAll({ handle: this.handle, bytes, at }, done);
  }

  /** What could go wrong here harms nothing: all that counts was synced, and zeros may stay. */
  close(done: () => void): void {
    const { end, handle, room } = this;
    if (room === end) close(handle, done);
    else ftruncate(handle, end, () => close(handle, done));
  }

  /** A disk that is too full for it may have room for what is written behind it. */
  private makeRoom(): void {
    const aheadBytes = Math.min(AHEAD_MAX_BYTES, Math.max(AHEAD_MIN_BYTES, this.end));
    const zeros = { handle: this.handle, bytes: new Uint8Array(aheadBytes), at: this.end };
    this.room = this.end + aheadBytes;
    writeAtOnce(zeros);
  }
}
