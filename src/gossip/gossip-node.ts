import type { Address } from "../core/address.ts";
import { type Dot, dotKey } from "../core/dot.ts";
import type { Env, TimerId } from "../core/env.ts";
import { makeOrigin, type Origin, type PeerId, parseOrigin, peerId } from "../core/peer.ts";
import type { Protocol } from "../core/protocol.ts";
import type { StackHost } from "../core/stack-host.ts";
import type { VectorClock } from "../core/vector-clock.ts";
import { historyUpdateBytes, historyUpdateCodec } from "../data/history/history.wire.ts";
import type { FindCodec } from "../exchange/enrolled.ts";
import type { RumorTimer } from "../exchange/rumor/rumor.contract.ts";
import type { RumorMessage } from "../exchange/rumor/rumor.messages.ts";
import { peersTimesRounds, type RumorOptions } from "../exchange/rumor/rumor.options.ts";
import { Rumor } from "../exchange/rumor/rumor.ts";
import type { SamplingMessage } from "../peers/sampling/sampling.messages.ts";
import type { SamplingOptions } from "../peers/sampling/sampling.options.ts";
import { Sampling, type SamplingTimer } from "../peers/sampling/sampling.ts";
import { CausalOrder, type OrderTimer } from "./causal-order.ts";
import type { GossipNumbers } from "./gossip.options.ts";
import type { ArrivedPacket, GossipGap, GossipPacket } from "./packet.ts";
import { encodePacketBody } from "./packet-body.ts";
import { PacketStore } from "./packet-store.ts";
import type { Parcel, ParcelContent } from "./parcel.ts";
import { bytesOfContent, partsOf } from "./parcel-size.ts";
import { addressOfPlace, placeBytes } from "./place-bytes.ts";
import { Post } from "./post.ts";

/** What all nodes call the one replica that they have. */
const REPLICA = "gossip";
/** How often what is old is forgotten. */
const EXPIRE_INTERVAL_MS = 5_000;
/** Holes remembered in what was heard of one author. [because: rumours are late by few packets] */
const GAPS_MAX_COUNT = 1_024;

export interface GossipNodeSetup {
  readonly id: string;
  /** Larger than that of every earlier life of this id. */
  readonly boot: number;
  /** Where others find this node. */
  readonly address: Address;
  readonly numbers: GossipNumbers;
  readonly sampling: SamplingOptions;
  readonly rumor: RumorOptions;
  readonly counters: { add(name: string, by?: number): void };
  readonly onPacket: (packet: GossipPacket) => void;
}

/** A peer of the current view. */
export interface GossipPeer {
  readonly id: string;
  /** `host:port`; undefined while it is not known. */
  readonly address: Address | undefined;
  /** Rounds of the sampling since the peer was heard of, by whomever. */
  readonly ageRounds: number;
}

/**
 * One node of the small facade on whatever host: peer sampling, rumours in N × M mode, and an order
 * behind them. A real host and a machine of the simulator run the same.
 */
export class GossipNode {
  readonly origin: Origin;
  private readonly host: StackHost;
  private readonly setup: GossipNodeSetup;
  private readonly post: Post;
  private readonly sampling: Sampling;
  private readonly rumor: Rumor;
  private readonly order: CausalOrder;
  private readonly store: PacketStore;
  private readonly banned = new Set<PeerId>();
  private readonly clock: Clock;
  private lastSeq = 0;

  /** To be made in a step of its host. */
  constructor(host: StackHost, setup: GossipNodeSetup) {
    this.host = host;
    this.setup = setup;
    this.origin = makeOrigin(setup.id, setup.boot);
    this.post = this.mountPost();
    this.clock = this.mountClock();
    this.sampling = this.mountSampling();
    this.order = this.mountOrder();
    this.store = this.makeStore();
    this.rumor = this.mountRumor();
    const codec = historyUpdateCodec;
    const sizeOf = historyUpdateBytes;
    this.rumor.enrol({ name: REPLICA, replica: this.store, sizeOf, codec });
    this.sampling.start();
    this.rumor.start();
  }

  get view(): Sampling {
    return this.sampling;
  }

  /** Packets that are passed on still. */
  get hotCount(): number {
    return this.rumor.hotCount;
  }

  get waitingCount(): number {
    return this.order.waitingCount;
  }

  peers(): GossipPeer[] {
    return this.sampling.descriptors().map(({ age, data, peer }) => ({
      id: String(peer),
      address: addressOfPlace(data),
      ageRounds: age,
    }));
  }

  join(addresses: readonly Address[]): void {
    this.host.step(() =>
      this.sampling.join(addresses.map((address) => this.post.addContact(address))),
    );
  }

  /** Spreads a packet with this msgpack value. @returns its name. */
  send(data: Uint8Array): Dot {
    return this.host.step(() => {
      this.lastSeq += 1;
      const dot = { origin: this.origin, seq: this.lastSeq };
      const payload = encodePacketBody({ after: this.order.clock(this.origin), data });
      this.store.append(dot, { atMs: this.clock.wallClock(), payload });
      this.order.noteOwn(dot);
      return dot;
    });
  }

  /** Has no more to do with this peer: what it says, wrote or asks is dropped. */
  ban(id: string): void {
    this.banned.add(peerId(id));
    this.host.step(() => this.sampling.ban(peerId(id)));
  }

  /** False when it was not banned. */
  admit(id: string): boolean {
    if (!this.banned.delete(peerId(id))) return false;
    this.host.step(() => this.sampling.admit(peerId(id)));
    return true;
  }

  /** Says goodbye. What was queued leaves when the step has ended; then the host may stop. */
  leave(): void {
    this.host.step(() => {
      this.sampling.leave();
      this.sampling.stop();
      this.rumor.stop();
      this.order.stop();
      this.clock.stop();
    });
  }

  private mountPost(): Post {
    const { numbers, counters } = this.setup;
    return this.host.mountStream<Parcel, never, Post>("gossip", (env) => {
      return new Post(env, {
        origin: this.origin,
        placeOf: (peer) => {
          const data = this.sampling.dataOf(peer);
          return data === undefined ? undefined : addressOfPlace(data);
        },
        onParcel: (from, content) => this.hand(from, content),
        bytesOf: bytesOfContent,
        isBanned: (peer) => this.banned.has(peer),
        counters,
        streamTimeoutMs: numbers.streamTimeoutMs,
      });
    });
  }

  private hand(from: PeerId, content: ParcelContent): void {
    if (content.channel === "sampling") this.sampling.onMessage(from, content.message);
    else this.rumor.onMessage(from, content.message);
  }

  private mountSampling(): Sampling {
    const wiring = {
      data: placeBytes(this.setup.address),
      afterStep: (body: () => void) => this.host.afterStep(body),
      counters: this.setup.counters,
    };
    return this.host.mount<SamplingMessage, SamplingTimer, PeerId, Sampling>(
      "sampling",
      (to, message) => this.post.send(to, { channel: "sampling", message }),
      (env) => new Sampling(env, wiring, this.setup.sampling),
    );
  }

  private mountRumor(): Rumor {
    const wiring = { peers: this.sampling, counters: this.setup.counters };
    return this.host.mount<RumorMessage, RumorTimer, PeerId, Rumor>(
      "rumor",
      (to, message) => {
        for (const part of partsOf(message, this.post.contentMaxBytes)) {
          this.post.send(to, { channel: "rumor", message: part });
        }
      },
      (env) => new Rumor(env, wiring, this.setup.rumor),
    );
  }

  private mountOrder(): CausalOrder {
    const { counters, numbers } = this.setup;
    const onPacket = (packet: ArrivedPacket, gap: readonly GossipGap[]): void => {
      const told = tell(packet, gap);
      this.host.afterStep(() => this.setup.onPacket(told));
    };
    return this.host.mount<never, OrderTimer, PeerId, CausalOrder>(
      "order",
      () => undefined,
      (env) => new CausalOrder(env, { onPacket, counters }, numbers),
    );
  }

  private mountClock(): Clock {
    const clock = this.host.mount<never, "expire", PeerId, Clock>(
      "store",
      () => undefined,
      (env) => new Clock(env, () => this.store.expire()),
    );
    clock.start();
    return clock;
  }

  private makeStore(): PacketStore {
    const { authorsMaxCount, dataMaxBytes, keptMaxBytes, keptMaxCount, keptMaxMs } =
      this.setup.numbers;
    const wiring = {
      self: peerId(this.setup.id),
      origin: () => this.origin,
      now: () => this.clock.now(),
      afterStep: (body: () => void) => this.host.afterStep(body),
      count: (name: string, by?: number) => this.setup.counters.add(name, by),
      isBanned: (peer: PeerId) => this.banned.has(peer),
      // In a step of its own, for the order may set a timer.
      onArrival: (packet: ArrivedPacket) => this.host.step(() => this.order.take(packet)),
    };
    return new PacketStore(wiring, {
      keptMaxCount,
      keptMaxBytes,
      keptMaxMs,
      payloadMaxBytes: payloadMaxBytes(dataMaxBytes),
      originsMaxCount: authorsMaxCount,
      gapsMaxCount: GAPS_MAX_COUNT,
    });
  }
}

/** The time, and now and then a look at what has grown old. */
class Clock implements Protocol<never, "expire"> {
  private readonly env: Env<never, "expire">;
  private readonly expire: () => void;
  private timer: TimerId | undefined;

  constructor(env: Env<never, "expire">, expire: () => void) {
    this.env = env;
    this.expire = expire;
  }

  start(): void {
    this.timer = this.env.setTimer("expire", EXPIRE_INTERVAL_MS);
  }

  stop(): void {
    if (this.timer !== undefined) this.env.clearTimer(this.timer);
  }

  onMessage(): void {}

  onTimer(): void {
    this.expire();
    this.start();
  }

  now(): number {
    return this.env.now();
  }

  wallClock(): number {
    return this.env.wallClock();
  }
}

/** What a packet may have with its clock: 512 entries of 150 bytes. */
export function payloadMaxBytes(dataMaxBytes: number): number {
  return dataMaxBytes + 512 * 150;
}

/** The options of rumours that pass each packet to N peers in each of M rounds. */
export function rumorsOf(numbers: GossipNumbers, defaults: RumorOptions): RumorOptions {
  const { fanoutCount, hotMaxCount, roundIntervalMs, roundsCount } = numbers;
  return {
    ...defaults,
    ...peersTimesRounds(fanoutCount, roundsCount),
    roundIntervalMs,
    messageMaxBytes: numbers.roundMaxBytes,
    // What this node has sent may not push out what it passes on for others.
    hotMaxCount: 2 * hotMaxCount,
  };
}

/** The codec of the one replica that there is. */
export const findCodec: FindCodec = (name) => (name === REPLICA ? historyUpdateCodec : undefined);

function tell(packet: ArrivedPacket, gap: readonly GossipGap[]): GossipPacket {
  const { after, availableAt, createdAtMs, data, origin, seq } = packet;
  const vectorClock: VectorClock = new Map<string, number>([...after, [origin, seq]]);
  const author = parseOrigin(origin)?.name ?? origin;
  const id = dotKey({ origin, seq });
  return { id, author, data, version: seq, availableAt, createdAtMs, vectorClock, gap };
}
