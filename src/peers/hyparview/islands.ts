import type { PeerId } from "../../core/peer.ts";
import { joinLanes, textLanes } from "../../core/seq-ranges.ts";
import type { Beacon, KnownPeer, ProbeMessage, ProbeReplyMessage } from "./hyparview.messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { Requests } from "./requests.ts";
import { namesOf, type Shuffling } from "./shuffling.ts";

/** Share of probes that go to a peer that could not be reached, and to a seed. [guess] */
const LOST_RATIO = 0.25;
const SEED_RATIO = 0.25;
/** Share of probes after a merger that ask for a neighbour. [guess] */
const RESTLESS_RATIO = 0.5;

/**
 * Lets groups that are whole in themselves, and so want no more neighbours, find each other. Not in
 * [Leitão 2007], whose overlay stays in pieces once its pieces are content.
 *
 * In each connected group one node, the root, sends a beacon now and then, which goes over every
 * link. Each node also probes now and then a reserve peer, a seed or one that could not be reached:
 * when that one hears another beacon, it is in another group, and is asked to be a neighbour. Of
 * two beacons the one of the root with the smaller hash wins, so the groups are one from then on.
 */
export class Islands {
  private readonly hood: Neighbourhood;
  private readonly requests: Requests;
  private readonly shuffling: Shuffling;
  private readonly seeds: readonly KnownPeer[];
  private root: PeerId | undefined;
  private rank = 0;
  private count = 0;
  private rootSinceMs = 0;
  private sentAtMs = 0;
  private probed: KnownPeer | undefined;
  private isProbeUp = false;
  private restlessCount = 0;

  constructor(
    hood: Neighbourhood,
    parts: { readonly requests: Requests; readonly shuffling: Shuffling },
    seeds: readonly KnownPeer[],
  ) {
    this.hood = hood;
    this.requests = parts.requests;
    this.shuffling = parts.shuffling;
    this.seeds = seeds;
  }

  /** The root that this node hears; undefined when it hears none. */
  get heardRoot(): PeerId | undefined {
    return this.isFresh ? this.root : undefined;
  }

  isProbing(peer: PeerId): boolean {
    return this.probed?.peer === peer;
  }

  tick(): void {
    const { env } = this.hood;
    if (!this.isFresh || this.root === env.self) {
      // Grows over restarts as well, where the clock goes right.
      this.adopt({
        root: env.self,
        count: Math.max(this.count + 1, env.wallClock()),
        ageMs: 0,
      });
      this.flood();
    }
    this.probe();
  }

  /** A new neighbour hears the beacon at once: it may be of another group. */
  greet(peer: PeerId): void {
    if (this.isFresh) this.hood.env.send(peer, { kind: "beacon", beacon: this.beacon() });
  }

  /** From a neighbour. */
  onBeacon(from: PeerId, beacon: Beacon): void {
    const { hood } = this;
    if (beacon.root === hood.env.self) return;
    const isSane = beacon.ageMs >= 0 && Number.isSafeInteger(beacon.count);
    if (!isSane) return hood.count("hyparview.dropped.absurd");
    if (beacon.ageMs >= this.lastingMs) return;
    const isOfRoot = beacon.root === this.root;
    if (isOfRoot && beacon.count <= this.count) return;
    const isFresh = this.isFresh;
    if (!isOfRoot && isFresh && rankOf(beacon.root) >= this.rank) return;
    if (!isOfRoot && this.isSettled) this.restlessCount = hood.options.mergeProbesCount;
    this.adopt(beacon);
    this.flood(from);
  }

  onProbe(from: PeerId, message: ProbeMessage): void {
    const { hood, shuffling } = this;
    if (!shuffling.isSane(message.peers)) return hood.count("hyparview.dropped.absurd");
    const peers = hood.someone(message.peers.length, from);
    const root = this.heardRoot;
    const reply = { kind: "probeReply", peers } as const;
    hood.env.send(from, root === undefined ? reply : { ...reply, root });
    shuffling.integrate(from, message.peers, namesOf(peers));
  }

  onProbeReply(from: PeerId, message: ProbeReplyMessage): void {
    const { hood, probed, shuffling } = this;
    if (probed?.peer !== from) return hood.count("hyparview.dropped.unasked");
    this.probed = undefined;
    if (!shuffling.isSane(message.peers)) return hood.count("hyparview.dropped.absurd");
    hood.keep(probed);
    shuffling.integrate(from, message.peers, []);
    const root = this.heardRoot;
    const isOther = this.isSettled && message.root !== undefined && root !== message.root;
    if (isOther) hood.count("hyparview.mergers");
    if (!isOther && !this.isRestless()) return;
    // The other end has closed the link behind its answer: what is asked takes a new one.
    hood.env.closeLink(from);
    this.requests.ask(probed, "high");
  }

  onUp(peer: PeerId): void {
    if (this.isProbing(peer)) this.isProbeUp = true;
  }

  /** The link is gone. False when it was not being probed. */
  onDown(peer: PeerId): boolean {
    const { probed } = this;
    if (probed?.peer !== peer) return false;
    this.probed = undefined;
    if (!this.isProbeUp) this.hood.lose(probed);
    return true;
  }

  private probe(): void {
    const { hood } = this;
    const silent = this.probed;
    this.probed = undefined;
    if (silent !== undefined && !this.requests.has(silent.peer)) {
      hood.env.closeLink(silent.peer);
      hood.lose(silent);
    }
    const target = this.target();
    if (target === undefined || hood.active.has(target.peer) || this.requests.has(target.peer))
      return;
    this.probed = target;
    this.isProbeUp = false;
    const message = { kind: "probe", peers: hood.offer(target.peer) } as const;
    const root = this.heardRoot;
    hood.send(target.peer, root === undefined ? message : { ...message, root });
  }

  private target(): KnownPeer | undefined {
    const { env, lost, passive } = this.hood;
    const die = env.random.real();
    if (die < LOST_RATIO && lost.size > 0) return lost.pick(env.random);
    const seed = die < LOST_RATIO + SEED_RATIO ? this.seed() : undefined;
    return seed ?? passive.pick(env.random) ?? this.seed() ?? lost.pick(env.random);
  }

  private seed(): KnownPeer | undefined {
    return this.hood.env.random.pick(this.seeds) ?? this.hood.contacts(1)[0];
  }

  private isRestless(): boolean {
    if (this.restlessCount === 0) return false;
    this.restlessCount -= 1;
    return this.hood.env.random.chance(RESTLESS_RATIO);
  }

  private get lastingMs(): number {
    const { beaconIntervalMs, beaconsMissedCount } = this.hood.options;
    return beaconIntervalMs * (beaconsMissedCount + 1);
  }

  private get isFresh(): boolean {
    const { env } = this.hood;
    if (this.root === undefined) return false;
    return this.root === env.self || env.now() - this.sentAtMs < this.lastingMs;
  }

  /** Not while several that began together still agree on a root. */
  private get isSettled(): boolean {
    const heardMs = this.hood.env.now() - this.rootSinceMs;
    return this.isFresh && heardMs >= this.hood.options.beaconIntervalMs / 2;
  }

  private adopt({ ageMs, count, root }: Beacon): void {
    if (root !== this.root) {
      this.rootSinceMs = this.hood.env.now();
      this.rank = rankOf(root);
    }
    this.root = root;
    this.count = count;
    this.sentAtMs = this.hood.env.now() - ageMs;
  }

  private beacon(): Beacon {
    const root = this.root ?? this.hood.env.self;
    const ageMs = root === this.hood.env.self ? 0 : this.hood.env.now() - this.sentAtMs;
    return { root, count: this.count, ageMs };
  }

  private flood(except?: PeerId): void {
    const { active, env } = this.hood;
    const message = { kind: "beacon", beacon: this.beacon() } as const;
    for (const { peer } of active) if (peer !== except) env.send(peer, message);
  }
}

function rankOf(peer: PeerId): number {
  return joinLanes(textLanes(String(peer)));
}
