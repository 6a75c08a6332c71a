import type { Env } from "../../core/env.ts";
import { BootstrapAddresses } from "./bootstrap-addresses.ts";
import { InfoBook } from "./info-book.ts";
import type {
  Connectivity,
  HeldInfo,
  InfoNetworkChore,
  InfoNetworkIdentity,
  InfoNetworkListener,
  InfoNetworkStatus,
  InfoNetworkTimer,
  InfoNetworkWiring,
  InfoReading,
  NodeDescriptor,
  SetOutcome,
  WatchWish,
} from "./info-network.contract.ts";
import {
  type InfoRequest,
  type InfoResponse,
  NO_NODE_ID,
  type StampedInfo,
} from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import type { InfoStreamId, InfoStreamListener, StreamEnd } from "./info-streams.contract.ts";
import { checkNodeId } from "./known-nodes.ts";
import { LinkKeeper } from "./link-keeper.ts";
import { connectivityOf } from "./network-status.ts";
import { CLUSTER_ID_KEY, SENTINEL_KEY } from "./own-infos.ts";
import { openPayload } from "./raw-bytes.ts";
import { type InfoSelf, isClusterIdKnown } from "./stream-side.ts";

export interface InfoNetworkHost {
  readonly env: Env<never, InfoNetworkTimer>;
  readonly wiring: InfoNetworkWiring;
}

/** Chores that come again and again differ by so much, so that nodes do not keep step. */
const JITTER_LEAST_RATIO = 0.75;
const JITTER_SPREAD_RATIO = 0.5;

/** A node's part in the info network: its infos, and the streams that carry them. [infostore] */
export class InfoNetwork implements InfoStreamListener {
  readonly options: InfoNetworkOptions;
  private readonly host: InfoNetworkHost;
  private readonly self: InfoSelf;
  private readonly book: InfoBook;
  private readonly addresses: BootstrapAddresses;
  private readonly links: LinkKeeper;
  private readonly listeners: InfoNetworkListener[] = [];
  private state: "new" | "running" | "stopped" = "new";
  private sentinel: "held" | "left" = "left";
  private isSentinelDue = false;
  private hasConnected = false;
  private hasRebuilt = false;
  private isSaveDue = false;
  private isIdTaken = false;
  private startedAt = 0n;
  private startedMs = 0;
  private hasRegained = false;
  /** Others hold stamps of a former life of this node up to here; 0: nothing to do. */
  private reissueUpTo = 0n;
  private reissuePauseMs = 0;
  private nextReissueMs = 0;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(host: InfoNetworkHost, identity: InfoNetworkIdentity, options: InfoNetworkOptions) {
    const { address, clusterId, life, nodeId, resolvers } = identity;
    if (nodeId !== NO_NODE_ID) checkNodeId(nodeId);
    const { env, wiring } = host;
    const { counters, storage, streams } = wiring;
    this.host = host;
    this.options = options;
    const own = life === "first" ? "told" : "withheld";
    this.self = { nodeId, clusterId, address, own, startedAt: 0n };
    this.book = new InfoBook(host, this.self, options, {
      onStored: (held) => this.onStored(held),
      onDescriptor: (descriptor, info) => this.onDescriptor(descriptor, info),
      onNodes: () => this.links.resize(),
    });
    this.addresses = new BootstrapAddresses(
      resolvers,
      { counters, storage, own: address.address, random: env.random },
      options,
    );
    const { store, nodes } = this.book;
    const ears = {
      onOwnStamp: (stamp: bigint) => this.onOwnStamp(stamp),
      onRegained: () => this.onRegained(),
    };
    this.links = new LinkKeeper({
      context: { env, streams, store, counters, options, self: this.self, ...ears },
      nodes,
      addresses: this.addresses,
      after: (chore, delayMs) => this.after(chore, delayMs),
      onEdge: (condition) => this.onEdge(condition),
    });
  }

  start(): void {
    const { clientsIntervalMs, descriptorIntervalMs, sweepIntervalMs } = this.options;
    this.state = "running";
    this.startedAt = this.book.clock.peek();
    this.self.startedAt = this.startedAt;
    this.startedMs = this.host.env.now();
    this.publishDescriptor();
    this.after("stall", this.jittered(this.options.stallIntervalMs));
    this.after("cull", this.jittered(this.options.cullIntervalMs));
    this.after("clients", clientsIntervalMs);
    this.after("descriptor", descriptorIntervalMs);
    this.after("sweep", sweepIntervalMs);
    this.links.poke();
  }

  /** Ends all streams; what is held can still be read. */
  stop(): void {
    this.state = "stopped";
    this.links.stop();
  }

  onTimer(timer: InfoNetworkTimer): void {
    if (this.state !== "running") return;
    if ("stream" in timer) this.links.onStreamTimer(timer);
    else this.onChore(timer.kind);
  }

  /** Who hears of the network itself. */
  subscribe(listener: InfoNetworkListener): void {
    this.listeners.push(listener);
  }

  /**
   * Once, where the node began without an id.
   * @throws HearsayError CONFIG_OPTION
   */
  setNodeId(nodeId: number): void {
    checkNodeId(nodeId);
    if (this.self.nodeId !== NO_NODE_ID) checkNodeId(Number.NaN);
    this.self.nodeId = nodeId;
    if (this.state === "running") this.publishDescriptor();
  }

  /**
   * From now on this node says that the network is whole, and publishes the cluster id where it is
   * missing. One node of a network does; its host decides which. Call in a step.
   */
  holdSentinel(): void {
    if (this.sentinel === "held") return;
    this.sentinel = "held";
    // If it held it just now, its turn comes anyway.
    if (!this.isSentinelDue) this.publishSentinel();
  }

  /** Another node says so from now on; the sentinel lives on for what is left of its time. */
  releaseSentinel(): void {
    this.sentinel = "left";
  }

  /** @param ttlMs 0: for ever. Call in a step. */
  set(key: string, payload: Uint8Array, ttlMs: number): SetOutcome {
    return this.book.set(key, payload, ttlMs);
  }

  /** Undefined when there was nothing to delete. Call in a step. */
  delete(key: string): SetOutcome | undefined {
    return this.book.delete(key);
  }

  /** With its checksum verified. */
  read(key: string): InfoReading {
    return this.book.read(key);
  }

  /** What has a value now, keys of the network among it. */
  held(): Iterable<HeldInfo> {
    return this.book.held();
  }

  /** Each key that was stored since and is held, deleted and expired ones too, by position. */
  heldSince(position: number): Iterable<HeldInfo> {
    return this.book.store.heldSince(position);
  }

  /** Position of what was stored last; 0 of nothing. */
  get lastPosition(): number {
    return this.book.store.lastPosition;
  }

  /**
   * @returns what ends it; one more notice may come
   * @throws HearsayError QUEUE_FULL
   */
  watch(wish: WatchWish): () => void {
    return this.book.watch(wish);
  }

  status(): InfoNetworkStatus {
    const { nodes, store, watchers } = this.book;
    return {
      nodeId: this.self.nodeId,
      clusterId: this.self.clusterId,
      condition: this.links.condition,
      peersMaxCount: nodes.peersMaxCount,
      outgoing: this.links.outgoing.status(),
      incoming: this.links.incoming.status(),
      refusedCount: this.links.incoming.refusedCount,
      nodes: nodes.list(),
      connectivity: this.connectivity(),
      highWaterStamps: new Map(store.highWater),
      infosCount: store.size,
      notices: { pendingCount: watchers.pendingCount, latencyMaxMs: watchers.latencyMaxMs },
    };
  }

  connectivity(): Connectivity {
    return connectivityOf(this.book.store);
  }

  onAccepted(stream: InfoStreamId): void {
    if (this.state === "running") this.links.incoming.onAccepted(stream);
    else this.host.wiring.streams.end(stream, "UNAVAILABLE");
  }

  onRequest(stream: InfoStreamId, request: InfoRequest): void {
    this.links.incoming.onRequest(stream, request);
    this.links.wantTighten();
  }

  onResponse(stream: InfoStreamId, response: InfoResponse): void {
    this.links.onResponse(stream, response);
  }

  onWritable(stream: InfoStreamId): void {
    this.links.side(stream)?.onWritable();
  }

  onEnd(stream: InfoStreamId, _why: StreamEnd): void {
    this.links.onEnd(stream);
  }

  private onChore(chore: InfoNetworkChore): void {
    switch (chore) {
      case "stall":
        this.after(chore, this.jittered(this.options.stallIntervalMs));
        this.tellOwn();
        this.reissue();
        this.restamp();
        return this.links.tend();
      case "cull":
        this.after(chore, this.jittered(this.options.cullIntervalMs));
        return this.links.cull();
      case "clients":
        this.after(chore, this.options.clientsIntervalMs);
        return this.book.own.publishClients(this.links.outgoing.peerIds());
      case "descriptor":
        this.after(chore, this.options.descriptorIntervalMs);
        return this.publishDescriptor();
      case "sweep":
        this.after(chore, this.options.sweepIntervalMs);
        return this.book.store.sweep();
      case "sentinel":
        this.isSentinelDue = false;
        return this.publishSentinel();
      case "bootstrap":
        return this.links.onRested();
      case "tighten":
        return this.links.tighten();
    }
  }

  private publishDescriptor(): void {
    const { descriptors } = this.host.wiring;
    this.book.own.publishDescriptor((descriptor) => descriptors.encode(descriptor));
  }

  private publishSentinel(): void {
    if (this.sentinel !== "held") return;
    this.isSentinelDue = true;
    this.after("sentinel", this.options.sentinelIntervalMs);
    this.book.own.publishClusterId();
    this.book.own.publishSentinel();
  }

  private onRegained(): void {
    this.hasRegained = true;
    this.tellOwn();
  }

  /**
   * Whoever has the sentinel is of the network, and has sent what the network holds; another one
   * may have begun anew as well. That is not waited for by who holds it, nor for ever.
   */
  private tellOwn(): void {
    if (this.self.own === "told") return;
    const isOfNetwork = this.sentinel === "held" || this.links.hasSentinel;
    const waitedMs = this.host.env.now() - this.startedMs;
    const isLate = waitedMs >= this.options.regainWaitMs;
    if (!isLate && !(this.hasRegained && isOfNetwork)) return;
    this.self.own = "told";
    this.links.onNews();
  }

  private onStored({ info, key }: HeldInfo): void {
    this.links.onNews();
    if (key === SENTINEL_KEY) this.tellOwn();
    if (key === SENTINEL_KEY && this.links.condition === "stalled") this.links.review();
    if (key === CLUSTER_ID_KEY && !this.hasConnected) this.onClusterId(info);
  }

  private onClusterId({ rawBytes }: StampedInfo): void {
    const reading = openPayload(CLUSTER_ID_KEY, rawBytes);
    if (reading.status !== "ok") return;
    this.hasConnected = true;
    if (!isClusterIdKnown(this.self.clusterId)) this.self.clusterId = reading.payload.slice();
    this.tell((listener) => listener.onConnected?.(this.self.clusterId));
  }

  private onDescriptor(descriptor: NodeDescriptor, info: StampedInfo): void {
    const { address, nodeId, startedAt = 0n } = descriptor;
    // Whatever it says of its life, it has said it in that life.
    if (startedAt <= info.origStamp) this.book.store.beginLife(nodeId, startedAt);
    const isOther = address.address !== this.self.address.address;
    if (nodeId === this.self.nodeId && isOther && info.wallTime > this.startedAt) {
      if (this.isIdTaken) return;
      this.isIdTaken = true;
      this.host.wiring.counters.add("nodeIdTaken");
      this.tell((listener) => listener.onNodeIdTaken?.(address.address));
    }
    this.addresses.learn(address.address);
    this.saveSoon();
  }

  private onEdge(condition: "connected" | "stalled"): void {
    if (condition === "stalled") {
      this.host.wiring.counters.add("stalls");
      this.tell((listener) => listener.onStalled?.());
      return;
    }
    this.tell((listener) => listener.onUnstalled?.());
    if (this.hasRebuilt) return;
    this.hasRebuilt = true;
    this.addresses.rebuild(this.book.nodes.addresses());
    this.saveSoon();
  }

  /** One write for all that a step has taught. */
  private saveSoon(): void {
    if (!this.addresses.mustSave || this.isSaveDue) return;
    this.isSaveDue = true;
    this.host.wiring.afterStep(() => {
      this.isSaveDue = false;
      this.addresses.save();
    });
  }

  private onOwnStamp(stamp: bigint): void {
    const { store } = this.book;
    if (stamp <= store.issuedMax || stamp <= this.reissueUpTo) return;
    if (store.ratchetOwn(stamp)) this.reissueUpTo = stamp;
  }

  /**
   * After longer and longer pauses, however often somebody says that it holds greater stamps: a
   * node that has begun anew needs it once or twice, two nodes of one id would never end.
   */
  private reissue(): void {
    const now = this.host.env.now();
    if (this.reissueUpTo === 0n || now < this.nextReissueMs) return;
    const { descriptorIntervalMs, stallIntervalMs } = this.options;
    const pauseMs = Math.min(2 * this.reissuePauseMs, descriptorIntervalMs);
    this.reissuePauseMs = Math.max(stallIntervalMs, pauseMs);
    this.nextReissueMs = now + this.reissuePauseMs;
    this.book.store.reissueOwn(this.reissueUpTo);
    if (!this.isIdTaken) this.self.startedAt = this.reissueUpTo + 1n;
    this.reissueUpTo = 0n;
    this.publishDescriptor();
  }

  /** Two nodes of one id would do so to each other for ever. */
  private restamp(): void {
    if (this.self.own === "told" && !this.isIdTaken) this.book.store.restampOwn();
  }

  private after(chore: InfoNetworkChore, delayMs: number): void {
    this.host.env.setTimer({ kind: chore }, delayMs);
  }

  private jittered(intervalMs: number): number {
    return intervalMs * (JITTER_LEAST_RATIO + JITTER_SPREAD_RATIO * this.host.env.random.real());
  }

  private tell(what: (listener: InfoNetworkListener) => void): void {
    this.host.wiring.afterStep(() => {
      for (const listener of this.listeners) what(listener);
    });
  }
}
