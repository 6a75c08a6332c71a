import type { Dot } from "../../core/dot.ts";
import type { DotSet } from "../../core/dot-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { EventName } from "./event.ts";
import type { OrderedPlace } from "./ordered-log.contract.ts";

export type OrderedLogMessage =
  /** Events in bytes; "rumor": pass on what is new. */
  | { readonly kind: "push"; readonly way: PushWay; readonly events: readonly Uint8Array[] }
  /** To the leader: these are on my disk. */
  | { readonly kind: "announce"; readonly names: readonly EventName[] }
  /** Of the leader: it has taken note of these, and a majority of the voters has those on disk. */
  | {
      readonly kind: "ack";
      readonly noted: DotSet;
      readonly safe: DotSet;
      readonly load: "normal" | "overload";
    }
  | { readonly kind: "fetch"; readonly dots: readonly Dot[] }
  | {
      readonly kind: "events";
      readonly events: readonly Uint8Array[];
      readonly missing: readonly Dot[];
    }
  /** To the leader of this term: its ids of these events came here, and the events did not. */
  | { readonly kind: "want"; readonly term: number; readonly names: readonly EventName[] }
  /** Of the leader of this term: it has these no more. */
  | { readonly kind: "lost"; readonly term: number; readonly names: readonly EventName[] }
  /** All events without a place that the sender holds, or the first of them. */
  | { readonly kind: "pending"; readonly dots: DotSet }
  /** Of the leader: who has one of these pushes it. */
  | { readonly kind: "whoHas"; readonly dots: readonly Dot[] }
  /** The answer of those who have not. */
  | { readonly kind: "lacks"; readonly dots: readonly Dot[] }
  /** To the leader, now and then. */
  | { readonly kind: "report"; readonly report: PeerReport }
  /** The piece of a snapshot from `offset` on: of this one, or of one at `place` or later. */
  | {
      readonly kind: "snapshotAsk";
      readonly place: number;
      readonly offset: number;
      /** Empty: any. */
      readonly hash: Uint8Array;
    }
  | {
      readonly kind: "snapshotPiece";
      readonly place: number;
      readonly offset: number;
      readonly hash: Uint8Array;
      readonly totalBytes: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "snapshotNone"; readonly place: number }
  | { readonly kind: "viewAsk"; readonly epoch: number }
  | {
      readonly kind: "view";
      readonly term: number;
      readonly epoch: number;
      readonly peers: readonly PeerId[];
    };

export type PushWay = "direct" | "rumor";

export type MessageOf<Kind extends OrderedLogMessage["kind"]> = Extract<
  OrderedLogMessage,
  { kind: Kind }
>;

/** How far a peer has come. */
export interface PeerReport {
  /** What its applications would have again after a crash; undefined where there are none. */
  readonly applied: OrderedPlace | undefined;
  readonly dataThrough: OrderedPlace;
  /** Of its last snapshot on disk. */
  readonly snapshot: OrderedPlace;
}

export type OrderedLogTimer =
  | { readonly kind: "push" }
  | { readonly kind: "rumor" }
  | { readonly kind: "flush" }
  | { readonly kind: "want" }
  | { readonly kind: "announce" }
  | { readonly kind: "ack" }
  | { readonly kind: "batch" }
  | { readonly kind: "nurse" }
  | { readonly kind: "fetch" }
  | { readonly kind: "exchange" }
  | { readonly kind: "report" }
  | { readonly kind: "deliver" }
  | { readonly kind: "snapshot" }
  | { readonly kind: "outcomes" };

/** What is kept on disk: events; all else is in snapshots. */
export interface LogRecord {
  readonly encoded: Uint8Array;
}
