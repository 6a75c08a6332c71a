import type { PeerId } from "../core/peer.ts";

/**
 * A peer and the disk it has: a name that comes back with another disk is another server, for what
 * it had promised is lost (spec §11, "disk loss of one voter"; DESIGN section 6).
 */
export interface Seat {
  readonly peer: PeerId;
  /** Drawn when the disk was empty, and kept on it; above 0. */
  readonly disk: number;
}

/** Who takes part. Learners get the log and count for nothing. */
export interface GroupConfig {
  readonly voters: readonly Seat[];
  readonly learners: readonly Seat[];
}

/** What every entry has: its place in the log, and the term of the leader that made it. */
interface EntryHead {
  readonly index: number;
  readonly term: number;
}

export type Entry = EntryHead &
  (
    | { readonly kind: "command"; readonly command: Uint8Array }
    /** The first of a term: with it all that came before is committed. [Ongaro 2014 §6.4] */
    | { readonly kind: "noop" }
    | { readonly kind: "config"; readonly config: GroupConfig }
  );

/** What an entry takes beside its content, in memory and on the wire. [guess] */
const ENTRY_HEAD_BYTES = 24;
const SEAT_BYTES = 24;

export function entryBytes(entry: Entry): number {
  if (entry.kind === "command") return ENTRY_HEAD_BYTES + entry.command.length;
  if (entry.kind === "noop") return ENTRY_HEAD_BYTES;
  const { learners, voters } = entry.config;
  return ENTRY_HEAD_BYTES + SEAT_BYTES * (voters.length + learners.length);
}

/** What is kept on disk, one record after another. */
export type RaftRecord =
  /** The first one: which disk this is, and who was to be there at the group's birth. */
  | { readonly kind: "seat"; readonly disk: number; readonly group: number }
  | { readonly kind: "term"; readonly term: number; readonly vote: PeerId | undefined }
  /** Replaces the entry of this index and all behind it. */
  | { readonly kind: "entry"; readonly entry: Entry };
