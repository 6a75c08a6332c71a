/**
 * What users type: the public types of `startNode` and of a node. Implementations stand in the
 * files beside this one; the words here are the reference.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Origin } from "../core/peer.ts";
import type { AggregateReport, OpenAggregates } from "./aggregates/aggregates.api.ts";
import type {
  Certificate,
  EverywhereOptions,
  UpdateName,
} from "./certificates/certificates.api.ts";
import type { Crdts, CrdtsOptions } from "./crdts/crdts.api.ts";
import type { DetectorChoice } from "./detectors/detectors.api.ts";
import type { DiscoveryChoice } from "./discovery/discovery.api.ts";
import type { KeyringApi } from "./faces/keyring.api.ts";
import type { Members } from "./faces/members.api.ts";
import type { SerfApi } from "./faces/serf.api.ts";
import type { ViewSnapshot } from "./faces/views.api.ts";
import type { NodeHealth } from "./health/health.api.ts";
import type { InfoNetworkApi } from "./info-network/info-network.api.ts";
import type { Infos, InfosChoice } from "./infos/infos.api.ts";
import type { OpenLedger } from "./ledger/ledger.api.ts";
import type { Leader, LeaderOptions, Lock, LockStatus } from "./locks/locks.api.ts";
import type { Logger } from "./logger.api.ts";
import type { NodeMeasures } from "./measures.api.ts";
import type { MonitorChoice, NodeMonitorApi } from "./monitor/monitor.api.ts";
import type { OpenOperations } from "./operations/operations.api.ts";
import type { OpenOrderedLog } from "./ordered-log/ordered-log.api.ts";
import type { Order, OrdererChoice } from "./orderer/orderer.api.ts";
import type {
  DefinedQuery,
  NamedQueryOptions,
  Queries,
  QueryOptions,
  QueryRun,
} from "./queries/queries.api.ts";
import type { Replicas } from "./replicas/replicas.api.ts";
import type { Peer } from "./requests/requests.api.ts";
import type { Ring } from "./ring/ring.api.ts";
import type { OwnNodeState, StateChoice } from "./state/state.api.ts";
import type { MessageOf, Subscription, Topic, TopicOptions } from "./topics/topics.api.ts";
import type { Traces } from "./traces/traces.api.ts";
import type { MessageTracing } from "./tracing/tracing.api.ts";
import type { OpenVersions } from "./versions/versions.api.ts";
import type { WaitOptions } from "./wait.api.ts";

export type * from "./aggregates/aggregates.api.ts";
export type * from "./certificates/certificates.api.ts";
export type * from "./crdts/crdts.api.ts";
export type * from "./detectors/detectors.api.ts";
export type * from "./discovery/discovery.api.ts";
export type * from "./faces/keyring.api.ts";
export type * from "./faces/members.api.ts";
export type * from "./faces/serf.api.ts";
export type * from "./faces/views.api.ts";
export type * from "./health/health.api.ts";
export type * from "./info-network/info-network.api.ts";
export type * from "./infos/infos.api.ts";
export type * from "./ledger/ledger.api.ts";
export type * from "./links/links.api.ts";
export type * from "./locks/locks.api.ts";
export type * from "./logger.api.ts";
export type * from "./measures.api.ts";
export type * from "./monitor/monitor.api.ts";
export type * from "./operations/operations.api.ts";
export type * from "./ordered-log/ordered-log.api.ts";
export type * from "./orderer/orderer.api.ts";
export type * from "./queries/queries.api.ts";
export type * from "./reachability/reachability.api.ts";
export type * from "./replicas/replicas.api.ts";
export type * from "./requests/requests.api.ts";
export type * from "./ring/ring.api.ts";
export type * from "./state/state.api.ts";
export type * from "./topics/topics.api.ts";
export type * from "./traces/traces.api.ts";
export type * from "./tracing/tracing.api.ts";
export type * from "./versions/versions.api.ts";
export type * from "./wait.api.ts";

/** What `startNode` takes. All of it has a default. */
export interface NodeOptions {
  /** Unique in the cluster; 1 … 128 bytes. Default: hostname and suffix, kept in `dataDir`. */
  readonly name?: string;
  /** `host:port` to listen on, UDP and TCP. Default "127.0.0.1:7946". Port 0 = any free one. */
  readonly bind?: string;
  /** `host:port` told to others. Default: where it is bound. */
  readonly advertise?: string;
  readonly join?: readonly string[];
  /** Who knows where nodes are: `dnsDiscovery(name)` and others; see docs/discovery.md. */
  readonly discovery?: DiscoveryChoice;
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
  /** Bounds of `node.peer(name).request` and of what answers it. */
  readonly requests?: Readonly<Record<string, number | string>>;
  /** Bounds of `node.query` and of what answers it. */
  readonly queries?: Readonly<Record<string, number | string>>;
  /** Bounds of `everywhere`; see docs/certificates.md. */
  readonly certificates?: Readonly<Record<string, number | string>>;
  readonly antiEntropy?: Readonly<Record<string, number | string>>;
  /** Who stands in replica sets, and for how long when it is away. */
  readonly replicaSets?: Readonly<Record<string, number | string>>;
  /** The trees of topics with `via: "plumtree"`. */
  readonly plumtree?: Readonly<Record<string, number | string>>;
  /** Where trees get neighbours: "rings" (default) of all members; "hyparview": few, by links. */
  readonly overlay?: "rings" | "hyparview";
  readonly hyparview?: Readonly<Record<string, number | string>>;
  /**
   * Finds the dead beside SWIM, who alone decides: `phiAccrual({ … })` or `heartbeats({ … })`, for
   * `members.suspicion`. See docs/failure-detectors.md.
   */
  readonly detector?: DetectorChoice;
  /** When a path counts as cut, and how that spreads; see docs/reachability.md. */
  readonly reachability?: Readonly<Record<string, number | string>>;
  /** When this node says that it is busy, and what it makes of others; see docs/degraded.md. */
  readonly degraded?: Readonly<Record<string, number | string>>;
  /**
   * Who answers probes while the main thread is busy: nobody ("main", the default), or a thread of
   * its own ("worker"), as the options of the same name say; see docs/degraded.md.
   */
  readonly responder?: "main" | "worker" | Readonly<Record<string, number | string>>;
  /** Leases of locks and leaders. */
  readonly locks?: Readonly<Record<string, number | string>>;
  /** Rumour mongering of topics with `via: "rumor"`. */
  readonly rumor?: Readonly<Record<string, number | string>>;
  /** Takes part in infos from the start, and says how; without it, from their first use. */
  readonly infos?: InfosChoice;
  /** Takes part in per-node state from the start, and says how; without it, from its first use. */
  readonly state?: StateChoice;
  /**
   * Who brings ordered logs, locks and ledgers of this node into one order: `raft({ … })` or
   * `etcd({ … })`. Default: nobody, and a node has none of them. See docs/order.md.
   */
  readonly orderer?: OrdererChoice;
  /** Takes part in monitoring from the start, and says how, or never; see docs/monitoring.md. */
  readonly monitor?: MonitorChoice | "off";
  /** `await openTelemetry()`: a publish is one trace across nodes; see docs/tracing.md. */
  readonly tracing?: MessageTracing;
  /** Rounds, epochs and bounds of aggregates; the same on all nodes. */
  readonly aggregates?: Readonly<Record<string, number | string>>;
  /** Bounds of what this node remembers of topics, and how long it waits for their order. */
  readonly topics?: Readonly<Record<string, number | string>>;
  /** What this node remembers of the ways of messages; `keptMaxCount: 0`: nothing. */
  readonly traces?: Readonly<Record<string, number | string>>;
}
/** Makes one transport for one node. Opaque to users. */
export interface TransportFactory {
  readonly name: string;
  /** Called once, by the node that it is given to. */
  create(): unknown;
}

/** A running node. */
export interface HearsayNode extends AsyncDisposable, NodeMeasures {
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
  /** How well this process keeps up, by its own measure; see docs/degraded.md. */
  health(): NodeHealth;
  readonly serf: SerfApi;
  readonly keyring: KeyringApi;
  readonly replicas: Replicas;
  readonly infos: Infos;
  /** This node's own state, which all read as `member.state`, and the doors to that of others. */
  readonly state: OwnNodeState;
  /**
   * Of nodes whose infos go by gRPC.
   * @throws HearsayError CONFIG_OPTION where they do not
   */
  readonly infoNetwork: InfoNetworkApi;
  /**
   * Resolves when every living member of a view is known to have an update of a replica that is
   * open here, and says how that is known; see docs/certificates.md.
   * @throws NotEverywhereError with who is missing, when the time is over; HearsayError
   *   REPLICA_UNKNOWN, CONFIG_OPTION, QUEUE_FULL, ABORTED, NODE_STOPPED
   */
  everywhere(update: UpdateName, options?: EverywhereOptions): Promise<Certificate>;
  /** Opens a store of versions, and takes part in it from now on; see docs/versions.md. */
  readonly versions: OpenVersions;
  /** Opens an operation log, and takes part in it from now on; see docs/operations.md. */
  readonly operations: OpenOperations;
  /**
   * What the numbers of all nodes come to, without a coordinator: this node takes part from now on.
   * See docs/aggregates.md.
   * @throws HearsayError CONFIG_OPTION, STORE_FULL, NODE_STOPPED
   */
  readonly aggregate: OpenAggregates;
  /** What all nodes measure of themselves, and who is thought dead; see docs/monitoring.md. */
  readonly monitor: NodeMonitorApi;
  /** All aggregates that this node takes part in, and what is known of them. */
  aggregates(): AggregateReport[];
  /**
   * Who minds which key: a consistent-hash ring over the living Hearsay members; see docs/ring.md.
   * @throws HearsayError NODE_STOPPED
   */
  ring(): Ring;
  /** Opens an ordered log, on a node with the option `orderer`; see docs/ordered-log.md. */
  readonly orderedLog: OpenOrderedLog;
  /** Opens a ledger, on a node with the option `orderer`; see docs/ledger.md. */
  readonly ledger: OpenLedger;
  /**
   * The order that ordered logs, locks and ledgers share.
   * @throws HearsayError CONFIG_OPTION on a node without the option `orderer`
   */
  readonly order: Order;
  /**
   * A lock of the group that this node's order is of; see docs/locks.md.
   * @throws HearsayError CONFIG_OPTION on a node without the option `orderer`; NODE_STOPPED
   */
  lock(name: string): Lock;
  /**
   * The office of this name: this node stands for it from now on, unless it only observes. Asked
   * again, the same.
   * @throws HearsayError CONFIG_OPTION on a node without the option `orderer`; STORE_FULL,
   *   NODE_STOPPED
   */
  leader(name: string, options?: LeaderOptions): Leader;
  /**
   * The locks that are held and the leaders there are, as far as this node knows.
   * @throws HearsayError CONFIG_OPTION on a node without the option `orderer`; NODE_STOPPED
   */
  locks(): LockStatus[];
  /**
   * Opens a store of counters, sets, registers and maps that merge by themselves.
   * @throws HearsayError CONFIG_OPTION, STORE_CONFLICT, STORE_FULL, NODE_STOPPED
   */
  crdts(name: string, options?: CrdtsOptions): Crdts;
  /** Kinds of question for many nodes at once, and who answers them here; see docs/queries.md. */
  readonly queries: Queries;
  /**
   * Asks all nodes, or some, and gives their answers as they come. By name alone values are of any
   * kind; what `queries.define` returned has its own types.
   * @throws HearsayError CONFIG_OPTION, SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED,
   *   VALUE_TOO_LARGE, QUERY_TOO_LARGE, QUEUE_FULL, STORE_FULL, NODE_STOPPED
   */
  query<In, Reply>(
    query: Pick<DefinedQuery<In, unknown, never, Reply>, "name" | "ask">,
    value: In,
    options?: QueryOptions,
  ): QueryRun<Reply>;
  /** Asks by name alone: question and answers are of any kind. */
  query<Reply = unknown>(
    name: string,
    value?: unknown,
    options?: NamedQueryOptions,
  ): QueryRun<Reply>;
  /** The ways of messages, and the links they take; see docs/dashboard.md. */
  readonly traces: Traces;
  /** Another node, by name, to ask directly. It need not be a member yet. */
  peer(name: string): Peer;
  /**
   * Bare topics carry `unknown`; with a schema its input and output types are inferred. Who gives
   * the type by hand names the tag's, too, for `receive` tells topics apart by it:
   * `topic<Doom, "Doom">("Doom")`.
   */
  topic<Tag extends string, S extends StandardSchemaV1, R extends StandardSchemaV1>(
    tag: Tag,
    options: TopicOptions<S, R> & { readonly schema: S; readonly reply: R },
  ): Topic<
    StandardSchemaV1.InferInput<S>,
    StandardSchemaV1.InferOutput<S>,
    Tag,
    StandardSchemaV1.InferInput<R>,
    StandardSchemaV1.InferOutput<R>
  >;
  /** Opens a topic whose requests have no schema for their answers. */
  topic<Tag extends string, S extends StandardSchemaV1>(
    tag: Tag,
    options: TopicOptions<S> & { readonly schema: S },
  ): Topic<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>, Tag>;
  /** Opens a topic without a schema; its type is given by hand. */
  topic<V = unknown, Tag extends string = string, Reply = unknown>(
    tag: Tag,
    options?: TopicOptions<undefined>,
  ): Topic<V, V, Tag, Reply, Reply>;
  /** Reads several topics as one, in the order in which messages come. */
  receive<const T extends readonly Topic<never, unknown, string>[]>(
    ...topics: T
  ): Subscription<MessageOf<T[number]>>;
  /** Whom this node could send to now. */
  view(): ViewSnapshot;
  /** Joins now; resolves to how many addresses answered. @throws HearsayError JOIN_FAILED */
  join(address: string, options?: WaitOptions): Promise<number>;
  /** The same, with host and port apart. */
  join(host: string, port: number, options?: WaitOptions): Promise<number>;
  /**
   * Replaces the addresses of the option `join`: those that are new are tried until one has
   * answered; all are places to come back to. What discovery finds is not touched.
   * @throws HearsayError ADDRESS_INVALID, NODE_STOPPED
   */
  setJoin(addresses: readonly string[]): void;
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
}
