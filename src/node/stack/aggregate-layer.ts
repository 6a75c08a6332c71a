import { type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type {
  AggregateCount,
  AggregatePeerListener,
  AggregatePeers,
} from "../../data/aggregate/aggregate.contract.ts";
import {
  AGGREGATE_CHANNEL,
  type AggregateMessage,
  type AggregatePart,
} from "../../data/aggregate/aggregate.messages.ts";
import type { AggregateOptions } from "../../data/aggregate/aggregate.options.ts";
import { decodeAggregate, encodeAggregate } from "../../data/aggregate/aggregate.wire.ts";
import { Aggregation } from "../../data/aggregate/aggregation.ts";
import { type BoundedNeighbours, boundedNeighbours } from "../../peers/bounded-neighbours.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import { encodeFrame, type Frame } from "../../wire/frame.ts";
import type { Links } from "../links/links.contract.ts";
import type { FramePost } from "./frame-post.ts";

/** Flows belong to few neighbours, the same for long. [spec aggregation §4: degree 5 to 6] */
const NEIGHBOURS_COUNT = 6;

export interface AggregateLayerParts {
  readonly name: string;
  readonly host: StackHost;
  readonly hearsayPeers: PeerView;
  readonly counters: { add(name: AggregateCount | "stack.dropped.badBody", by?: number): void };
  readonly origin: () => Origin;
  readonly post: FramePost;
  readonly isMember: (peer: PeerId) => boolean;
  readonly links: Links;
  readonly options: AggregateOptions;
}

/**
 * Aggregates on one node. Until somebody, here or elsewhere, takes part in one, there is none of
 * it: nothing is sent, and no timer runs.
 */
export class AggregateLayer {
  /** A peer speaks of a task that is not open here: the last chance to open it. */
  onUnknownTask: ((kind: AggregatePart["kind"], task: string) => void) | undefined;
  private readonly parts: AggregateLayerParts;
  private running: Aggregation | undefined;
  private isStopped = false;

  constructor(parts: AggregateLayerParts) {
    this.parts = parts;
    const onMessage = (peer: PeerId, bytes: Uint8Array) => this.onBody(peer, bytes);
    parts.links.use(AGGREGATE_CHANNEL, { onMessage }, "drop");
  }

  get options(): AggregateOptions {
    return this.parts.options;
  }

  /** In a step. Made when it is first asked for. */
  get engine(): Aggregation {
    this.running ??= this.mount();
    return this.running;
  }

  /** undefined while nobody takes part in anything. */
  get idle(): Aggregation | undefined {
    return this.running;
  }

  stop(): void {
    this.isStopped = true;
    this.running?.stop();
  }

  /** In a step: from a packet or a stream. */
  onFrame({ body, origin }: Frame): void {
    this.onBody(peerId(parseOrigin(origin)?.name ?? origin), body);
  }

  private onBody(from: PeerId, body: Uint8Array): void {
    if (this.isStopped) return;
    const message = decodeAggregate(body);
    if (message === undefined) return this.parts.counters.add("stack.dropped.badBody");
    this.engine.onMessage(from, message);
  }

  private mount(): Aggregation {
    const { counters, hearsayPeers, host, isMember, name, options } = this.parts;
    const bounds = { self: peerId(name), neighboursCount: NEIGHBOURS_COUNT };
    const peers = new RingPeers(hearsayPeers, boundedNeighbours(hearsayPeers, bounds));
    const onUnknownTask = (kind: AggregatePart["kind"], task: string): void =>
      this.onUnknownTask?.(kind, task);
    const engine = host.mount(
      "aggregate",
      (to: PeerId, message: AggregateMessage) => this.send(to, message),
      (env) => new Aggregation(env, { peers, counters, isMember, onUnknownTask }, options),
    );
    engine.start();
    return engine;
  }

  /** A lost one is mended by the next: a link is not opened for what fits into a packet. */
  private send(to: PeerId, message: AggregateMessage): void {
    const { links, origin, post } = this.parts;
    if (this.isStopped || !post.canReach(to)) return;
    const body = encodeAggregate(message);
    const frame = encodeFrame({ origin: origin(), channel: AGGREGATE_CHANNEL, body });
    if (!post.isSmall(frame) && links.canReach(to)) links.send(to, AGGREGATE_CHANNEL, body);
    else post.send(to, frame);
  }
}

/** Neighbours in rings, and all living Hearsay members to draw from. */
class RingPeers implements AggregatePeers {
  private readonly all: PeerView;
  private readonly rings: BoundedNeighbours;

  constructor(all: PeerView, rings: BoundedNeighbours) {
    this.all = all;
    this.rings = rings;
  }

  get size(): number {
    return this.all.size;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    return this.all.sample(random, count, out, exclude);
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    this.rings.forEachNeighbour(visit);
  }

  subscribe(listener: AggregatePeerListener): void {
    this.rings.subscribe({
      onPeerUp: () => listener.onNeighboursChange(),
      onPeerDown: (peer) => listener.onPeerDown(peer, "noNeighbour"),
    });
    this.all.subscribe({
      onPeerUp: () => {},
      onPeerDown: (peer) => listener.onPeerDown(peer, "departed"),
    });
  }
}
