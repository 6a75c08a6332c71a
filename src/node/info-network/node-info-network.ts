import { type Address, addressKey } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { Env } from "../../core/env.ts";
import type {
  InfoNetworkTimer,
  StreamStatus,
} from "../../data/info-network/info-network.contract.ts";
import type { StampedInfo } from "../../data/info-network/info-network.messages.ts";
import { InfoNetwork } from "../../data/info-network/info-network.ts";
import { encodeInfoStatus } from "../../data/info-network/info-status.wire.ts";
import { nodeDescriptorCodec } from "../../data/info-network/node-descriptor.wire.ts";
import { openPayload } from "../../data/info-network/raw-bytes.ts";
import type { Logger } from "../api.ts";
import { asError } from "../error-text.ts";
import type { InfosBacking, InfosReader } from "../infos/infos-backing.contract.ts";
import type { NodeHost } from "../node-host.ts";
import type { BootstrapFile } from "./bootstrap-file.ts";
import { type GrpcChoice, uuidText } from "./grpc-choice.ts";
import type { GrpcStreams } from "./grpc-streams.ts";
import type { InfoLink, InfoNetworkReport } from "./info-network.api.ts";
import type { InfoNetworkPorts, InfoNetworkSeat } from "./info-network-seat.contract.ts";
import { MountedNetwork } from "./mounted-network.ts";
import { NetworkInfos, STAMP_STEP_NANOS } from "./network-infos.ts";
import type { NetworkValues } from "./network-values.ts";

type NetworkEnv = Env<never, InfoNetworkTimer>;

const CHANNEL = "infoNetwork";
const NETWORK = "tcp";

export interface NodeInfoNetworkParts {
  readonly choice: GrpcChoice;
  /** They listen already. */
  readonly streams: GrpcStreams;
  readonly values: NetworkValues;
  readonly bound: Address;
  /** Absent when the node has no disk. */
  readonly storage: BootstrapFile | undefined;
  readonly logger: Logger;
}

interface HostPorts {
  readonly host: NodeHost;
  /** Something after which the node cannot go on. */
  die(error: Error): void;
}

/** The info network of one node: the machine, its streams, and what its user sees of it. */
export class NodeInfoNetwork implements InfoNetworkSeat {
  readonly address: string;
  private readonly parts: NodeInfoNetworkParts;
  private readonly told: string;
  private sentinel: InfoNetworkReport["sentinel"];
  private takenBy: string | undefined;
  private attached: HostPorts | undefined;
  private opened: { readonly network: InfoNetwork; readonly ports: InfoNetworkPorts } | undefined;

  constructor(parts: NodeInfoNetworkParts) {
    this.parts = parts;
    this.address = addressKey(parts.bound);
    this.told = parts.choice.advertise ?? this.address;
    this.sentinel = parts.choice.sentinel;
  }

  /** It will run on this host. */
  attach(ports: HostPorts): void {
    this.attached = ports;
  }

  open(ports: InfoNetworkPorts): void {
    const { choice, streams } = this.parts;
    const { host } = this.ground;
    const mount = host.mount(
      CHANNEL,
      () => {},
      (env: NetworkEnv) => new MountedNetwork(this.made(env, ports)),
    );
    const { network } = mount;
    this.opened = { network, ports };
    streams.serve({
      listener: network,
      inStep: (body) => host.afterStep(() => this.runStep(body)),
      count: (name, by) => ports.count(`infoNetwork.${name}`, by),
    });
    network.subscribe(this.ear());
    host.step(() => {
      mount.start();
      if (choice.sentinel === "hold") network.holdSentinel();
    });
  }

  get values(): NetworkValues {
    return this.parts.values;
  }

  backing(reader: InfosReader): InfosBacking {
    const { host } = this.ground;
    return new NetworkInfos(this.seat.network, () => host.wallClock(), reader);
  }

  status(): InfoNetworkReport {
    const { network } = this.seat;
    const { connectivity, highWaterStamps, ...known } = network.status();
    return {
      nodeId: known.nodeId,
      clusterId: uuidText(known.clusterId),
      address: this.told,
      condition: known.condition,
      sentinel: this.sentinel,
      ...(this.takenBy !== undefined && { nodeIdTakenBy: this.takenBy }),
      linksMaxCount: known.peersMaxCount,
      outgoing: known.outgoing.map((stream) => this.linkOf(stream)),
      incoming: known.incoming.map((stream) => this.linkOf(stream)),
      refusedCount: known.refusedCount,
      nodes: known.nodes.map(({ address, nodeId }) => ({ nodeId, address: address.address })),
      connectivity: { sentinelNodeId: connectivity.sentinelNodeId, links: connectivity.edges },
      highWaterStamps: Object.fromEntries(highWaterStamps),
      infosCount: known.infosCount,
    };
  }

  statusBytes(): Uint8Array {
    const { network } = this.seat;
    const status = network.status();
    const held = [...network.held()].map(({ info, key }) => [key, info] as const);
    return encodeInfoStatus({
      ...status,
      infos: new Map(held),
      outgoing: status.outgoing.map((stream) => this.linkOf(stream)),
      incoming: status.incoming.map((stream) => this.linkOf(stream)),
    });
  }

  holdSentinel(): void {
    const { network, ports } = this.seat;
    ports.checkRunning();
    this.sentinel = "hold";
    this.ground.host.step(() => network.holdSentinel());
  }

  releaseSentinel(): void {
    const { network, ports } = this.seat;
    ports.checkRunning();
    this.sentinel = "follow";
    this.ground.host.step(() => network.releaseSentinel());
  }

  metrics(): Readonly<Record<string, number>> {
    if (this.opened === undefined) return {};
    const { condition, incoming, notices, outgoing } = this.opened.network.status();
    const { connections, streams } = this.parts.streams.counts;
    return {
      "infoNetwork.incoming": incoming.length,
      "infoNetwork.outgoing": outgoing.length,
      "infoNetwork.stalled": condition === "stalled" ? 1 : 0,
      "infoNetwork.streams": streams,
      "infoNetwork.connections": connections,
      "infoNetwork.noticesPending": notices.pendingCount,
      "infoNetwork.noticesLatencyMaxMs": notices.latencyMaxMs,
    };
  }

  async stop(): Promise<void> {
    const { attached, opened, parts } = this;
    if (opened !== undefined && attached?.host.isStopped === false) {
      attached.host.step(() => opened.network.stop());
    }
    await parts.streams.stop();
    await parts.storage?.close();
  }

  private get seat() {
    assert(this.opened !== undefined, "the info network has a node before it has users");
    return this.opened;
  }

  private get ground(): HostPorts {
    assert(this.attached !== undefined, "the info network has a host before it has a node");
    return this.attached;
  }

  private made(env: NetworkEnv, { count }: InfoNetworkPorts): InfoNetwork {
    const { choice, storage, streams, values } = this.parts;
    const { host } = this.ground;
    const wiring = {
      streams,
      descriptors: nodeDescriptorCodec,
      counters: { add: (name: string, by?: number) => count(`infoNetwork.${name}`, by) },
      afterStep: (body: () => void) => host.afterStep(body),
      accepts: (key: string, { rawBytes }: StampedInfo): boolean => {
        const opened = openPayload(key, rawBytes);
        return opened.status !== "ok" || values.accepts(key, opened.payload);
      },
      stampStepNanos: STAMP_STEP_NANOS,
      ...(storage && { storage }),
    };
    const { clusterId, network, nodeId, resolvers } = choice;
    const address = { network: NETWORK, address: this.told };
    // What a former life wrote may still be held by others: nobody here knows that it is not.
    const identity = { nodeId, clusterId, address, resolvers, life: "later" } as const;
    return new InfoNetwork({ env, wiring }, identity, network);
  }

  private ear() {
    const { logger } = this.parts;
    return {
      onStalled: () => logger.warn("info network: no sentinel is heard of; looking for others"),
      onUnstalled: () => logger.info("info network: the sentinel is heard of"),
      onNodeIdTaken: (address: string) => {
        this.takenBy = address;
        logger.error(`info network: ${address} goes by id ${this.parts.choice.nodeId} too`);
      },
    };
  }

  private runStep(body: () => void): void {
    const { host } = this.ground;
    if (host.isStopped) return;
    try {
      host.step(body);
    } catch (error) {
      this.ground.die(asError(error));
    }
  }

  private linkOf({ stream, ...status }: StreamStatus): InfoLink {
    const { received, sent } = this.parts.streams.bytesOf(stream);
    return { ...status, bytesSent: sent, bytesReceived: received };
  }
}
