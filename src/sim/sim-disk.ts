/**
 * The disk of a simulated machine: named files, written whole. It survives crashes, unless the node
 * is restarted with its disk lost. A write is durable when it returns.
 */
export class SimDisk {
  private readonly files = new Map<string, Uint8Array>();

  /** The names of all files, sorted. */
  get names(): string[] {
    return [...this.files.keys()].sort();
  }

  /** A copy of the file; undefined when there is none. */
  read(name: string): Uint8Array | undefined {
    return this.files.get(name)?.slice();
  }

  write(name: string, bytes: Uint8Array): void {
    this.files.set(name, bytes.slice());
  }

  remove(name: string): void {
    this.files.delete(name);
  }

  /** Everything is gone. */
  lose(): void {
    this.files.clear();
  }
}
