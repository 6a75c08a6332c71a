import { type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import { Matrix } from "../../peers/reachability/matrix.ts";
import type { ReachabilityCount } from "../../peers/reachability/reachability.contract.ts";
import {
  REACHABILITY_CHANNEL,
  type ReachabilityMessage,
} from "../../peers/reachability/reachability.messages.ts";
import type { ReachabilityOptions } from "../../peers/reachability/reachability.options.ts";
import { Reachability } from "../../peers/reachability/reachability.ts";
import {
  decodeReachability,
  encodeReachability,
} from "../../peers/reachability/reachability.wire.ts";
import type { PathListener, ProbeOutcome } from "../../peers/swim/probing/path-listener.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import { encodeFrame, type Frame } from "../../wire/frame.ts";
import type { FramePost } from "../stack/frame-post.ts";

/** Peers that are looked at before those that do not take part leave none. */
const DRAWS_MULTIPLIER = 4;

export interface ReachabilityLayerParts {
  readonly host: StackHost;
  readonly name: string;
  readonly swim: Swim;
  readonly hearsayPeers: PeerView;
  readonly counters: { add(name: ReachabilityCount | "stack.dropped.badBody", by?: number): void };
  readonly origin: () => Origin;
  readonly post: FramePost;
  /** Whether the member says that it knows of paths. */
  readonly takesPart: (peer: PeerId) => boolean;
  readonly options: ReachabilityOptions;
}

/** Who reaches whom, on one node. */
export class ReachabilityLayer {
  /** In a step: something of the matrix has changed. */
  onChange: (() => void) | undefined;
  private readonly parts: ReachabilityLayerParts;
  private readonly engine: Reachability;
  readonly self: PeerId;

  constructor(parts: ReachabilityLayerParts) {
    this.parts = parts;
    this.self = peerId(parts.name);
    const { counters, hearsayPeers, host, options, origin, takesPart } = parts;
    const wiring = {
      peers: new Participants(hearsayPeers, takesPart),
      counters,
      boot: () => parseOrigin(origin())?.boot ?? 0,
      isLiving: (peer: PeerId) => this.isLiving(peer),
      takesPart,
      onChange: () => this.onChange?.(),
    };
    this.engine = host.mount(
      "reachability",
      (to: PeerId, message: ReachabilityMessage) => this.send(to, message),
      (env) => new Reachability(env, wiring, options),
    );
  }

  start(): void {
    this.engine.start();
  }

  stop(): void {
    this.engine.stop();
  }

  onProbed(name: string, outcome: ProbeOutcome): void {
    this.engine.onProbed(peerId(name), outcome);
  }

  /** In a step. */
  onStream(peer: PeerId, state: "up" | "down"): void {
    if (this.isLiving(peer)) this.engine.onStream(peer, state);
  }

  /** In a step. */
  onStreamHeard(peer: PeerId): void {
    this.engine.onStreamHeard(peer);
  }

  /** In a step: from a packet or a stream of the peer itself. */
  onFrame({ body, origin }: Frame): void {
    const message = decodeReachability(body);
    if (message === undefined) return this.parts.counters.add("stack.dropped.badBody");
    this.engine.onMessage(peerId(parseOrigin(origin)?.name ?? origin), message);
  }

  /** What is known at this moment. */
  matrix(): Matrix {
    const { swim, takesPart } = this.parts;
    return new Matrix({
      self: this.self,
      own: this.engine.ownPaths(),
      rows: this.engine.rowsOfOthers(),
      isLiving: (peer) => this.isLiving(peer),
      takesPart,
      isTried: (peer) => swim.rttMs(String(peer)) !== undefined,
    });
  }

  isLiving(peer: PeerId): boolean {
    const status = this.parts.swim.members.get(String(peer))?.status;
    return status === "alive" || status === "suspect";
  }

  /** No packet of this node's own is answered by this peer, and no stream leads there. */
  isCut(peer: PeerId): boolean {
    return this.engine.isCut(peer);
  }

  isPacketsOnly(peer: PeerId): boolean {
    return this.engine.isPacketsOnly(peer);
  }

  takesPart(peer: PeerId): boolean {
    return this.parts.takesPart(peer);
  }

  private send(to: PeerId, message: ReachabilityMessage): void {
    const { origin, post } = this.parts;
    const body = encodeReachability(message);
    post.send(to, encodeFrame({ origin: origin(), channel: REACHABILITY_CHANNEL, body }));
  }
}

/** SWIM is made before who listens to its probes. */
export class PathEar implements PathListener {
  layer: ReachabilityLayer | undefined;

  onProbed(name: string, outcome: ProbeOutcome): void {
    this.layer?.onProbed(name, outcome);
  }
}

/** Hearsay members, those of earlier versions left out. */
class Participants implements PeerView {
  private readonly all: PeerView;
  private readonly takesPart: (peer: PeerId) => boolean;

  constructor(all: PeerView, takesPart: (peer: PeerId) => boolean) {
    this.all = all;
    this.takesPart = takesPart;
  }

  get size(): number {
    return this.all.size;
  }

  get population(): number {
    return this.all.population;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    const drawn: PeerId[] = [];
    const drawnCount = this.all.sample(random, DRAWS_MULTIPLIER * count, drawn, exclude);
    let found = 0;
    for (const peer of drawn.slice(0, drawnCount)) {
      if (found >= count || !this.takesPart(peer)) continue;
      out[found] = peer;
      found += 1;
    }
    return found;
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    this.all.forEachNeighbour((peer) => {
      if (this.takesPart(peer)) visit(peer);
    });
  }

  subscribe(): void {}
}
