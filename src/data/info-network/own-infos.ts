import { encodeUtf8, utf8ByteLength } from "../../core/text.ts";
import type { InfoRefusal, NodeDescriptor, SetOutcome } from "./info-network.contract.ts";
import { NO_NODE_ID } from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import { sealPayload } from "./raw-bytes.ts";
import type { StampClock } from "./stamp-clock.ts";
import { NODE_PREFIX, type StampStore } from "./stamp-store.ts";
import { nanosOf } from "./stamped-info.ts";
import type { InfoSelf } from "./stream-side.ts";

export const CLUSTER_ID_KEY = "cluster-id";
export const SENTINEL_KEY = "sentinel";
export const CLIENTS_PREFIX = "gossip-clients:";
/** Followed by an id, keys of one node, which outlive it if they never expire. [infostore §9] */
const PER_NODE = /^(?:store|liveness|health-alert|distsql-version|distsql-draining):[0-9]+$/;
/** What is said again and again lives for two intervals. [infostore §7] */
const LIVES = 2;
const NOTHING = new Uint8Array(0);

/** What the users of a node may not do with a key; undefined when they may write it. */
export function keyRefusal(
  key: string,
  ttlMs: number,
  options: InfoNetworkOptions,
): InfoRefusal | undefined {
  if (key === "" || utf8ByteLength(key) > options.keyMaxBytes) return "keyInvalid";
  if (key === CLUSTER_ID_KEY || key === SENTINEL_KEY) return "keyReserved";
  if (key.startsWith(NODE_PREFIX) || key.startsWith(CLIENTS_PREFIX)) return "keyReserved";
  if (!Number.isFinite(ttlMs) || ttlMs < 0) return "ttlInvalid";
  return ttlMs === 0 && PER_NODE.test(key) ? "ttlRequired" : undefined;
}

/** What a node writes: for its users, and what keeps the network together. [infostore §7, §9] */
export class OwnInfos {
  private readonly store: StampStore;
  private readonly clock: StampClock;
  private readonly self: InfoSelf;
  private readonly options: InfoNetworkOptions;

  constructor(
    parts: { readonly store: StampStore; readonly clock: StampClock; readonly self: InfoSelf },
    options: InfoNetworkOptions,
  ) {
    this.store = parts.store;
    this.clock = parts.clock;
    this.self = parts.self;
    this.options = options;
  }

  /** @param ttlMs 0: for ever */
  write(key: string, rawBytes: Uint8Array, ttlMs: number): SetOutcome {
    if (this.self.nodeId === NO_NODE_ID) return { status: "noNodeId" };
    if (rawBytes.length > this.options.valueMaxBytes) return { status: "valueTooLarge" };
    if (!this.overtakes(key)) return { status: "overtaken" };
    // Half a millisecond is not for ever.
    const ttlNanos = ttlMs === 0 ? 0n : nanosOf(Math.max(1, ttlMs));
    const outcome = this.store.addInfo(key, this.store.newInfo(rawBytes, ttlNanos));
    const held = this.store.peekInfo(key);
    if (outcome !== "added" || held === undefined) return { status: "storeFull" };
    return { status: "stored", held };
  }

  publishDescriptor(encode: (descriptor: NodeDescriptor) => Uint8Array): void {
    const { address, nodeId, startedAt } = this.self;
    const { descriptorIntervalMs } = this.options;
    if (nodeId === NO_NODE_ID) return;
    const payload = encode({ nodeId, address, startedAt });
    this.publish(`${NODE_PREFIX}${nodeId}`, payload, LIVES * descriptorIntervalMs);
  }

  publishClients(peerIds: readonly number[]): void {
    const { nodeId } = this.self;
    if (nodeId === NO_NODE_ID) return;
    const payload = encodeUtf8(peerIds.join(","));
    const ttlMs = LIVES * this.options.clientsIntervalMs;
    this.publish(`${CLIENTS_PREFIX}${nodeId}`, payload, ttlMs);
  }

  publishSentinel(): void {
    this.publish(SENTINEL_KEY, NOTHING, this.options.sentinelTtlMs);
  }

  /** Where nobody has done so. */
  publishClusterId(): void {
    const { clusterId } = this.self;
    if (clusterId.length > 0 && this.store.getInfo(CLUSTER_ID_KEY) === undefined) {
      this.publish(CLUSTER_ID_KEY, clusterId, 0);
    }
  }

  private publish(key: string, payload: Uint8Array, ttlMs: number): void {
    this.write(key, sealPayload(key, payload), ttlMs);
  }

  /**
   * A write here takes the place of what is held here, also where that was stamped by a clock ahead
   * of this one: stamps go on from there, as far as this node follows.
   */
  private overtakes(key: string): boolean {
    const held = this.store.peekInfo(key);
    if (held === undefined) return true;
    const limit = this.clock.wall() + nanosOf(this.options.ratchetAheadMaxMs);
    if (held.info.wallTime > limit) return false;
    this.clock.ratchet(held.info.wallTime);
    return true;
  }
}
