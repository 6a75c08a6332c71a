import type { PeerId } from "../../core/peer.ts";

/** Of frames, in packets. The number is for ever. */
export const REACHABILITY_CHANNEL = 21;

/** Most paths of one row that are read. */
export const ROW_PATHS_MAX_COUNT = 128;
/** Most heads of one comparison that are read. */
export const HEADS_MAX_COUNT = 2_048;

/** Whether packets of a peer arrive here, where its answers to ours do not. */
export type Hearing = "heard" | "silent" | "unknown";
/** Whether a stream to a peer could be opened when that was tried last. */
export type StreamState = "up" | "down" | "unknown";

/** One path that is not plainly sound, as the node at its beginning sees it. */
export interface PathReport {
  readonly peer: PeerId;
  /** "answered": packets pass both ways, and only streams do not. */
  readonly packets: "answered" | "unanswered";
  readonly hearing: Hearing;
  readonly streams: StreamState;
  /** Who reached the peer for us last; absent when nobody did. */
  readonly via: PeerId | undefined;
  /** For how long the path had been so when the row was written. */
  readonly sinceMs: number;
}

/** Which version of a node's row: rows of a later boot are later. */
export interface RowHead {
  readonly node: PeerId;
  readonly boot: number;
  readonly seq: number;
}

/** All that one node says of its paths. A path that is not in it is sound, or was never tried. */
export interface Row extends RowHead {
  /** Since its node wrote it. */
  readonly ageMs: number;
  readonly paths: readonly PathReport[];
}

/**
 *   A ──knock──▶ B      a path is in doubt: does B hear us, and do we hear B?
 *   A ◀─answer── B      both; B knocks back if it has not knocked itself lately
 *   A ───rows──▶ C      what C may not know yet
 *   A ──heads──▶ C      the versions of all that A knows, empty rows too
 *   A ◀──rows─── C      what is newer at C, and the heads of what A has newer
 */
export type ReachabilityMessage =
  | {
      readonly kind: "knock";
      readonly nonce: number;
      /** "echo": because the other knocked; such a knock causes no other. */
      readonly why: "doubt" | "echo";
    }
  | { readonly kind: "answer"; readonly nonce: number }
  | { readonly kind: "rows"; readonly rows: readonly Row[] }
  | { readonly kind: "heads"; readonly why: "ask" | "reply"; readonly heads: readonly RowHead[] };

export type ReachabilityTimer = { readonly kind: "round" };
