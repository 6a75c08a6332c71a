import type { Env } from "../../core/env.ts";
import type { InfoNetworkTimer, InfoNetworkWiring, StreamStatus } from "./info-network.contract.ts";
import {
  type HighWaterStamps,
  type InfoMap,
  NO_NODE_ID,
  type UnresolvedAddress,
} from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import type { InfoStreamId, InfoStreams } from "./info-streams.contract.ts";
import { mergeStamps } from "./stamp-maps.ts";
import type { StampStore } from "./stamp-store.ts";
import { infoBytes, infoMaxBytes } from "./stamped-info.ts";
import { StreamLedger } from "./stream-ledger.ts";

export const CLUSTER_ID_BYTES = 16;

/** No bytes and nothing but zeros both mean "not known". [infostore §1] */
export function isClusterIdKnown(clusterId: Uint8Array): boolean {
  return clusterId.some((byte) => byte !== 0);
}

/** Who this node is; some of it may be learnt later. */
export interface InfoSelf {
  nodeId: number;
  clusterId: Uint8Array;
  readonly address: UnresolvedAddress;
  /** All that it wrote in this life is stamped so, or later. 0: nothing is written yet. */
  startedAt: bigint;
  /**
   * Whether others are told infos of its own, and which stamps of its own it has. Before it has
   * regained what it wrote in a former life they would keep that back: from this node, by its
   * stamps, and from others that have begun anew, by its infos. [infostore §4, loopback hole]
   */
  own: "withheld" | "told";
}

/** What every stream of a node needs. */
export interface StreamContext {
  readonly env: Env<never, InfoNetworkTimer>;
  readonly streams: InfoStreams;
  readonly store: StampStore;
  readonly counters: InfoNetworkWiring["counters"];
  readonly options: InfoNetworkOptions;
  readonly self: InfoSelf;
  /** Others hold stamps of this node's own up to this one. */
  onOwnStamp(stamp: bigint): void;
  /** All that somebody else holds has come. */
  onRegained(): void;
}

/**
 * One end of a stream: what it sends, and when. Either end waits a little for more news, then sends
 * what the other end lacks, and nothing when there is none. [infostore §5]
 */
export abstract class StreamSide {
  readonly id: InfoStreamId;
  readonly ledger: StreamLedger;
  readonly openedAtMs: number;
  /** Of the other end; `NO_NODE_ID` until it has said so. */
  peerId = NO_NODE_ID;
  protected readonly context: StreamContext;
  private lastHeardMs: number;
  /** "deaf": news do not matter yet. "blocked": the other end reads too slowly. */
  private sending: "deaf" | "idle" | "waiting" | "blocked" = "deaf";

  constructor(context: StreamContext, id: InfoStreamId) {
    this.context = context;
    this.id = id;
    this.ledger = new StreamLedger(context.store);
    this.openedAtMs = context.env.now();
    this.lastHeardMs = this.openedAtMs;
  }

  protected abstract write(infos: InfoMap, stamps: HighWaterStamps): void;
  abstract get address(): string;

  get silentMs(): number {
    return this.context.env.now() - this.lastHeardMs;
  }

  get ageMs(): number {
    return this.context.env.now() - this.openedAtMs;
  }

  get isListening(): boolean {
    return this.sending !== "deaf";
  }

  get status(): StreamStatus {
    const { infosReceived, infosSent } = this.ledger;
    const { address, ageMs, id: stream, peerId: nodeId } = this;
    return { stream, nodeId, address, ageMs, infosSent, infosReceived };
  }

  /** From now on it sends what is stored. */
  listen(): void {
    if (this.sending !== "deaf") return;
    this.sending = "idle";
  }

  /** It sends nothing any more. */
  mute(): void {
    this.sending = "deaf";
  }

  /** There may be something to send. */
  onNews(): void {
    if (this.sending === "idle") this.sendIn(this.context.options.infosBatchDelayMs);
  }

  onSendTimer(): void {
    if (this.sending === "waiting") this.trySend();
  }

  onWritable(): void {
    if (this.sending === "blocked") this.trySend();
  }

  /** What the other end has told of itself; the first id that it gives is its id. */
  protected hear(nodeId: number, stamps: HighWaterStamps): void {
    const { counters, self } = this.context;
    counters.add("messagesReceived");
    this.lastHeardMs = this.context.env.now();
    if (this.peerId === NO_NODE_ID) this.peerId = nodeId;
    mergeStamps(this.ledger.remoteStamps, stamps, this.context);
    const own = stamps.get(self.nodeId);
    if (own !== undefined) this.context.onOwnStamp(own);
  }

  protected combine(delta: InfoMap): void {
    const { counters, store } = this.context;
    if (delta.size === 0) return;
    this.ledger.infosReceived += delta.size;
    counters.add("infosReceived", delta.size);
    counters.add("infosFresh", store.combine(delta, this.peerId));
  }

  /** The other end's first infos are all here, so what this node wrote before is among them. */
  protected regain(delta: InfoMap): void {
    const { options, self, store } = this.context;
    if (self.own === "told") return;
    // A receipt may come before the infos: there are some as long as the other end has later ones.
    const theirs = this.ledger.remoteStamps.get(self.nodeId) ?? 0n;
    if (delta.size === 0 && theirs > (store.highWater.get(self.nodeId) ?? 0n)) return;
    // What was cut had no room for one more.
    const fullBytes = options.deltaMaxBytes - infoMaxBytes(options);
    let bytes = 0;
    for (const [key, info] of delta) bytes += infoBytes(key, info);
    if (bytes <= fullBytes) this.context.onRegained();
  }

  /** As much as a message takes; the rest follows. */
  protected takePortion(): InfoMap {
    const { counters, options } = this.context;
    const { infos, isCut } = this.ledger.takePortion(options.deltaMaxBytes, this.withheld);
    counters.add("infosSent", infos.size);
    if (isCut) this.sendIn(0);
    return infos;
  }

  protected takeStamps(): HighWaterStamps {
    return this.ledger.takeStamps(this.withheld);
  }

  private get withheld(): number | undefined {
    const { self } = this.context;
    return self.own === "withheld" ? self.nodeId : undefined;
  }

  private sendIn(delayMs: number): void {
    this.sending = "waiting";
    this.context.env.setTimer({ kind: "send", stream: this.id }, delayMs);
  }

  private trySend(): void {
    if (!this.context.streams.isWritable(this.id)) {
      this.sending = "blocked";
      return;
    }
    this.sending = "idle";
    const infos = this.takePortion();
    if (infos.size > 0) this.write(infos, this.takeStamps());
  }
}
