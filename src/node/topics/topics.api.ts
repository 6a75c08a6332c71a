/** What users type of topics: the public types of `node.topic`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Origin } from "../../core/peer.ts";
import type { RequestContext } from "../requests/requests.api.ts";

/** Identity of an update as users see it. */
export interface PublicDot {
  readonly origin: Origin;
  readonly seq: number;
}

/** What a write resolves to: its name, and whether it would survive a crash. */
export interface WriteResult {
  readonly dot: PublicDot;
  /** True: on this node's disk by now. False: it has no `dataDir`, or the topic no history. */
  readonly durable: boolean;
}

/** A message as subscribers get it. */
export interface TopicMessage<V, Tag extends string = string> {
  readonly tag: Tag;
  readonly value: V;
  /** Name of the publisher. */
  readonly from: string;
  readonly dot: PublicDot;
  /** Hybrid logical time at the publisher: wall-clock ms, then a counter. */
  readonly clock: { readonly ms: number; readonly counter: number };
  /**
   * Its direct predecessors, where its publisher keeps `order: "causal"`: with what these came
   * after, all that it came after.
   */
  readonly after?: readonly Cause[];
}

/** In one topic, what one life of a publisher said up to the number `seq`. */
export interface Cause {
  readonly tag: string;
  readonly origin: Origin;
  readonly seq: number;
}

/** What happens to a message when a reader's queue is full. `fail` ends the reader. */
export type OnFull = "dropOldest" | "dropNewest" | "fail";
/** How much may wait for a reader, and from where on it reads. */
export interface SubscribeOptions {
  /** Most messages waiting for a slow reader. Default 1000. */
  readonly queueMax?: number;
  /** What happens to a message when the queue is full. Default "dropOldest". Drops are counted. */
  readonly onFull?: OnFull;
  readonly signal?: AbortSignal;
  /** "start": first what a topic with a `history` has kept, by time. Default "now". */
  readonly from?: "now" | "start";
  /** Messages that this subscription will never get, for a bound of a history dropped them. */
  readonly onGap?: (gap: Gap) => void;
}

/** Messages of a topic that were forgotten before they got here. */
export interface Gap {
  readonly tag: string;
  readonly count: number;
  /** By publisher's life, the first and last number of each run. */
  readonly ranges: readonly {
    readonly origin: Origin;
    readonly first: number;
    readonly last: number;
  }[];
}

/** How much of a topic's past a node keeps; defaults in docs/reference/options.md. */
export interface HistoryChoice {
  readonly keptMaxCount?: number;
  readonly keptMaxBytes?: number;
  readonly keptMaxMs?: number;
  readonly payloadMaxBytes?: number;
  readonly snapshotAfterCount?: number;
}

/** Messages as they come; ends with `close`, `break` or the node. */
export interface Subscription<M> extends AsyncIterableIterator<M>, AsyncDisposable {
  /** Messages dropped because the queue was full. */
  readonly dropped: number;
  /** Ends it; what waits is dropped. */
  close(): void;
}

/** How values of a topic become bytes. */
export interface Codec<V = unknown> {
  /** 0 … 127 are Hearsay's (0 raw, 1 msgpack, 2 json); 128 … 255 yours. Travels with the value. */
  readonly id: number;
  readonly name: string;
  /** The bytes of a value; what it throws becomes CODEC_FAILED. */
  encode(value: V): Uint8Array;
  /** @throws when the bytes are no value. */
  decode(bytes: Uint8Array): V;
}

/** How messages of a topic travel; docs/which-protocol.md compares them. */
export type Via = "piggyback" | "plumtree" | "rumor";

/** How a node opens a topic; what nodes must have in common stands at each. */
export interface TopicOptions<
  S extends StandardSchemaV1 | undefined,
  R extends StandardSchemaV1 | undefined = undefined,
> {
  readonly schema?: S;
  /** Of what answers requests of this topic (`onRequest`, `node.peer(name).request`). */
  readonly reply?: R;
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
  /**
   * Keeps the topic's past, on disk where the node has a `dataDir`: whoever missed a message is
   * brought it by anti-entropy, and who comes late can read from the start. Default: none is kept.
   */
  readonly history?: HistoryChoice;
  /**
   * How this node's messages travel. "piggyback" (default): by infection, at the end of packets
   * that leave anyway, for what is small and seldom. "plumtree": along a tree that mends itself,
   * for much and for many. "rumor": told to random peers until it is old. Messages are heard
   * however their publisher sends them.
   */
  readonly via?: Via;
  /**
   * What `publish` does while peers or the disk do not take what was published before. "wait"
   * (default): it resolves once there was room, in the order of the calls. "dropOldest": so too,
   * but of those that wait the oldest gives way when they are too many. "fail": it throws
   * QUEUE_FULL at once, as the others do when too many wait.
   */
  readonly onFull?: "wait" | "dropOldest" | "fail";
  /**
   * "fifo": what one publisher said in one life comes in the order in which it said it. A message
   * that comes too early waits; one that is lost is told to `onGap`. "causal": besides, nothing
   * comes before what its publisher had received when it spoke. "total": all nodes are told the
   * same messages in the same order, which respects causes; `publish` resolves when a message has
   * its place. It needs the node's `orderer`, and neither `history` nor `via`. Publisher and reader
   * have to choose it. Default "none".
   */
  readonly order?: "none" | "fifo" | "causal" | "total";
  /**
   * With `order: "causal"`: topics of this group are one conversation, and what is said in one of
   * them comes after what had been received in the others. Default: the topic by itself.
   */
  readonly causalGroup?: string;
  /**
   * With an order: how long messages wait without any progress for one that is missing. Default:
   * 1,000, with a history 30,000.
   */
  readonly orderWaitMs?: number;
}

/** `Answer` is what `onRequest` gives, `Reply` what `request` resolves to. */
export interface Topic<In, Out, Tag extends string = string, Answer = unknown, Reply = unknown> {
  /** Never there but for the compiler: what a request of this topic resolves to. */
  readonly "~reply"?: Reply;
  readonly tag: Tag;
  /**
   * Validates, encodes and spreads `value`. Own subscribers receive it too.
   * Resolves when it is on its way; with a history and a `dataDir` when it is on disk, too.
   * @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, VALUE_TOO_LARGE, QUEUE_FULL, NODE_STOPPED,
   *   WRITE_UNCERTAIN
   */
  publish(value: In, options?: { signal?: AbortSignal }): Promise<WriteResult>;
  /** Reads messages from now on, as an iterator. */
  subscribe(options?: SubscribeOptions): Subscription<TopicMessage<Out, Tag>>;
  /** Hears each message from now on, one call each. */
  subscribe(
    listener: (message: TopicMessage<Out, Tag>) => void,
    options?: SubscribeOptions,
  ): Subscription<never>;
  /** A message of this tag that was counted and not delivered, with the reason. */
  onRejected(listener: (rejection: Rejection) => void): () => void;
  /**
   * Answers requests of other nodes, until the function it returns is called. What `answer` throws
   * reaches the asker as an error with its message.
   * @throws HearsayError TOPIC_CONFLICT when the topic is answered already
   */
  onRequest(answer: (value: Out, context: RequestContext) => Answer | Promise<Answer>): () => void;
  /** What this topic has cost and brought this node since it was opened. */
  statistics(): TopicStatistics;
}

/**
 * Counts of one topic on one node. Those of the network are of "plumtree" and "rumor": broadcasts
 * on SWIM's packets are counted for all topics together, in `node.metrics()`.
 */
export interface TopicStatistics {
  readonly published: number;
  /** Messages given to subscribers here, be there any or not. */
  readonly delivered: number;
  /** Refused by codec or schema. */
  readonly rejected: number;
  /** Messages sent to a peer and come from one, each copy counted. */
  readonly payloadsSent: number;
  readonly payloadsReceived: number;
  /** Of those that came, copies of what was known. */
  readonly duplicates: number;
  /** Announcements, grafts and prunes of trees; several travel together, and with payloads. */
  readonly controlSent: number;
  readonly controlReceived: number;
  /** Of messages, without heads. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Nodes that messages of others passed on their way here, the last one included. */
  readonly hops: {
    /** Not a number when none came. */
    readonly mean: number;
    readonly max: number;
    /** At place n: how many came in n hops. Only trees know it. */
    readonly histogram: readonly number[];
  };
}

/** A message of another node that was dropped, and why. */
export interface Rejection {
  readonly tag: string;
  readonly from: string;
  readonly reason: "schema" | "codec" | "tooLarge";
  readonly detail: string;
}

/** Union of the messages of several topics, told apart by `tag`. */
export type MessageOf<T> =
  T extends Topic<infer _In, infer Out, infer Tag> ? TopicMessage<Out, Tag> : never;
