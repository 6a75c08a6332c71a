/** What users type to follow a message: the public types of `node.traces`. */
import type { ArrivalMeans } from "../../core/arrival.ts";
import type { NeighbourReport, TracedArrival } from "./traces.messages.ts";

export type { ArrivalMeans, NeighbourReport, TracedArrival };

/** What a node said when it was asked; `silent`: it did not answer in time. */
export type TraceReport = {
  readonly name: string;
  readonly status: "answered" | "silent";
  readonly arrivals: readonly TracedArrival[];
};

/** Whom this node's trees and overlay are made of. */
export type OverlayReport = { readonly name: string } & (
  | ({ readonly status: "answered" } & NeighbourReport)
  | { readonly status: "silent" }
);

/** The ways of messages, and the links they take, put together from what all nodes remember. */
export interface Traces {
  /**
   * How a message of a topic came to each node: asked of all living Hearsay members, or of some in
   * a large cluster. Each node remembers the last `traces.keptMaxCount` messages.
   * @throws HearsayError CONFIG_OPTION of a seq that no dot has, QUEUE_FULL, NODE_STOPPED
   */
  follow(
    tag: string,
    dot: { readonly origin: string; readonly seq: number },
  ): Promise<readonly TraceReport[]>;
  /**
   * Each node's neighbours; and, of the tree of that topic and origin, which of them are eager.
   * @throws as `follow`
   */
  overlays(tree?: {
    readonly tag: string;
    readonly origin: string;
  }): Promise<readonly OverlayReport[]>;
}
