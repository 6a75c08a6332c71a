import { type FileHandle, open } from "node:fs/promises";

interface Waiting {
  readonly bytes: Uint8Array;
  readonly done: () => void;
}

/** Appends to one file, in order; what waits is written and synced together. */
export class QueuedFile {
  private readonly path: string;
  private readonly how: "synced" | "unsynced";
  private readonly onFailed: (error: unknown) => void;
  private handle: FileHandle | undefined;
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
  private before: QueuedFile | undefined;
  private isFailed = false;

  constructor(path: string, how: "synced" | "unsynced", onFailed: (error: unknown) => void) {
    this.path = path;
    this.how = how;
    this.onFailed = onFailed;
  }

  /** `done` is called later, when it is written and, of "synced", durable; not after a failure. */
  append(bytes: Uint8Array, done: () => void = () => {}): void {
    if (this.isFailed) return;
    this.waiting.push({ bytes, done });
    this.running ??= this.run();
  }

  /** Nothing is written here before all of `file` is; nothing at all when that fails. */
  startAfter(file: QueuedFile | undefined): void {
    this.before = file;
  }

  /** After all that was appended. */
  async close(): Promise<void> {
    await this.running;
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }

  private async run(): Promise<void> {
    try {
      // Not within the caller's step.
      await Promise.resolve();
      await this.untilBefore();
      while (this.waiting.length > 0) {
        const batch = this.waiting.splice(0);
        const isFirst = this.handle === undefined;
        this.handle ??= await open(this.path, "a", 0o600);
        await this.handle.appendFile(joined(batch.map(({ bytes }) => bytes)));
        if (this.how === "synced") {
          await this.handle.datasync();
          if (isFirst) await syncFolderOf(this.path);
        }
        for (const { done } of batch) done();
      }
    } catch (error) {
      this.isFailed = true;
      this.waiting = [];
      this.onFailed(error);
    } finally {
      this.running = undefined;
    }
  }

  private async untilBefore(): Promise<void> {
    const { before } = this;
    if (before === undefined) return;
    await before.close();
    // It has told of its failure.
    if (before.isFailed) {
      this.isFailed = true;
      this.waiting = [];
    }
    this.before = undefined;
  }
}

/** So that the file's name is durable, too. */
async function syncFolderOf(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path.slice(0, path.lastIndexOf("/")) || "/", "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}
