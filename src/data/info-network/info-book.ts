import { sameBytes } from "../../core/bytes.ts";
import type {
  HeldInfo,
  InfoReading,
  NodeDescriptor,
  SetOutcome,
  WatchWish,
} from "./info-network.contract.ts";
import type { StampedInfo } from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import type { InfoNetworkHost } from "./info-network.ts";
import { InfoWatchers } from "./info-watchers.ts";
import { KnownNodes } from "./known-nodes.ts";
import { CLUSTER_ID_KEY, keyRefusal, OwnInfos } from "./own-infos.ts";
import { DELETED_BYTES, openPayload, sealPayload } from "./raw-bytes.ts";
import { StampClock } from "./stamp-clock.ts";
import { StampStore } from "./stamp-store.ts";
import { nanosOf } from "./stamped-info.ts";
import { CLUSTER_ID_BYTES, type InfoSelf, isClusterIdKnown } from "./stream-side.ts";

/** Hears what the infos say of the network itself, in the step. */
export interface InfoBookListener {
  onStored(held: HeldInfo): void;
  onDescriptor(descriptor: NodeDescriptor, info: StampedInfo): void;
  /** More or fewer nodes are known. */
  onNodes(): void;
}

/** What a node holds, writes and watches: the half of the network that knows of no streams. */
export class InfoBook {
  readonly store: StampStore;
  readonly own: OwnInfos;
  readonly nodes: KnownNodes;
  readonly watchers: InfoWatchers;
  readonly clock: StampClock;
  private readonly host: InfoNetworkHost;
  private readonly self: InfoSelf;
  private readonly options: InfoNetworkOptions;
  private readonly listener: InfoBookListener;

  constructor(
    host: InfoNetworkHost,
    self: InfoSelf,
    options: InfoNetworkOptions,
    listener: InfoBookListener,
  ) {
    const { env, wiring } = host;
    const { counters } = wiring;
    this.host = host;
    this.self = self;
    this.options = options;
    this.listener = listener;
    const wallNanos = () => wiring.wallNanos?.() ?? nanosOf(env.wallClock());
    this.clock = new StampClock(wallNanos, wiring.stampStepNanos);
    this.store = new StampStore(
      {
        clock: this.clock,
        counters,
        nodeId: () => self.nodeId,
        accepts: (key, info) => this.accepts(key, info),
        listener: {
          onStored: (held, kind) => this.onStored(held, kind),
          onExpired: (held) => this.onExpired(held),
        },
      },
      options,
    );
    this.own = new OwnInfos({ store: this.store, clock: this.clock, self }, options);
    this.nodes = new KnownNodes(wiring, options);
    this.watchers = new InfoWatchers(
      { counters, now: () => env.now(), afterStep: (body) => wiring.afterStep(body) },
      options,
    );
  }

  set(key: string, payload: Uint8Array, ttlMs: number): SetOutcome {
    const refusal = keyRefusal(key, ttlMs, this.options);
    if (refusal !== undefined) return { status: refusal };
    return this.own.write(key, sealPayload(key, payload), ttlMs);
  }

  delete(key: string): SetOutcome | undefined {
    const held = this.store.getInfo(key);
    if (held === undefined || held.info.rawBytes.length === 0) return undefined;
    const refusal = keyRefusal(key, this.options.deletionTtlMs, this.options);
    if (refusal !== undefined) return { status: refusal };
    return this.own.write(key, DELETED_BYTES, this.options.deletionTtlMs);
  }

  read(key: string): InfoReading {
    const held = this.store.getInfo(key);
    if (held === undefined) return { status: "absent" };
    const { info } = held;
    const reading = openPayload(key, info.rawBytes);
    if (reading.status === "deleted") return { status: "absent" };
    return reading.status === "corrupt" ? { status: "corrupt", info } : { ...reading, info };
  }

  *held(): IterableIterator<HeldInfo> {
    for (const one of this.store.held()) if (one.info.rawBytes.length > 0) yield one;
  }

  watch(wish: WatchWish): () => void {
    return this.watchers.add(wish, this.held());
  }

  /** Another cluster's id is not taken, nor is a deletion of ours. */
  private accepts(key: string, info: StampedInfo): boolean {
    const { wiring } = this.host;
    if (key === CLUSTER_ID_KEY && !this.isOwnCluster(info)) {
      wiring.counters.add("infoOfOtherCluster");
      return false;
    }
    return wiring.accepts?.(key, info) ?? true;
  }

  private isOwnCluster({ rawBytes }: StampedInfo): boolean {
    const { clusterId } = this.self;
    const reading = openPayload(CLUSTER_ID_KEY, rawBytes);
    if (reading.status !== "ok" || reading.payload.length !== CLUSTER_ID_BYTES) return false;
    return !isClusterIdKnown(clusterId) || sameBytes(reading.payload, clusterId);
  }

  private onStored(held: HeldInfo, kind: "changed" | "redundant"): void {
    const before = this.nodes.count;
    const descriptor = this.nodes.onStored(held);
    if (this.nodes.count !== before) this.listener.onNodes();
    this.watchers.onNotice({ ...held, kind });
    if (descriptor !== undefined) this.listener.onDescriptor(descriptor, held.info);
    this.listener.onStored(held);
  }

  private onExpired(held: HeldInfo): void {
    const before = this.nodes.count;
    this.nodes.onExpired(held);
    if (this.nodes.count !== before) this.listener.onNodes();
    // That a deletion is forgotten is no news: the key had no value.
    if (held.info.rawBytes.length > 0) this.watchers.onNotice({ ...held, kind: "expired" });
  }
}
