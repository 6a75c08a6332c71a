import { type Entry, entryBytes } from "./entry.ts";
import type { MessageOf } from "./raft.messages.ts";

type Append = MessageOf<"append">;

interface Held {
  /** The message that brought the first of them. */
  readonly first: Append;
  readonly entries: Entry[];
  commit: number;
  bytes: number;
}

/**
 * Entries of this term's leader that this server must not keep yet, and what comes behind them, in
 * one piece: as if the message that brought them were still on its way. [decision 0011]
 */
export class HeldBack {
  private held: Held | undefined;
  private readonly maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.held === undefined;
  }

  /** Some of it is committed, so that there is nothing to wait for. */
  get isDecided(): boolean {
    return this.held !== undefined && this.held.commit > this.held.first.prevIndex;
  }

  /** Whether the entries of `message` stand right behind one that is held here. */
  isBefore({ prevIndex, prevTerm, term }: Append): boolean {
    const { held } = this;
    if (held === undefined || held.first.term !== term) return false;
    return held.entries[prevIndex - held.first.prevIndex - 1]?.term === prevTerm;
  }

  /**
   * Its first entry is the first that must wait, or it stands behind some that do. One leader has
   * one entry in each place, so what a late message would shorten stays.
   * @returns false when there is no room: it will come again
   */
  put(message: Append): boolean {
    const { held } = this;
    const knownCount = held === undefined ? -1 : knownOf(held, message);
    if (held === undefined || knownCount < 0) {
      const entries = [...message.entries];
      const { commit } = message;
      this.held = { first: message, entries, commit, bytes: bytesOf(entries) };
      return true;
    }
    held.commit = Math.max(held.commit, message.commit);
    const fresh = message.entries.slice(knownCount);
    const bytes = held.bytes + bytesOf(fresh);
    if (fresh.length > 0 && bytes > this.maxBytes) return false;
    for (const entry of fresh) held.entries.push(entry);
    held.bytes = bytes;
    return true;
  }

  /** Removes and returns what is held, if it is of that term: of another it counts no more. */
  take(term: number): Append | undefined {
    const { held } = this;
    this.held = undefined;
    if (held?.first.term !== term) return undefined;
    const { commit, entries, first } = held;
    return { ...first, commit, entries };
  }
}

/** How many entries of `message` are held already; below 0 when the two do not belong together. */
function knownOf({ entries, first }: Held, { prevIndex, term }: Append): number {
  if (first.term !== term || prevIndex < first.prevIndex) return -1;
  return entries.length - (prevIndex - first.prevIndex);
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
}
