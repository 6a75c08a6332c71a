import { HearsayError } from "../core/errors.ts";
import type { HybridTime } from "../core/hybrid-clock.ts";
import { resolveOptions } from "../core/options.ts";
import { infoDefaults } from "../data/info/info.options.ts";
import { nodeStateDefaults } from "../data/node-state/node-state.options.ts";
import {
  operationUpdateBytes,
  operationUpdateCodec,
} from "../data/operation-log/operation-log.wire.ts";
import { replicaSetDefaults } from "../data/replica-set/replica-set.options.ts";
import { versionUpdateBytes, versionUpdateCodec } from "../data/version-tree/version-tree.wire.ts";
import type { Publication } from "../exchange/broadcast/broadcast.ts";
import type { Enrolled } from "../exchange/enrolled.ts";
import type { InfoNetworkApi, InfosChoice, Logger, StateChoice, WriteResult } from "./api.ts";
import { CrdtBook } from "./crdts/crdt-book.ts";
import { CRDTS_PREFIX } from "./crdts/node-crdts.ts";
import type { InfoNetworkSeat } from "./info-network/info-network-seat.contract.ts";
import { GossipInfos, INFOS_REPLICA } from "./infos/gossip-infos.ts";
import { InfoValues } from "./infos/info-values.ts";
import type { InfosReader } from "./infos/infos-backing.contract.ts";
import { NodeInfos } from "./infos/node-infos.ts";
import { linksDefaults } from "./links/links.options.ts";
import type { NodePorts } from "./node-ports.ts";
import type { NodeStore } from "./node-store.ts";
import { OPERATIONS_PREFIX, OperationBook } from "./operations/operation-book.ts";
import { operationsDefaults } from "./operations/operations.options.ts";
import { NodeReplicas } from "./replicas/node-replicas.ts";
import { requestsDefaults } from "./requests/requests.options.ts";
import { NodeRequests } from "./requests/requests.ts";
import { type SpreadWay, spreadCounts } from "./stack/spreads.ts";
import type { StackOptions } from "./stack/stack.contract.ts";
import type { Stack } from "./stack/stack.ts";
import { NodeStates } from "./state/node-states.ts";
import { HistoryBook, TOPIC_PREFIX } from "./topics/history-book.ts";
import { type RelayedKind, type RelayNumbers, StoreRelays } from "./topics/store-relays.ts";
import { TopicBook } from "./topics/topic-book.ts";
import { type TopicsOptions, topicsDefaults } from "./topics/topics.options.ts";
import { VERSIONS_PREFIX } from "./versions/node-versions.ts";
import { VersionBook, type VersionBookPorts, versionMetrics } from "./versions/version-book.ts";
import { versionsDefaults } from "./versions/versions.options.ts";

const relayedVersions: RelayedKind = {
  sizeOf: versionUpdateBytes,
  codec: versionUpdateCodec,
  isSane: (update) => typeof update === "object" && update !== null && !isNameless(update),
};
const relayedOperations: RelayedKind = {
  sizeOf: operationUpdateBytes,
  codec: operationUpdateCodec,
  isSane: () => true,
};
/** Names, numbers and contexts beside the value of a write. [guess] */
const BESIDE_VALUE_BYTES = 131_072;

export interface DataFacesParts {
  readonly name: string;
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
  /** Made after this. */
  readonly stack: () => Stack;
  /** Who ends waits when the node stops. */
  readonly enders: Set<(error: Error) => void>;
}

/** All that a node keeps together with others, as users see it: topics, infos, replica sets. */
export class DataFaces {
  readonly replicas: NodeReplicas;
  readonly infos: NodeInfos;
  readonly topics: TopicBook;
  readonly requests: NodeRequests;
  readonly versions: VersionBook;
  readonly crdts: CrdtBook;
  readonly states: NodeStates;
  private readonly parts: DataFacesParts;
  private readonly histories: HistoryBook;
  readonly operations: OperationBook;
  private readonly versionRelays: StoreRelays;
  private readonly operationRelays: StoreRelays;

  constructor(parts: DataFacesParts) {
    const { logger, ports, slices, stack, store } = parts;
    this.parts = parts;
    const { replicaSets: options = replicaSetDefaults } = slices;
    this.replicas = new NodeReplicas({ ...ports, options, logger, store, stack });
    this.histories = this.makeHistories();
    this.topics = this.makeTopics();
    this.requests = new NodeRequests({
      ...ports,
      name: parts.name,
      options: slices.requests ?? requestsDefaults,
      links: () => stack().links,
      isMember: (name) => stack().swim.members.get(name) !== undefined,
      topic: (tag) => this.topics.find(tag),
    });
    this.infos = parts.infos?.via === "grpc" ? this.makeNetworkInfos() : this.makeInfos();
    this.states = this.makeStates();
    const versions = this.versionPorts();
    this.versions = new VersionBook(versions);
    this.crdts = new CrdtBook(versions);
    this.operations = this.makeOperations();
    this.versionRelays = this.makeRelays(versionsDefaults, relayedVersions);
    this.operationRelays = this.makeRelays(operationsDefaults, relayedOperations);
  }

  /** @throws HearsayError CONFIG_OPTION where infos travel by gossip */
  get infoNetwork(): InfoNetworkApi {
    const { infoNetwork } = this.parts;
    if (infoNetwork !== undefined) return infoNetwork;
    const fix = 'start the node with infos: { via: "grpc", nodeId, listen, … } to have one';
    throw new HearsayError("CONFIG_OPTION", `infos travel by gossip here; ${fix}.`);
  }

  /** A peer speaks of something that this node does not take part in. */
  onUnknownReplica(way: SpreadWay, name: string): void {
    if (name === INFOS_REPLICA) this.onInfosElsewhere();
    else if (isOfVersions(name)) this.versionRelays.open(way, name);
    else if (name.startsWith(OPERATIONS_PREFIX)) this.operationRelays.open(way, name);
    else this.topics.onUnknownReplica(way, name);
  }

  /** The stack stands, and the node is not joined to anybody yet. */
  open(): void {
    this.requests.open();
    this.operations.start();
    this.parts.infoNetwork?.open(this.parts.ports);
    if (this.parts.infos !== undefined) this.infos.open();
    this.states.recover();
    if (this.parts.state !== undefined) this.states.open();
  }

  /** What only this node has is handed over, and nobody need wait for it any more. */
  async leave(): Promise<void> {
    await this.operations.handOver();
    await this.replicas.book.leave();
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      "topics.open": this.topics.openCount,
      "topics.relayed": this.histories.relaysCount,
      "replicas.missing": this.replicas.book.missingCount,
      ...this.infos.metrics(),
      ...this.parts.infoNetwork?.metrics(),
      ...versionMetrics([...this.versions.replicas, ...this.crdts.replicas]),
      ...this.states.metrics(),
    };
  }

  close(): void {
    this.histories.close();
    this.infos.close();
    this.versions.close();
    this.operations.close();
    this.crdts.close();
    this.states.close();
    this.versionRelays.close();
    this.operationRelays.close();
    this.replicas.book.close();
    this.topics.close();
  }

  private makeHistories(): HistoryBook {
    const { ports, slices, stack, store } = this.parts;
    return new HistoryBook({
      ...ports,
      options: slices.topics ?? topicsDefaults,
      valueMaxBytes: slices.broadcast.valueMaxBytes,
      store,
      origin: () => stack().origin,
      enrol: (enrolled) => stack().enrol(enrolled),
      enrolIn: (way, enrolled) => stack().enrolIn(way, enrolled),
      takeTurn: () => stack().takeTurn(),
      observe: (clock) => stack().clock.observe(clock),
      replicas: this.replicas.book,
    });
  }

  private makeInfos(): NodeInfos {
    const { infos: choice = {}, ports, slices, stack, store } = this.parts;
    const origin = () => stack().origin;
    const gossip = {
      ...ports,
      options: slices.infos ?? infoDefaults,
      store,
      origin,
      enrol: (enrolled: Enrolled) => stack().enrol(enrolled),
      enrolInTrees: (enrolled: Enrolled) => stack().enrolIn("plumtree", enrolled),
      replicas: this.replicas.book,
    };
    const openBacking = (reader: InfosReader) => new GossipInfos(gossip, reader);
    return new NodeInfos({ ...ports, values: new InfoValues(choice), origin, openBacking });
  }

  private makeNetworkInfos(): NodeInfos {
    const { infoNetwork, ports, stack } = this.parts;
    if (infoNetwork === undefined) {
      const rule = "needs sockets, and this host has none of its own: leave infos.via out";
      throw new HearsayError("CONFIG_OPTION", `infos.via "grpc" ${rule}.`);
    }
    const { values } = infoNetwork;
    const openBacking = (reader: InfosReader) => infoNetwork.backing(reader);
    const origin = () => stack().origin;
    return new NodeInfos({ ...ports, values, origin, openBacking });
  }

  /** Of infos by gRPC this node's share in those of others by gossip is none. */
  private onInfosElsewhere(): void {
    if (this.parts.infoNetwork === undefined) this.infos.open();
  }

  private makeStates(): NodeStates {
    const { name, ports, slices, stack, state = {}, store } = this.parts;
    return new NodeStates({
      ...ports,
      name,
      options: slices.nodeState ?? resolveOptions("state", nodeStateDefaults),
      values: state,
      store,
      origin: () => stack().origin,
      write: (body) => stack().write(body),
      openLayer: (states, options) => stack().state.open(states, options),
      standingOf: (member) => stack().state.standingOf(member),
      renewLife: (floor) => stack().renewLife(ports.wallClock(), floor),
    });
  }

  private versionPorts(): VersionBookPorts {
    const { enders, ports, slices, stack, store } = this.parts;
    const { messageMaxBytes } = slices.links ?? linksDefaults;
    return {
      ...ports,
      enders,
      numbers: versionsDefaults,
      valueMaxBytes: messageMaxBytes - BESIDE_VALUE_BYTES,
      store,
      origin: () => stack().origin,
      enrol: (enrolled) => stack().enrol(enrolled),
      enrolInTrees: (enrolled) => {
        this.versionRelays.release(enrolled.name);
        stack().enrolIn("plumtree", enrolled);
      },
      compareWith: (names) => stack().compareWith(names),
      compareNow: (peersCount) => stack().compareNow(peersCount),
      replicas: this.replicas.book,
    };
  }

  private makeOperations(): OperationBook {
    const { enders, ports, stack, store } = this.parts;
    return new OperationBook({
      ...ports,
      enders,
      numbers: operationsDefaults,
      store,
      origin: () => stack().origin,
      clock: () => stack().clock,
      links: () => stack().links,
      enrol: (enrolled) => stack().enrol(enrolled),
      enrolInTrees: (enrolled) => {
        this.operationRelays.release(enrolled.name);
        stack().enrolIn("plumtree", enrolled);
      },
      compareWith: (names) => stack().compareWith(names),
      compareNow: (peersCount) => stack().compareNow(peersCount),
      replicas: this.replicas.book,
    });
  }

  private makeRelays(numbers: RelayNumbers, kind: RelayedKind): StoreRelays {
    const { ports, stack } = this.parts;
    return new StoreRelays({
      ...ports,
      numbers,
      kind,
      origin: () => stack().origin,
      enrolIn: (way, enrolled) => stack().enrolIn(way, enrolled),
    });
  }

  private makeTopics(): TopicBook {
    const { histories } = this;
    const { ports, stack } = this.parts;
    return new TopicBook({
      ...ports,
      openHistory: (...asked) => histories.open(...asked),
      openRecent: (reader, order) => histories.openRecent(reader, order),
      frontier: (tag, order) => histories.frontier(tag, order),
      enrol: (way, tag, replica) => histories.enrol(way, tag, replica),
      relay: (way, tag) => histories.relay(way, tag),
      takeRelays: (tag) => histories.takeRelays(tag),
      checkSpreadRoom: (way, bytesCount) => stack().checkSpreadRoom(way, bytesCount),
      publishing: publishing(this.parts.slices.topics ?? topicsDefaults),
      spreadCounts: (tag) => spreadCounts(stack().spreads, `${TOPIC_PREFIX}${tag}`),
      inStep: (write) => this.inStep(write),
      spread: (publication) => this.spread(publication),
    });
  }

  /** What a history keeps is on disk before anybody hears of it. */
  private spread(publication: Publication): WriteResult["dot"] {
    const { stack, store } = this.parts;
    const mustWait = store !== undefined && publication.historySeq !== undefined;
    const how = mustWait ? "onRelease" : "now";
    const rumor = stack().publish({ ...publication, spread: how });
    if (mustWait) store.afterWrites(() => stack().release(rumor));
    return { origin: rumor.origin, seq: rumor.historySeq ?? rumor.seq };
  }

  private inStep<R>(write: (clock: HybridTime) => R): R {
    const { ports, stack } = this.parts;
    ports.checkRunning();
    return stack().write(() => write(stack().clock.now()));
  }
}

function publishing(options: TopicsOptions) {
  const { publishRetryMs, publishWaitingMaxBytes, publishWaitingMaxCount } = options;
  return {
    retryIntervalMs: publishRetryMs,
    waitingMaxCount: publishWaitingMaxCount,
    waitingMaxBytes: publishWaitingMaxBytes,
  };
}

/** Such a replica can be passed on without being open here. */
function isOfVersions(name: string): boolean {
  return name.startsWith(VERSIONS_PREFIX) || name.startsWith(CRDTS_PREFIX);
}

function isNameless(update: object): boolean {
  return "key" in update && update.key === "";
}
