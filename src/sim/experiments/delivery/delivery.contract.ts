import type { Via } from "../../../node/api.ts";
import type { OverlayProtocol } from "../../../node/stack/overlay.ts";

/** How often somebody publishes. */
export type Load = "seldom" | "burst" | "steady";

/** What happens just before somebody publishes. */
export type Disturbance = "none" | "join" | "kill" | "stall";

/** How a topic is opened, on nodes that are left as they are shipped. */
export interface DeliveryWay {
  readonly via: Via;
  /** Default: "rings". */
  readonly overlay?: OverlayProtocol;
  readonly history: "none" | "kept";
  /** Default: "none". */
  readonly order?: "none" | "fifo" | "causal";
}

export interface DeliverySetting {
  readonly seed: number;
  readonly nodesCount: number;
  /** Of packets; what TCP carries is only late. */
  readonly lossRatio: number;
  readonly way: DeliveryWay;
  readonly load: Load;
  readonly disturbance: Disturbance;
  /** Silence before a message or a burst. Default: longer than a link stays that nobody uses. */
  readonly silenceMs?: number;
  /** How many single messages, bursts, or quarters of a minute under load. */
  readonly turnsCount: number;
}

/** What came of one run. A pair is a message and a live node that did not publish it. */
export interface DeliveryResult {
  readonly messagesCount: number;
  readonly pairsCount: number;
  readonly missedCount: number;
  /** The same with the node that had just joined, or stood still. */
  readonly disturbedPairsCount: number;
  readonly disturbedMissedCount: number;
  /** Messages that a node was told twice. */
  readonly duplicatesCount: number;
  /** Of one publisher's messages, told behind a later one. */
  readonly overtakenCount: number;
  /** For each message: until the last that was told, without the disturbed. */
  readonly lastMs: readonly number[];
}
