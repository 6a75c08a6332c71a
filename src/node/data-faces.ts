import { replicaSetDefaults } from "../data/replica-set/replica-set.options.ts";
import { AggregatesFace } from "./aggregates/aggregates-face.ts";
import { NodeCertificates } from "./certificates/node-certificates.ts";
import type { DataFace, DataParts } from "./data-face.ts";
import { InfosFace } from "./infos/infos-face.ts";
import { LedgersFace } from "./ledger/ledgers-face.ts";
import { LocksFace } from "./locks/locks-face.ts";
import { MonitorFace } from "./monitor/monitor-face.ts";
import { OperationsFace } from "./operations/operations-face.ts";
import { OrderedLogsFace } from "./ordered-log/ordered-logs-face.ts";
import { OrderFace } from "./orderer/order-face.ts";
import { NodeReplicas } from "./replicas/node-replicas.ts";
import type { NodeRequests } from "./requests/requests.ts";
import { requestsOf } from "./requests/requests-of.ts";
import { RingFace } from "./ring/ring-face.ts";
import type { SpreadWay } from "./stack/spreads.ts";
import { StatesFace } from "./state/states-face.ts";
import { TopicsFace } from "./topics/topics-face.ts";
import { TracesFace } from "./traces/traces-face.ts";
import { VersionsFace } from "./versions/versions-face.ts";

/** All that a node keeps together with others, as users see it: one face for each kind of data. */
export class DataFaces {
  readonly replicas: NodeReplicas;
  readonly certificates: NodeCertificates;
  readonly topics: TopicsFace;
  readonly requests: NodeRequests;
  readonly infos: InfosFace;
  readonly states: StatesFace;
  readonly versions: VersionsFace;
  readonly operations: OperationsFace;
  readonly aggregates: AggregatesFace;
  readonly monitors: MonitorFace;
  readonly rings: RingFace;
  readonly locks: LocksFace;
  readonly order: OrderFace;
  readonly orderedLogs: OrderedLogsFace;
  readonly ledgers: LedgersFace;
  readonly traces: TracesFace;
  private readonly all: DataFace[] = [];

  constructor(parts: DataParts) {
    const { logger, ports, slices, stack, store } = parts;
    const { replicaSets: options = replicaSetDefaults } = slices;
    this.replicas = new NodeReplicas({ ...ports, options, logger, store, stack });
    this.order = new OrderFace(parts);
    const kept = { ...parts, replicas: this.replicas.book, order: this.order };
    this.certificates = this.with(new NodeCertificates(kept));
    const shared = { ...kept, certificates: this.certificates };
    this.topics = this.with(new TopicsFace(shared, () => this.orderedLogs.opener));
    this.requests = requestsOf(shared, (tag) => this.topics.book.find(tag));
    this.traces = this.with(new TracesFace(shared));
    this.infos = this.with(new InfosFace(shared));
    this.states = this.with(new StatesFace(shared));
    this.versions = this.with(new VersionsFace(shared));
    this.operations = this.with(new OperationsFace(shared, () => this.orderedLogs));
    this.aggregates = this.with(new AggregatesFace(shared));
    this.monitors = this.with(new MonitorFace(shared));
    this.rings = this.with(new RingFace(shared));
    this.orderedLogs = this.with(new OrderedLogsFace(shared));
    this.ledgers = this.with(new LedgersFace(shared, this.orderedLogs));
    this.locks = this.with(new LocksFace(shared));
    // Behind all that lives in it.
    this.with(this.order);
  }

  /** The stack stands, and the node is not joined to anybody yet. */
  open(): void {
    this.requests.open();
    for (const face of this.all) face.open?.();
  }

  /** A peer speaks of something that this node does not take part in. */
  onUnknownReplica(way: SpreadWay, name: string): void {
    this.all.some((face) => face.onUnknownReplica?.(way, name));
  }

  /** A peer compares a replica with this node, which has not enrolled it. */
  onComparedReplica(name: string): void {
    this.all.some((face) => face.onComparedReplica?.(name));
  }

  /** What only this node has is handed over, and nobody need wait for it any more. */
  async leave(): Promise<void> {
    await Promise.all(this.all.map(async (face) => face.handOver?.()));
    await this.replicas.book.leave();
  }

  /** In a step, while the links still stand: what waits for the order ends. */
  stopOrder(): void {
    this.order.stop();
    this.orderedLogs.stop();
  }

  metrics(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = { "replicas.missing": this.replicas.book.missingCount };
    for (const face of this.all) Object.assign(counts, face.metrics?.());
    return counts;
  }

  close(): void {
    for (const face of this.all) face.close();
    this.replicas.book.close();
  }

  private with<Face extends DataFace>(face: Face): Face {
    this.all.push(face);
    return face;
  }
}
