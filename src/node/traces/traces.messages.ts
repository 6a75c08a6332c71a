import type { ArrivalMeans } from "../../core/arrival.ts";

/** On links. The number is for ever. */
export const TRACES_CHANNEL = 27;

/** When, and from whom, one message came to a node. */
export interface TracedArrival {
  readonly kind: "published" | "news" | "copy";
  readonly means: ArrivalMeans;
  /** Empty: nobody, or it does not show. */
  readonly from: string;
  /** Wall-clock milliseconds of that node. */
  readonly at: number;
}

/** The neighbours of a node, and those that are branches of the tree that was asked for. */
export interface NeighbourReport {
  readonly active: readonly string[];
  readonly passive: readonly string[];
  /** Absent where that node has no such tree. */
  readonly branches?: { readonly eager: readonly string[]; readonly lazy: readonly string[] };
}

interface Question {
  /** Among those of the asker. */
  readonly id: number;
  readonly tag: string;
  /** Empty: no tree is asked for. */
  readonly origin: string;
  readonly seq: number;
}

export type TracesMessage =
  | ({ readonly kind: "askArrivals" } & Question)
  | ({ readonly kind: "askNeighbours" } & Question)
  | {
      readonly kind: "arrivals";
      readonly id: number;
      readonly arrivals: readonly TracedArrival[];
    }
  | ({ readonly kind: "neighbours"; readonly id: number } & NeighbourReport);
