/** For the tests of what is kept on disk: a channel in memory, which a later life takes over. */
import type { JournalPosition } from "../core/env.ts";
import type { JournalChannel, JournalRecord, Recovered } from "../core/journal-channel.ts";

export class FakeJournalChannel implements JournalChannel {
  tail: JournalRecord[] = [];
  snapshotBytes: Uint8Array | undefined;
  private readonly journal: "roomy" | "crowded";
  private position = 0;

  /** In a crowded journal files are always too many because of this channel. */
  constructor(journal: "roomy" | "crowded" = "roomy") {
    this.journal = journal;
  }

  takeRecovered(): Recovered {
    return { snapshot: this.snapshotBytes, tail: [...this.tail] };
  }

  append(bytes: Uint8Array): JournalPosition {
    this.position += 1;
    const position = this.position as JournalPosition;
    this.tail.push({ position, bytes });
    return position;
  }

  truncateAfter(): void {
    throw new Error("a replica takes nothing back");
  }

  snapshot(bytes: Uint8Array, upTo: JournalPosition): void {
    this.snapshotBytes = bytes;
    this.tail = this.tail.filter(({ position }) => position > upTo);
  }

  isHoldingBack(): boolean {
    return this.journal === "crowded";
  }
}
