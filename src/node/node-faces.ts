import type { StandardSchemaV1 } from "@standard-schema/spec";
import type {
  AggregateReport,
  Certificate,
  Crdts,
  CrdtsOptions,
  DefinedQuery,
  EverywhereOptions,
  InfoNetworkApi,
  LeaderOptions,
  Lock,
  LockStatus,
  MessageOf,
  NamedQueryOptions,
  NodeHealth,
  OpenAggregates,
  OpenLedger,
  OpenOperations,
  OpenOrderedLog,
  OpenVersions,
  Peer,
  Queries,
  QueryOptions,
  QueryRun,
  Ring,
  Subscription,
  Topic,
  TopicOptions,
  Traces,
  UpdateName,
} from "./api.ts";
import type { DataFaces } from "./data-faces.ts";
import type { HealthWatch } from "./health/node-health.ts";
import type { NodeInfos } from "./infos/node-infos.ts";
import type { LinkReport } from "./links/links.api.ts";
import type { NodeLeader } from "./locks/node-leader.ts";
import type { NodeMonitor } from "./monitor/node-monitor.ts";
import type { NodeMeters } from "./node-meters.ts";
import type { NodeOrder } from "./orderer/node-order.ts";
import type { NodeQueries } from "./queries/node-queries.ts";
import type { NodeReplicas } from "./replicas/node-replicas.ts";
import type { NodeStates } from "./state/node-states.ts";

/** The doors of a node to its data, as `HearsayNode` names them. */
export abstract class NodeFaces {
  protected abstract readonly data: DataFaces;
  protected abstract readonly asking: NodeQueries;
  protected abstract readonly healthWatch: HealthWatch;
  protected abstract readonly meters: NodeMeters;

  health(): NodeHealth {
    return this.healthWatch.report();
  }

  metrics(): Readonly<Record<string, number>> {
    return this.meters.metrics();
  }

  counts(): Readonly<Record<string, number>> {
    return this.meters.counts();
  }

  links(): LinkReport[] {
    return this.meters.links();
  }

  get replicas(): NodeReplicas {
    return this.data.replicas;
  }

  get state(): NodeStates {
    return this.data.states.states;
  }

  get infos(): NodeInfos {
    return this.data.infos.infos;
  }

  get infoNetwork(): InfoNetworkApi {
    return this.data.infos.network;
  }

  async everywhere(update: UpdateName, options?: EverywhereOptions): Promise<Certificate> {
    return this.data.certificates.everywhere(update, options);
  }

  get versions(): OpenVersions {
    return this.data.versions.versions.opener;
  }

  get operations(): OpenOperations {
    return this.data.operations.opener;
  }

  get aggregate(): OpenAggregates {
    return this.data.aggregates.opener;
  }

  get traces(): Traces {
    return this.data.traces;
  }

  ring(): Ring {
    return this.data.rings.get();
  }

  get monitor(): NodeMonitor {
    return this.data.monitors.monitor;
  }

  aggregates(): AggregateReport[] {
    return this.data.aggregates.reports();
  }

  get orderedLog(): OpenOrderedLog {
    return this.data.orderedLogs.opener;
  }

  get ledger(): OpenLedger {
    return this.data.ledgers.opener;
  }

  get order(): NodeOrder {
    return this.data.order.order;
  }

  lock(name: string): Lock {
    return this.data.locks.lock(name);
  }

  leader(name: string, options?: LeaderOptions): NodeLeader {
    return this.data.locks.leader(name, options);
  }

  locks(): LockStatus[] {
    return this.data.locks.list();
  }

  crdts(name: string, options?: CrdtsOptions): Crdts {
    return this.data.versions.crdts.open(name, options);
  }

  peer(name: string): Peer {
    return this.data.requests.peer(name);
  }

  get queries(): Queries {
    return this.asking.book;
  }

  query<In, Reply>(
    query: Pick<DefinedQuery<In, unknown, never, Reply>, "name" | "ask">,
    value: In,
    options?: QueryOptions,
  ): QueryRun<Reply>;
  query<Reply = unknown>(
    name: string,
    value?: unknown,
    options?: NamedQueryOptions,
  ): QueryRun<Reply>;
  query(which: unknown, value?: unknown, options: NamedQueryOptions = {}): unknown {
    const { codec, ...rest } = options;
    return this.asking.book.called(which, codec).ask(value, rest);
  }

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
  topic<Tag extends string, S extends StandardSchemaV1>(
    tag: Tag,
    options: TopicOptions<S> & { readonly schema: S },
  ): Topic<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>, Tag>;
  topic<V = unknown, Tag extends string = string, Reply = unknown>(
    tag: Tag,
    options?: TopicOptions<undefined>,
  ): Topic<V, V, Tag, Reply, Reply>;
  topic(
    tag: string,
    options?: TopicOptions<StandardSchemaV1 | undefined, StandardSchemaV1 | undefined>,
  ): unknown {
    return this.data.topics.book.open(tag, options);
  }

  receive<const T extends readonly Topic<never, unknown, string>[]>(
    ...topics: T
  ): Subscription<MessageOf<T[number]>>;
  receive(...topics: readonly Topic<never, unknown, string>[]): unknown {
    return this.data.topics.book.receive(topics);
  }
}
