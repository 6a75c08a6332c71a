import { type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import { boundedNeighbours } from "../../peers/bounded-neighbours.ts";
import type { DetectorWiring, FailureDetector } from "../../peers/failure-detector.ts";
import type { HeartbeatCount, HeartbeatWiring } from "../../peers/heartbeat/heartbeat.contract.ts";
import {
  HEARTBEAT_CHANNEL,
  type HeartbeatMessage,
} from "../../peers/heartbeat/heartbeat.messages.ts";
import type { HeartbeatOptions } from "../../peers/heartbeat/heartbeat.options.ts";
import { Heartbeats, type HeartbeatTimer } from "../../peers/heartbeat/heartbeat.ts";
import {
  decodeHeartbeat,
  encodeHeartbeat,
  heartbeatSizes,
} from "../../peers/heartbeat/heartbeat.wire.ts";
import { type ClusterSize, newsIntervalMs } from "../../peers/heartbeat/news-interval.ts";
import { SilenceDetector } from "../../peers/heartbeat/silence-detector.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { PhiAccrualOptions } from "../../peers/phi-accrual/phi-accrual.options.ts";
import { PhiAccrual } from "../../peers/phi-accrual/phi-accrual.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import type { SwimDetector } from "../../peers/swim/swim-detector.ts";
import { encodeFrame, type Frame } from "../../wire/frame.ts";
import type { AdvertisedMeta } from "../stack/advertised-meta.ts";
import type { FramePost } from "../stack/frame-post.ts";

/** Whom a node tells and hears directly. [Akka: 9 monitor each; neighbours in rings are even] */
const NEIGHBOURS_COUNT = 10;

/** As long as the milliseconds of a wall clock of these decades. */
const USUAL_BEAT = 2 ** 41;

/** What `startNode({ detector })` comes to. */
export interface DetectorOptions {
  readonly heartbeat: HeartbeatOptions;
  /** Absent where T_fail judges. */
  readonly phi?: PhiAccrualOptions;
  readonly domainTags: readonly string[];
}

export interface DetectorLayerParts {
  readonly host: StackHost;
  readonly name: string;
  readonly swim: Swim;
  readonly swimDetector: SwimDetector;
  readonly meta: AdvertisedMeta;
  readonly hearsayPeers: PeerView;
  readonly counters: { add(name: HeartbeatCount | "stack.dropped.badBody", by?: number): void };
  readonly origin: () => Origin;
  readonly post: FramePost;
  /** The clock of SWIM's evidence. */
  readonly now: () => number;
  /** Absent: SWIM alone says who is dead. */
  readonly options: DetectorOptions | undefined;
}

/**
 * The failure detector of a node: SWIM's own, or one that runs beside it. The latter tells what it
 * finds to whoever asks; who is a member SWIM alone decides.
 */
export class DetectorLayer {
  readonly detector: FailureDetector;
  private readonly parts: DetectorLayerParts;
  private readonly beats: Heartbeats | undefined;

  constructor(parts: DetectorLayerParts) {
    this.parts = parts;
    if (parts.options === undefined) {
      this.detector = parts.swimDetector;
      return;
    }
    const { beats, detector } = this.mount(parts.options);
    this.detector = detector;
    this.beats = beats;
    parts.hearsayPeers.subscribe({
      onPeerUp: () => {},
      onPeerDown: (peer) => {
        if (this.parts.swim.members.get(String(peer))?.status === "left") beats.forget(peer);
      },
    });
  }

  /** True when it is not SWIM's own. */
  get isBesideSwim(): boolean {
    return this.beats !== undefined;
  }

  /** In a step. */
  start(): void {
    this.beats?.start();
  }

  stop(): void {
    this.beats?.stop();
  }

  /** In a step: from a packet or a stream. A node without heartbeats listens to none. */
  onFrame({ body, origin }: Frame): void {
    if (this.beats === undefined) return;
    const message = decodeHeartbeat(body);
    if (message === undefined) return this.parts.counters.add("stack.dropped.badBody");
    this.beats.onMessage(peerId(parseOrigin(origin)?.name ?? origin), message);
  }

  private mount({ domainTags, heartbeat, phi }: DetectorOptions) {
    const { counters, hearsayPeers, host, name, swim } = this.parts;
    const bounds = { self: peerId(name), neighboursCount: NEIGHBOURS_COUNT };
    const isDirect = heartbeat.spread === "neighbours";
    const peers = isDirect ? boundedNeighbours(hearsayPeers, bounds) : hearsayPeers;
    const afterStep = (body: () => void): void => host.afterStep(body);
    const told: DetectorWiring = { now: this.parts.now, afterStep, counters };
    const entryBytes = heartbeatSizes.entryBytes({ peer: bounds.self, beat: USUAL_BEAT });
    const cluster: ClusterSize = { membersCount: () => hearsayPeers.population, entryBytes };
    const detector =
      phi === undefined
        ? new SilenceDetector(told, heartbeat, cluster)
        : new PhiAccrual(told, phi, () => newsIntervalMs(cluster, heartbeat));
    const statusOf = (peer: PeerId) => swim.members.get(String(peer))?.status;
    const isMember = (peer: PeerId): boolean => {
      const status = statusOf(peer);
      return status !== undefined && status !== "left";
    };
    // SWIM soon has no record of the dead; who left was forgotten when it did.
    const hasFailed = (peer: PeerId): boolean => (statusOf(peer) ?? "dead") === "dead";
    const domainsOf = domainTags.length === 0 ? undefined : this.domainsBy(domainTags);
    const wiring: HeartbeatWiring = {
      peers,
      detector,
      sizes: heartbeatSizes,
      counters,
      isMember,
      hasFailed,
      domainsOf,
    };
    const beats = host.mount<HeartbeatMessage, HeartbeatTimer, PeerId, Heartbeats>(
      "heartbeat",
      (to, message) => this.send(to, message),
      (env) => new Heartbeats(env, wiring, heartbeat),
    );
    return { beats, detector };
  }

  private domainsBy(tags: readonly string[]): (peer: PeerId) => readonly string[] {
    const { meta, swim } = this.parts;
    return (peer) => {
      const member = swim.members.get(String(peer));
      if (member === undefined) return [];
      const told = meta.decode(member.meta).tags;
      return tags.map((tag) => told.get(tag) ?? "");
    };
  }

  /** A lost one is as a lost heartbeat. */
  private send(to: PeerId, message: HeartbeatMessage): void {
    const { origin, post } = this.parts;
    if (!post.canReach(to)) return;
    const body = encodeHeartbeat(message);
    post.send(to, encodeFrame({ origin: origin(), channel: HEARTBEAT_CHANNEL, body }));
  }
}
