import type { BootstrapAddresses } from "./bootstrap-addresses.ts";
import { IncomingStreams } from "./incoming-streams.ts";
import type { InfoNetworkChore, InfoNetworkTimer } from "./info-network.contract.ts";
import { type InfoResponse, NO_NODE_ID } from "./info-network.messages.ts";
import type { InfoStreamId } from "./info-streams.contract.ts";
import type { KnownNodes } from "./known-nodes.ts";
import type { DialReason, OutgoingStream } from "./outgoing-stream.ts";
import { OutgoingStreams } from "./outgoing-streams.ts";
import { SENTINEL_KEY } from "./own-infos.ts";
import type { StreamContext, StreamSide } from "./stream-side.ts";

/** A link is left alone for so many times the interval of culling. [infostore §8] */
const UNCULLED_INTERVALS = 2;

type StreamTimer = Extract<InfoNetworkTimer, { readonly stream: InfoStreamId }>;

export interface KeeperParts {
  readonly context: StreamContext;
  readonly nodes: KnownNodes;
  readonly addresses: BootstrapAddresses;
  /** Runs a chore after a while; a chore is under way once at most. */
  readonly after: (chore: InfoNetworkChore, delayMs: number) => void;
  /** Whether this node is cut off has changed. */
  readonly onEdge: (condition: "connected" | "stalled") => void;
}

/**
 * Decides which streams a node opens and closes: to begin with, when it is cut off, when a node is
 * too far away, and when there are more than needed. [infostore §8]
 */
export class LinkKeeper {
  readonly outgoing: OutgoingStreams;
  readonly incoming: IncomingStreams;
  private readonly parts: KeeperParts;
  private readonly context: StreamContext;
  /** Nobody is connected before it was. */
  condition: "connected" | "stalled" = "stalled";
  /** Whether another address is to be dialled when the last dial is long enough ago. */
  private dialing: "idle" | "resting" | "poked" = "idle";
  /** Streams that were opened since this node is cut off. */
  private readonly trials = new Set<InfoStreamId>();
  /** Likewise whether somebody is to be looked for who is too far away. */
  private tightening: "idle" | "due" | "resting" | "wanted" = "idle";

  constructor(parts: KeeperParts) {
    this.parts = parts;
    this.context = parts.context;
    this.incoming = new IncomingStreams(parts.context);
    this.outgoing = new OutgoingStreams(parts.context, (stream, forward) =>
      this.onParted(stream, forward),
    );
  }

  stop(): void {
    this.outgoing.endAll();
    this.incoming.endAll();
  }

  side(id: InfoStreamId): StreamSide | undefined {
    return this.outgoing.find(id) ?? this.incoming.find(id);
  }

  /** Something was stored: there may be more to send on each stream. */
  onNews(): void {
    this.outgoing.onNews();
    this.incoming.onNews();
  }

  onStreamTimer({ kind, stream }: StreamTimer): void {
    if (kind === "send") this.side(stream)?.onSendTimer();
    else if (kind === "grace") this.incoming.onGraceTimer(stream);
    else this.outgoing.find(stream)?.onFirstAnswerTimer();
  }

  onEnd(id: InfoStreamId): void {
    this.incoming.forget(id);
    this.outgoing.forget(id);
  }

  onResponse(id: InfoStreamId, response: InfoResponse): void {
    const stream = this.outgoing.find(id);
    if (stream === undefined) return;
    this.parts.addresses.onAnswered(stream.address);
    this.outgoing.onResponse(id, response, this);
    this.wantTighten();
  }

  isIncoming(nodeId: number): boolean {
    return this.incoming.seats.has(nodeId);
  }

  isOutgoing(nodeId: number): boolean {
    return this.outgoing.seats.has(nodeId);
  }

  /** Both directions get as many places as a network of that size needs. */
  resize(): void {
    const { peersMaxCount } = this.parts.nodes;
    this.outgoing.seats.maxCount = peersMaxCount;
    this.incoming.seats.maxCount = peersMaxCount;
  }

  /** Is this node cut off? If so, another address is dialled. */
  review(): void {
    const isStalled = this.isCutOff();
    if (isStalled !== (this.condition === "stalled")) {
      this.condition = isStalled ? "stalled" : "connected";
      // What there is when the sentinel comes is the network.
      this.trials.clear();
      this.parts.onEdge(this.condition);
    }
    if (isStalled) this.poke();
  }

  /** What is done now and then: silent streams end, and this node asks whether it is cut off. */
  tend(): void {
    this.outgoing.endIdle();
    this.incoming.endIdle();
    this.review();
    if (this.condition === "connected") this.shed();
  }

  /** Dials the next address, unless the last dial was just now. */
  poke(): void {
    if (this.dialing === "idle") this.bootstrap();
    else this.dialing = "poked";
  }

  onRested(): void {
    const wasPoked = this.dialing === "poked";
    this.dialing = "idle";
    if (wasPoked) this.bootstrap();
  }

  /** Infos have come: somebody may be too far away. */
  wantTighten(): void {
    if (this.tightening === "resting") this.tightening = "wanted";
    if (this.tightening !== "idle") return;
    this.tightening = "due";
    this.parts.after("tighten", 0);
  }

  /** Opens a stream to the farthest node, if it is too far. */
  tighten(): void {
    const wasResting = this.tightening === "resting";
    this.tightening = "idle";
    if (wasResting || !this.outgoing.seats.hasSpace) return;
    const { counters, env, options, store } = this.context;
    const distant = store.mostDistant((nodeId) => this.isDialled(nodeId), env.random);
    if (distant !== undefined && distant.hops > options.hopsMaxCount) {
      const address = this.parts.nodes.addressOf(distant.nodeId);
      if (address !== undefined && this.dial(address, { cause: "tighten", forwardsCount: 0 })) {
        counters.add("tightened");
        return;
      }
    }
    // Nothing was needed: not before a while.
    this.tightening = "resting";
    this.parts.after("tighten", options.tightenIntervalMs);
  }

  /** Closes the least useful stream, if there is no room for another one. */
  cull(): void {
    if (this.outgoing.seats.hasSpace) return;
    const { env, options, store } = this.context;
    const { sentinelPeer } = this;
    const leastAgeMs = UNCULLED_INTERVALS * options.cullIntervalMs;
    // Who was culled as soon as it had bridged two parts would make them part for ever.
    const candidates = [...this.outgoing.all()].filter(
      ({ ageMs, peerId }) =>
        peerId !== NO_NODE_ID && peerId !== sentinelPeer && ageMs >= leastAgeMs,
    );
    const origins = store.originsBy(candidates.map(({ peerId }) => peerId));
    let least: OutgoingStream | undefined;
    for (const stream of env.random.shuffle(candidates)) {
      if (least === undefined || isLessUseful(stream, least, origins)) least = stream;
    }
    if (least !== undefined) this.outgoing.end(least, { why: "ok", count: "culled" });
  }

  private isCutOff(): boolean {
    if (!this.hasSentinel) return true;
    const connections = this.outgoing.size + this.incoming.seats.size;
    return connections === 0 && this.parts.addresses.count > 0;
  }

  /** Who told this node of the sentinel last. */
  private get sentinelPeer(): number {
    return this.context.store.getInfo(SENTINEL_KEY)?.info.peerId ?? NO_NODE_ID;
  }

  get hasSentinel(): boolean {
    return this.context.store.getInfo(SENTINEL_KEY) !== undefined;
  }

  private isDialled(nodeId: number): boolean {
    if (this.outgoing.seats.has(nodeId)) return true;
    const address = this.parts.nodes.addressOf(nodeId);
    return address !== undefined && this.outgoing.hasAddress(address);
  }

  private bootstrap(): void {
    const { options } = this.context;
    if (this.outgoing.size > 0 && this.hasSentinel) return;
    this.dialing = "resting";
    this.parts.after("bootstrap", options.bootstrapIntervalMs);
    this.endTrials();
    if (this.outgoing.bootstrapDialsCount < options.bootstrapDialsMaxCount) this.dialNext();
  }

  private dialNext(): void {
    const { incoming, outgoing } = this;
    const next = this.parts.addresses.takeNext(
      this.context.env.now(),
      (address) => outgoing.hasAddress(address) || incoming.hasAddress(address),
    );
    if (next !== undefined) this.dial(next, { cause: "bootstrap", forwardsCount: 0 });
  }

  /**
   * Who has answered and had no sentinel to send is cut off as well. If such streams stayed, nodes
   * that are cut off would take up all places, and leave none for whoever comes.
   */
  private endTrials(): void {
    for (const id of [...this.trials]) {
      const stream = this.outgoing.find(id);
      if (stream === undefined) this.trials.delete(id);
      else if (stream.hasAnswered) this.outgoing.end(stream, { why: "ok", count: "unhelpful" });
    }
  }

  /** Places above the bound are for those who look for one; the youngest gives it back. */
  private shed(): void {
    const { seats } = this.outgoing;
    if (seats.size <= seats.maxCount) return;
    let youngest: OutgoingStream | undefined;
    for (const stream of this.outgoing.all()) {
      if (!stream.hasAnswered || stream.peerId === this.sentinelPeer) continue;
      if (youngest === undefined || stream.ageMs < youngest.ageMs) youngest = stream;
    }
    if (youngest !== undefined) this.outgoing.end(youngest, { why: "ok", count: "culled" });
  }

  private dial(address: string, reason: DialReason): boolean {
    const id = this.outgoing.dial(address, reason);
    if (id === undefined) return false;
    if (this.condition === "stalled") this.trials.add(id);
    return true;
  }

  private onParted(stream: OutgoingStream, forward: string | undefined): void {
    const { counters, env, options } = this.context;
    if (!stream.hasAnswered) this.parts.addresses.onSilent(stream.address, env.now());
    if (forward !== undefined) {
      const forwardsCount = stream.place.forwardsCount + 1;
      if (forwardsCount > options.forwardsMaxCount) counters.add("forwardsExhausted");
      else if (this.dial(forward, { cause: "forward", forwardsCount })) {
        counters.add("forwarded");
        return;
      }
    }
    this.review();
  }
}

/** Fewer origins; or as many and younger, for links that have lasted are worth keeping. */
function isLessUseful(
  one: OutgoingStream,
  other: OutgoingStream,
  origins: ReadonlyMap<number, number>,
): boolean {
  const more = (origins.get(one.peerId) ?? 0) - (origins.get(other.peerId) ?? 0);
  return more !== 0 ? more < 0 : one.ageMs < other.ageMs;
}
