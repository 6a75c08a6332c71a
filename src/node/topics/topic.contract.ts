import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Origin } from "../../core/peer.ts";
import type { HistoryOptions } from "../../data/history/history.options.ts";
import type { Publication } from "../../exchange/broadcast/broadcast.ts";
import type { Codec, Rejection, TopicMessage, Via, WriteResult } from "../api.ts";
import type { NodeTimers } from "../node-host.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import type { MessageTracing } from "../tracing/tracing.api.ts";
import type { CausalFrontier } from "./causal-frontier.ts";
import type { PublishPolicy, PublishQueueOptions } from "./publish-queue.ts";
import type { SpreadReplica } from "./spread-replica.ts";
import type { HistoryReader, TopicHistory } from "./topic-history.ts";
import type { SpreadCounts } from "./topic-statistics.ts";
import type { TotalMessage, TotalOrder } from "./total-order.ts";

/** A message as it travels, before a topic has read it. */
export interface TopicRumor {
  readonly origin: Origin;
  readonly seq: number;
  readonly tag: string;
  readonly codec: number;
  readonly payload: Uint8Array;
  readonly clock: { readonly ms: number; readonly counter: number };
  /** Its number in the topic's history, where its publisher keeps one. */
  readonly historySeq?: number;
}

export interface TopicContent {
  readonly schema: StandardSchemaV1 | undefined;
  readonly codec: Codec;
  /** Of what answers requests. */
  readonly reply?: StandardSchemaV1 | undefined;
  /** Absent where no past is kept. */
  readonly history?: HistoryOptions | undefined;
  readonly via: Via;
  readonly onFull: PublishPolicy;
  readonly order: "none" | "fifo" | "causal" | "total";
  /** Default: the topic by itself. */
  readonly causalGroup?: string | undefined;
  /** Default: the node's. */
  readonly orderWaitMs?: number | undefined;
}

export type TopicOrder = Pick<TopicContent, "order" | "orderWaitMs" | "causalGroup">;

/** What a topic needs of its node. */
export interface TopicPorts {
  /** Takes the bytes into the next flush. @throws HearsayError */
  spread(publication: Publication): WriteResult["dot"];
  /**
   * From now on the topic of this tag also spreads this way, with what `replica` keeps of it.
   */
  enrol(way: SpreadWay, tag: string, replica: SpreadReplica): void;
  /** Runs `write` in a step, in the name of this life. @throws HearsayError NODE_STOPPED */
  inStep<R>(write: (clock: TopicMessage<unknown>["clock"]) => R): R;
  /** @throws HearsayError QUEUE_FULL when peers do not take what was sent before */
  checkSpreadRoom(way: SpreadWay, bytesCount: number): void;
  readonly timers: NodeTimers;
  /** Absent where nobody wants traces. */
  readonly tracing?: MessageTracing | undefined;
  count(name: string, by?: number): void;
  /** How messages wait that there is no room for. */
  readonly publishing: Omit<PublishQueueOptions, "policy">;
  /** What the ways of spreading count of the topic of this tag. */
  spreadCounts(tag: string): SpreadCounts;
  /** Makes or restores the past of a topic. */
  openHistory(reader: HistoryReader, options: HistoryOptions, order: TopicOrder): TopicHistory;
  /** Makes what a topic without a past, or a message that is not for it, is remembered in. */
  openRecent(reader: HistoryReader, order: TopicOrder): TopicHistory;
  /** Puts the topic of this tag into the node's order. @throws HearsayError CONFIG_OPTION */
  openTotal(tag: string, hear: (message: TotalMessage) => void): TotalOrder;
  /** What this node's messages in the topic of this tag come after. */
  frontier(tag: string, order: TopicOrder): CausalFrontier;
  /** Runs `body` when the step has ended: users hear of messages last. */
  afterStep(body: () => void): void;
  /** A user's callback threw. */
  onCallbackError(where: string, error: unknown): void;
  /** A slow reader lost a message. */
  onDropped(): void;
}

/** What reading a rumour came to. */
export type Reading =
  | { readonly kind: "message"; readonly message: TopicMessage<unknown> }
  | { readonly kind: "rejected"; readonly rejection: Rejection };
