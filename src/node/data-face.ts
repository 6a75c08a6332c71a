import type { Origin } from "../core/peer.ts";
import type { StackHost } from "../core/stack-host.ts";
import type { Enrolled } from "../exchange/enrolled.ts";
import type { InfosChoice, Logger, Members, StateChoice } from "./api.ts";
import type { NodeCertificates } from "./certificates/node-certificates.ts";
import type { InfoNetworkSeat } from "./info-network/info-network-seat.contract.ts";
import type { MonitorChoice } from "./monitor/monitor.api.ts";
import type { ProcessSensors } from "./monitor/process-sensors.ts";
import type { NodePorts } from "./node-ports.ts";
import type { NodeStore } from "./node-store.ts";
import type { OrderFace } from "./orderer/order-face.ts";
import type { OrderChosen } from "./orderer/orderer.contract.ts";
import type { ReplicaBook } from "./replicas/replica-book.ts";
import type { SpreadWay } from "./stack/spreads.ts";
import type { StackOptions } from "./stack/stack.contract.ts";
import type { Stack } from "./stack/stack.ts";
import type { MessageTracing } from "./tracing/tracing.api.ts";

/** What a node is made of, as far as its data is concerned. */
export interface DataParts {
  readonly name: string;
  readonly host: StackHost;
  readonly ports: NodePorts;
  readonly slices: StackOptions;
  readonly logger: Logger;
  /** Absent when the node has no disk. */
  readonly store?: NodeStore | undefined;
  /** Absent when the user did not speak of infos. */
  readonly infos?: InfosChoice | undefined;
  /** Absent when the user did not speak of state. */
  readonly state?: StateChoice | undefined;
  /** Absent when infos travel by gossip. */
  readonly infoNetwork?: InfoNetworkSeat | undefined;
  /** Absent when the user did not speak of monitoring. */
  readonly monitor?: MonitorChoice | "off" | undefined;
  /** Absent where the node is no process. */
  readonly processSensors?: ProcessSensors | undefined;
  /** What the host counted, by name. */
  readonly hostCounts: () => Readonly<Record<string, number>>;
  /** Absent when the node has no order. */
  readonly orderer?: OrderChosen | undefined;
  /** Absent where nobody wants traces. */
  readonly tracing?: MessageTracing | undefined;
  /** Made after this. */
  readonly stack: () => Stack;
  readonly members: () => Members;
  /** Living Hearsay members but this node, at most `count` of them, as the dice fall. */
  readonly somePeers: (count: number) => readonly string[];
  /** Something after which the node cannot go on. */
  readonly die: (error: unknown) => void;
  /** Who ends waits when the node stops. */
  readonly enders: Set<(error: Error) => void>;
}

/** The same with what all kinds of data share. */
export interface FaceParts extends DataParts {
  readonly replicas: ReplicaBook;
  /** What lives in the node's order says so here. */
  readonly order: OrderFace;
  /** Waits until what is kept here is everywhere. */
  readonly certificates: NodeCertificates;
}

/** One kind of data on a node, as the node drives it. */
export interface DataFace {
  /** The stack stands, and the node is not joined to anybody yet. */
  open?(): void;
  /** A peer speaks of a replica that is not open here. True when it is of this kind. */
  onUnknownReplica?(way: SpreadWay, name: string): boolean;
  /** A peer compares a replica that is not enrolled here. True when it is of this kind. */
  onComparedReplica?(name: string): boolean;
  /** The node is about to leave: what only it has is handed over to others. */
  handOver?(): Promise<void>;
  metrics?(): Readonly<Record<string, number>>;
  close(): void;
}

/** What a replica on a node needs of it. */
export interface ReplicaPorts extends NodePorts {
  /** Absent when the node has no disk. */
  readonly store: NodeStore | undefined;
  /** Takes this node's place in replica sets, and knows who else has one. */
  readonly replicas: ReplicaBook;
  /** Who ends waits when the node stops. */
  readonly enders: Set<(error: Error) => void>;
  readonly origin: () => Origin;
  readonly certificates: NodeCertificates;
  enrol(enrolled: Enrolled): void;
  /** What is new here is pushed along trees at once; anti-entropy brings what they lose. */
  enrolInTrees(enrolled: Enrolled): void;
  enrolIn(way: SpreadWay, enrolled: Enrolled): void;
  /** Begins rounds of anti-entropy with these nodes now, or with so many random ones. */
  readonly compareWith: (names: readonly string[]) => void;
  readonly compareNow: (peersCount: number) => void;
}

export function replicaPorts(parts: FaceParts): ReplicaPorts {
  const { certificates, enders, ports, replicas, stack, store } = parts;
  return {
    ...ports,
    certificates,
    enders,
    replicas,
    store,
    origin: () => stack().origin,
    enrol: (enrolled) => stack().enrol(enrolled),
    enrolInTrees: (enrolled) => stack().enrolIn("plumtree", enrolled),
    enrolIn: (way, enrolled) => stack().enrolIn(way, enrolled),
    compareWith: (names) => stack().compareWith(names),
    compareNow: (peersCount) => stack().compareNow(peersCount),
  };
}
