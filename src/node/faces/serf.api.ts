import type { SubscribeOptions, Subscription } from "../topics/topics.api.ts";
import type { WaitOptions } from "../wait.api.ts";

/** A user event of Serf. */
export interface SerfEvent {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly lTime: number;
  readonly coalesce: boolean;
}

/** A query of Serf that this node was asked. */
export interface SerfQuery {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly from: string;
  readonly lTime: number;
  /** Wall-clock deadline for an answer. */
  readonly deadline: number;
  /** Answers once; false when too late, too large (1024 B) or answered already. */
  respond(payload: Uint8Array | string): boolean;
}

/** Whom a query of Serf asks, and how. */
export interface SerfQueryOptions extends WaitOptions {
  readonly nodes?: readonly string[];
  /** Tag name to RE2 expression; all must match. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly ack?: boolean;
  readonly relayFactor?: number;
}

/** Who got a query of Serf, and who answered it. */
export interface SerfQueryResult {
  readonly acks: readonly string[];
  readonly answers: readonly { readonly from: string; readonly payload: Uint8Array }[];
}

/** What Serf's members have: events, queries and tags. */
export interface SerfApi {
  /** Tells all members, Serf's included. With `coalesce`, readers get only the latest of a name. */
  event(name: string, payload?: Uint8Array | string, options?: { coalesce?: boolean }): void;
  /** Asks all members, or some, and resolves with what came in time. */
  query(
    name: string,
    payload?: Uint8Array | string,
    options?: SerfQueryOptions,
  ): Promise<SerfQueryResult>;
  /** Reads events from now on, as an iterator. */
  events(options?: SubscribeOptions): Subscription<SerfEvent>;
  /** Hears of each event from now on; returns what ends it. */
  onEvent(listener: (event: SerfEvent) => void): () => void;
  /** Hears of each query from now on, and may answer it; returns what ends it. */
  onQuery(listener: (query: SerfQuery) => void): () => void;
  /** Tells the cluster that a failed member has left for good; `prune` forgets it at once. */
  forceLeave(name: string, options?: { prune?: boolean }): void;
  /** Replaces this node's tags, and tells all members. */
  setTags(tags: Readonly<Record<string, string>>): void;
}
