/**
 * What users type: the public types of `startNode` and of a node. Implementations stand in the
 * files beside this one; the words here are the reference.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Origin } from "../core/peer.ts";

export type MemberStatus = "alive" | "suspect" | "leaving" | "left" | "failed";

/** A member as plain, frozen data: a picture of one moment. */
export interface Member {
  readonly name: string;
  /** `ip:port`. */
  readonly address: string;
  readonly status: MemberStatus;
  /** User tags; reserved ones (`_h…`) are hidden. */
  readonly tags: Readonly<Record<string, string>>;
  readonly incarnation: number;
  /** Smoothed round-trip time of direct probes in milliseconds; undefined before the first. */
  readonly rttMs: number | undefined;
  /** True when the member says that it is a Hearsay node. */
  readonly hearsay: boolean;
}

export interface MemberEvent {
  readonly kind: "join" | "update" | "suspect" | "alive" | "fail" | "leave" | "reap";
  readonly member: Member;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly at: number;
}

/** One link of the chain of evidence behind a status; `at` is wall-clock milliseconds. */
export interface WhyEntry {
  readonly at: number;
  readonly what: string;
  readonly by?: string;
  readonly incarnation?: number;
  readonly detail?: string;
  /** The same in one English sentence. */
  readonly text: string;
}

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Members extends Iterable<Member> {
  readonly size: number;
  readonly local: Member;
  get(name: string): Member | undefined;
  /** Live from the call; queue of 1,000 events by default, oldest dropped (counted) when full. */
  events(options?: { signal?: AbortSignal; queueMax?: number }): AsyncIterableIterator<MemberEvent>;
  on(listener: (event: MemberEvent) => void): () => void;
  /** The evidence behind the status of `name`, oldest first; empty when nothing is known. */
  why(name: string): readonly WhyEntry[];
}

/** Identity of an update as users see it. */
export interface PublicDot {
  readonly origin: Origin;
  readonly seq: number;
}

export interface WriteResult {
  readonly dot: PublicDot;
  /** True: on this node's disk by now. False: it has no `dataDir`, or the topic no history. */
  readonly durable: boolean;
}

export interface TopicMessage<V, Tag extends string = string> {
  readonly tag: Tag;
  readonly value: V;
  /** Name of the publisher. */
  readonly from: string;
  readonly dot: PublicDot;
  /** Hybrid logical time at the publisher: wall-clock ms, then a counter. */
  readonly clock: { readonly ms: number; readonly counter: number };
}

export type OnFull = "dropOldest" | "dropNewest" | "fail";
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

export interface Subscription<M> extends AsyncIterableIterator<M>, AsyncDisposable {
  /** Messages dropped because the queue was full. */
  readonly dropped: number;
  close(): void;
}

export interface Codec<V = unknown> {
  /** 0 … 127 are Hearsay's (0 raw, 1 msgpack, 2 json); 128 … 255 yours. Travels with the value. */
  readonly id: number;
  readonly name: string;
  encode(value: V): Uint8Array;
  /** @throws when the bytes are no value. */
  decode(bytes: Uint8Array): V;
}

export type Via = "piggyback" | "plumtree" | "rumor";

export interface TopicOptions<S extends StandardSchemaV1 | undefined> {
  readonly schema?: S;
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
   * "fifo": what one publisher said in one life comes in the order in which it said it. A message
   * that comes too early waits; one that is lost is told to `onGap`. Default "none".
   */
  readonly order?: "none" | "fifo";
  /**
   * With `order: "fifo"`: how long the messages of a publisher wait without any progress for one
   * that is missing. Default: 1,000, with a history 30,000.
   */
  readonly orderWaitMs?: number;
}

export interface Topic<In, Out, Tag extends string = string> {
  readonly tag: Tag;
  /**
   * Validates, encodes and spreads `value`. Own subscribers receive it too.
   * Resolves when it is on its way; with a history and a `dataDir` when it is on disk, too.
   * @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, VALUE_TOO_LARGE, QUEUE_FULL, NODE_STOPPED,
   *   WRITE_UNCERTAIN
   */
  publish(value: In, options?: { signal?: AbortSignal }): Promise<WriteResult>;
  subscribe(options?: SubscribeOptions): Subscription<TopicMessage<Out, Tag>>;
  subscribe(
    listener: (message: TopicMessage<Out, Tag>) => void,
    options?: SubscribeOptions,
  ): Subscription<never>;
  /** A message of this tag that was counted and not delivered, with the reason. */
  onRejected(listener: (rejection: Rejection) => void): () => void;
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

export interface Rejection {
  readonly tag: string;
  readonly from: string;
  readonly reason: "schema" | "codec" | "tooLarge";
  readonly detail: string;
}

export interface ViewSnapshot {
  readonly protocol: string;
  readonly size: number;
  readonly population: number;
  readonly peers: readonly string[];
}

export interface SerfEvent {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly lTime: number;
  readonly coalesce: boolean;
}
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
export interface SerfQueryOptions extends WaitOptions {
  readonly nodes?: readonly string[];
  /** Tag name to RE2 expression; all must match. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly ack?: boolean;
  readonly relayFactor?: number;
}
export interface SerfQueryResult {
  readonly acks: readonly string[];
  readonly answers: readonly { readonly from: string; readonly payload: Uint8Array }[];
}
export interface SerfApi {
  event(name: string, payload?: Uint8Array | string, options?: { coalesce?: boolean }): void;
  query(
    name: string,
    payload?: Uint8Array | string,
    options?: SerfQueryOptions,
  ): Promise<SerfQueryResult>;
  events(options?: SubscribeOptions): Subscription<SerfEvent>;
  onEvent(listener: (event: SerfEvent) => void): () => void;
  onQuery(listener: (query: SerfQuery) => void): () => void;
  /** Tells the cluster that a failed member has left for good; `prune` forgets it at once. */
  forceLeave(name: string, options?: { prune?: boolean }): void;
  setTags(tags: Readonly<Record<string, string>>): void;
}

export interface KeyringApi {
  /** Base64 keys of this node, primary first. */
  list(): readonly string[];
  install(key: string): void;
  use(key: string): void;
  remove(key: string): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";
export interface Logger {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export interface NodeOptions {
  /** Unique in the cluster; 1 … 128 bytes. Default: hostname and suffix, kept in `dataDir`. */
  readonly name?: string;
  /** `host:port` to listen on, UDP and TCP. Default "127.0.0.1:7946". Port 0 = any free one. */
  readonly bind?: string;
  /** `host:port` told to others. Default: where it is bound. */
  readonly advertise?: string;
  readonly join?: readonly string[];
  /** `startNode` waits until so many addresses of `join` were joined. Default 0. */
  readonly joinMin?: number;
  readonly label?: string;
  /** Base64 AES keys of 16, 24 or 32 bytes; the first one seals. */
  readonly keys?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
  /** Timing. `swift` is `lan` that notices a death in half the time (docs/decisions). */
  readonly profile?: "lan" | "wan" | "local" | "swift";
  readonly wire?: "serf" | "memberlist";
  /** Seed of every die in the node; tests only. Default: from the system. */
  readonly seed?: number;
  /** `memoryNetwork()` for tests without sockets. Default: UDP and TCP. */
  readonly transport?: TransportFactory;
  readonly logger?: Logger;
  /** Aborting it stops the node, as `stop()` does. */
  readonly signal?: AbortSignal;
  /** Overrides single numbers of the membership slices (see docs/reference). */
  readonly swim?: Readonly<Record<string, number | string>>;
  readonly serf?: Readonly<Record<string, number | string>>;
  readonly reconnect?: Readonly<Record<string, number | string>>;
  readonly broadcast?: Readonly<Record<string, number | string>>;
  readonly links?: Readonly<Record<string, number | string>>;
  readonly antiEntropy?: Readonly<Record<string, number | string>>;
  /** Who stands in replica sets, and for how long when it is away. */
  readonly replicaSets?: Readonly<Record<string, number | string>>;
  /** The trees of topics with `via: "plumtree"`. */
  readonly plumtree?: Readonly<Record<string, number | string>>;
  /** Rumour mongering of topics with `via: "rumor"`. */
  readonly rumor?: Readonly<Record<string, number | string>>;
  /** Bounds of what this node remembers of topics, and how long it waits for their order. */
  readonly topics?: Readonly<Record<string, number | string>>;
}
/** Makes one transport for one node. Opaque to users. */
export interface TransportFactory {
  readonly name: string;
  create(): unknown;
}

/** Union of the messages of several topics, told apart by `tag`. */
export type MessageOf<T> =
  T extends Topic<infer _In, infer Out, infer Tag> ? TopicMessage<Out, Tag> : never;

/** A life of a node in the replica set of something; see docs/replica-sets.md. */
export interface ReplicaPlace {
  readonly name: string;
  readonly origin: Origin;
  readonly standing: "member" | "left" | "evicted" | "former" | "unknown";
  /** True while that very life is alive, as far as this node knows. */
  readonly alive: boolean;
  /** Of a member that is not alive: for how long, as this node saw it. */
  readonly awayMs?: number;
}

/** Who replicates something. */
export interface ReplicaSet {
  /** Such as `topic:Commit`. */
  readonly replica: string;
  /** The last life of each name, by name. */
  readonly places: readonly ReplicaPlace[];
  /** Updates that this node has seen; absent where it does not replicate it itself. */
  readonly seenCount?: number;
  /** Of these, how many all members are known to have seen. */
  readonly stableCount?: number;
}

export type ReplicaEvent =
  | {
      readonly kind: "announce" | "leave" | "evict";
      readonly replica: string;
      readonly origin: Origin;
    }
  /** This node was evicted: it has discarded what it kept, and lives on as `origin`. */
  | { readonly kind: "evicted"; readonly origin: Origin; readonly error: Error };

export interface Replicas {
  /** All that this node knows of, or the set of that name; a topic may be called by its tag. */
  list(name?: string): readonly ReplicaSet[];
  /**
   * Stops waiting for a member that will not come back. Should it come back all the same, it
   * discards what it kept of this replica and begins anew.
   * @throws HearsayError REPLICA_UNKNOWN, MEMBER_UNKNOWN, CONFIG_OPTION, NODE_STOPPED
   */
  evict(replica: string, name: string): ReplicaPlace;
  on(listener: (event: ReplicaEvent) => void): () => void;
}

export interface HearsayNode extends AsyncDisposable {
  readonly name: string;
  /** `ip:port` told to others. */
  readonly address: string;
  /** This life of the node; a higher former boot may raise it until the first publish. */
  readonly origin: Origin;
  /**
   * Resolves when the node has stopped: to undefined after `stop` or `leave`, else to what ended
   * it, such as a HearsayError NAME_TAKEN.
   */
  readonly closed: Promise<Error | undefined>;
  readonly members: Members;
  readonly serf: SerfApi;
  readonly keyring: KeyringApi;
  readonly replicas: Replicas;
  /**
   * Bare topics carry `unknown`; with a schema its input and output types are inferred. Who gives
   * the type by hand names the tag's, too, for `receive` tells topics apart by it:
   * `topic<Doom, "Doom">("Doom")`.
   */
  topic<Tag extends string, S extends StandardSchemaV1>(
    tag: Tag,
    options: TopicOptions<S> & { readonly schema: S },
  ): Topic<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>, Tag>;
  topic<V = unknown, Tag extends string = string>(
    tag: Tag,
    options?: TopicOptions<undefined>,
  ): Topic<V, V, Tag>;
  receive<const T extends readonly Topic<never, unknown, string>[]>(
    ...topics: T
  ): Subscription<MessageOf<T[number]>>;
  view(): ViewSnapshot;
  /** Joins now; resolves to how many addresses answered. @throws HearsayError JOIN_FAILED */
  join(address: string, options?: WaitOptions): Promise<number>;
  join(host: string, port: number, options?: WaitOptions): Promise<number>;
  /** Graceful: tells the others, waits until they were told, then stops. */
  leave(options?: WaitOptions): Promise<void>;
  /** Stops at once; to others it looks like a crash. Idempotent. */
  stop(): Promise<void>;
  /**
   * Resolves when this node's membership agrees with that of `peersCount` (3) random Hearsay peers,
   * asked for its digest; with none to ask, when it stood still for a second.
   * @throws HearsayError TIMEOUT, ABORTED, NODE_STOPPED
   */
  settled(options?: WaitOptions & { peersCount?: number }): Promise<void>;
  metrics(): Readonly<Record<string, number>>;
}
