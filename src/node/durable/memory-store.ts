import type { JournalPosition } from "../../core/env.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import type { DurableStore } from "./durable-ports.ts";

/**
 * In the place of a disk where there is none: what is appended counts as durable, and is gone with
 * the process. `later` calls back when the step under way is over.
 */
export class MemoryStore implements DurableStore {
  private readonly later: (body: () => void) => void;
  private lastPosition = 0;

  constructor(later: (body: () => void) => void) {
    this.later = later;
  }

  get durablePosition(): JournalPosition {
    return this.lastPosition as JournalPosition;
  }

  asideChannel(): JournalChannel {
    return {
      takeRecovered: () => ({ snapshot: undefined, tail: [] }),
      append: () => {
        this.lastPosition += 1;
        return this.lastPosition as JournalPosition;
      },
      truncateAfter: () => {},
      snapshot: (_bytes, _upTo, done) => {
        if (done !== undefined) this.later(done);
      },
    };
  }

  afterWrites(run: () => void): void {
    run();
  }
}
