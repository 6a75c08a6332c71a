import {
  close,
  closeSync,
  fdatasync,
  fsync,
  fsyncSync,
  ftruncateSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  rename,
  unlink,
} from "node:fs";
import { join } from "node:path";
import { HearsayError } from "../core/errors.ts";
import { AppendFile } from "./append-file.ts";
import type { Disk, DiskDone } from "./disk.ts";
import { makeFolder } from "./make-folder.ts";
import { writeAll } from "./write-all.ts";

type Task = (done: DiskDone) => void;

/** A folder of a real file system. Nobody else may write there: see `DirectoryLock`. */
export class NodeDisk implements Disk {
  readonly place: string;
  readonly begins = "later";
  private readonly queue: { readonly task: Task; readonly done: DiskDone }[] = [];
  private readonly files = new Map<string, AppendFile>();
  /** Made by this process and not yet sure to be found after a crash. */
  private readonly newNames = new Set<string>();
  private isBusy = false;
  /** What is asked for now begins when it has all been asked for. */
  private isSoon = false;

  /** @throws HearsayError DATA_DIR when the folder cannot be made */
  constructor(directory: string) {
    this.place = directory;
    this.attempt("", "cannot be made", () => makeFolder(directory));
  }

  list(): readonly string[] {
    return this.attempt("", "cannot be read", () => readdirSync(this.place).sort());
  }

  read(name: string): Uint8Array {
    return this.attempt(name, "cannot be read", () => readFileSync(join(this.place, name)));
  }

  cut(name: string, bytesCount: number): void {
    this.attempt(name, "cannot be cut", () => {
      const handle = openSync(join(this.place, name), "r+");
      try {
        ftruncateSync(handle, bytesCount);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    });
  }

  append(name: string, bytes: Uint8Array, done: DiskDone): void {
    this.put(done, (end) => {
      this.withFile(name, end, (file) => file.append(bytes, end));
    });
  }

  sync(name: string, done: DiskDone): void {
    this.put(done, (end) => {
      this.withFile(name, end, ({ handle }) => {
        fdatasync(handle, (error) => {
          if (error !== null || !this.newNames.has(name)) return end(error ?? undefined);
          this.syncDirectory((problem) => {
            if (problem === undefined) this.newNames.delete(name);
            end(problem);
          });
        });
      });
    });
  }

  replace(name: string, bytes: Uint8Array, done: DiskDone): void {
    const path = join(this.place, name);
    const temporary = `${path}.new`;
    this.put(done, (end) => {
      open(temporary, "w", 0o600, (error, handle) => {
        if (error !== null) return end(error);
        writeAll({ handle, bytes, at: 0 }, (problem) => {
          if (problem !== undefined) return close(handle, () => end(problem));
          fsync(handle, (unsynced) => {
            close(handle, () => {
              if (unsynced !== null) return end(unsynced);
              rename(temporary, path, (failed) => {
                if (failed !== null) end(failed);
                else this.syncDirectory(end);
              });
            });
          });
        });
      });
    });
  }

  remove(name: string, done: DiskDone): void {
    this.put(done, (end) => {
      this.letGo(name, () => {
        unlink(join(this.place, name), (error) => {
          end(error === null || error.code === "ENOENT" ? undefined : error);
        });
      });
    });
  }

  soon(body: () => void): void {
    queueMicrotask(() => {
      this.isSoon = true;
      try {
        body();
      } finally {
        this.isSoon = false;
        this.begin();
      }
    });
  }

  close(done: DiskDone): void {
    this.put(done, (end) => {
      this.letGoAll(() => end(undefined));
    });
  }

  private put(done: DiskDone, task: Task): void {
    this.queue.push({ task, done });
    // Never during the call: the caller is in the middle of something.
    if (!this.isSoon && !this.isBusy) queueMicrotask(() => this.begin());
  }

  private begin(): void {
    if (this.isBusy || this.queue.length === 0) return;
    this.isBusy = true;
    this.next();
  }

  private next(): void {
    const operation = this.queue.shift();
    if (operation === undefined) {
      this.isBusy = false;
      return;
    }
    operation.task((error) => {
      operation.done(error);
      this.next();
    });
  }

  /** A journal appends to one file at a time, so the one before is let go. */
  private withFile(name: string, end: DiskDone, use: (file: AppendFile) => void): void {
    const known = this.files.get(name);
    if (known !== undefined) return use(known);
    this.letGoAll(() => {
      AppendFile.open(join(this.place, name), (error, file) => {
        if (file === undefined) return end(error);
        this.files.set(name, file);
        this.newNames.add(name);
        use(file);
      });
    });
  }

  private letGoAll(done: () => void): void {
    const [first] = this.files.keys();
    if (first === undefined) done();
    else this.letGo(first, () => this.letGoAll(done));
  }

  private letGo(name: string, done: () => void): void {
    const file = this.files.get(name);
    this.files.delete(name);
    if (file === undefined) done();
    else file.close(done);
  }

  private syncDirectory(end: DiskDone): void {
    // Windows cannot open a directory; its names are durable with the file.
    if (process.platform === "win32") return end(undefined);
    open(this.place, "r", (error, handle) => {
      if (error !== null) return end(error);
      fsync(handle, (unsynced) => close(handle, () => end(unsynced ?? undefined)));
    });
  }

  private attempt<T>(name: string, what: string, body: () => T): T {
    try {
      return body();
    } catch (cause) {
      const reason = cause instanceof Error ? ` (${cause.message})` : "";
      const place = name === "" ? this.place : join(this.place, name);
      const detail = `${place} ${what}${reason}; check its owner and mode`;
      throw new HearsayError("DATA_DIR", detail, { cause });
    }
  }
}
