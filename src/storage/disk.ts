/**
 * A flat folder of files, as far as a journal needs one.
 *
 * Reading is synchronous, for it happens at start, before anything else runs. Writing is queued:
 * operations take effect in the order they were asked for, and each `done` is called later, never
 * during the call, so that one journal runs on a real disk and in virtual time alike.
 */
export interface Disk {
  /** Where it is, for messages to people. */
  readonly place: string;
  /** Names of all files there, sorted. @throws HearsayError DATA_DIR */
  list(): readonly string[];
  /** A whole file. @throws HearsayError DATA_DIR */
  read(name: string): Uint8Array;
  /** Cuts a file to its first `bytesCount` bytes, durably. @throws HearsayError DATA_DIR */
  cut(name: string, bytesCount: number): void;
  /** Adds to the end of a file; makes the file if need be. */
  append(name: string, bytes: Uint8Array, done: DiskDone): void;
  /** Whatever was appended to the file before, and its name, is durable when `done` comes. */
  sync(name: string, done: DiskDone): void;
  /** Writes a whole file, durable when `done` comes; a crash leaves the old one or the new one. */
  replace(name: string, bytes: Uint8Array, done: DiskDone): void;
  /** Removes a file; a crash may bring it back. */
  remove(name: string, done: DiskDone): void;
  /**
   * Calls `body` when whoever is at work in this moment is done, so that what they write goes
   * together; in virtual time at once.
   */
  soon(body: () => void): void;
  /** Whether `soon` calls back when the call that asked for it is over. */
  readonly begins: "later" | "now";
  /** Gives back what the process holds of it, after the operations asked for. */
  close(done: DiskDone): void;
}

/** The end of one operation: with undefined it went well. */
export type DiskDone = (error: Error | undefined) => void;
