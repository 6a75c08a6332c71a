/** A part of a disk that has a life of its own. */
export interface DiskPart {
  /** A process that is "dead" leaves what it had written, a machine that is "gone" may not. */
  onDeath(condition: "dead" | "gone"): void;
  lose(): void;
}

/**
 * The disk of a simulated machine: named files, written whole. It survives crashes, unless the node
 * is restarted with its disk lost. A write is durable when it returns.
 */
export class SimDisk {
  /** Its journal, once somebody has asked for one (`sim-journal.ts`). */
  part: DiskPart | undefined;
  private readonly files = new Map<string, Uint8Array>();

  /** The names of all files, sorted. */
  get names(): string[] {
    return [...this.files.keys()].sort();
  }

  /** A copy of the file; undefined when there is none. */
  read(name: string): Uint8Array | undefined {
    return this.files.get(name)?.slice();
  }

  /** At once, and durable. */
  write(name: string, bytes: Uint8Array): void {
    this.files.set(name, bytes.slice());
  }

  /** At once, and durable. */
  remove(name: string): void {
    this.files.delete(name);
  }

  /** The process has died, or its machine with what was not synced. */
  onDeath(condition: "dead" | "gone"): void {
    this.part?.onDeath(condition);
  }

  /** Everything is gone. */
  lose(): void {
    this.part?.lose();
    this.files.clear();
  }
}
