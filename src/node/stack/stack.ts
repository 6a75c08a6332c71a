import type { Address } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import type { HybridClock } from "../../core/hybrid-clock.ts";
import { makeOrigin, type Origin, parseOrigin, peerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { Agreement, AgreementWaiter } from "../../exchange/agreement/agreement.ts";
import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import type { Broadcast, Publication } from "../../exchange/broadcast/broadcast.ts";
import type { Enrolled } from "../../exchange/enrolled.ts";
import type { Branches } from "../../exchange/plumtree/plumtree.ts";
import type { Replica } from "../../exchange/replica.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { PastMember } from "../../peers/reconnect/reconnect.contract.ts";
import type { Reconnect } from "../../peers/reconnect/reconnect.ts";
import type { Serf } from "../../peers/serf/serf.ts";
import type { Succession } from "../../peers/succession/succession.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import type { DetectorLayer } from "../detectors/detector-layer.ts";
import type { LinkLayer } from "../links/link-layer.ts";
import type { ReachabilityLayer } from "../reachability/reachability-layer.ts";
import type { AdvertisedMeta, Tags } from "./advertised-meta.ts";
import type { AggregateLayer } from "./aggregate-layer.ts";
import type { Carrier } from "./carrier.ts";
import type { DataLayer, OriginSets } from "./data-layer.ts";
import type { DegradedLayer } from "./degraded-layer.ts";
import type { Life } from "./life.ts";
import type { MonitorLayer } from "./monitor-layer.ts";
import type { Overlay, OverlayPicture } from "./overlay.ts";
import type { Spreads, SpreadWay } from "./spreads.ts";
import type { JoinReport, StackParts } from "./stack.contract.ts";
import type { StateLayer } from "./state-layer.ts";

export interface Protocols {
  readonly swim: Swim;
  /** Absent on a plain memberlist wire. */
  readonly serf: Serf | undefined;
  readonly reconnect: Reconnect;
  readonly succession: Succession;
  readonly broadcast: Broadcast;
  readonly agreement: Agreement;
}

export interface StackInside {
  readonly parts: StackParts;
  readonly protocols: Protocols;
  readonly data: DataLayer;
  readonly spreads: Spreads;
  readonly state: StateLayer;
  readonly aggregates: AggregateLayer;
  readonly monitor: MonitorLayer;
  readonly degraded: DegradedLayer;
  readonly detectors: DetectorLayer;
  readonly links: LinkLayer;
  readonly overlay: Overlay;
  readonly reachability: ReachabilityLayer;
  readonly carrier: Carrier;
  readonly hearsayPeers: PeerView;
  readonly life: Life;
  readonly meta: AdvertisedMeta;
}

/** The protocols of one node, running, and what may be asked of them as a whole. */
export class Stack {
  readonly swim: Swim;
  readonly serf: Serf | undefined;
  /** Living Hearsay members but this node. */
  readonly hearsayPeers: PeerView;
  readonly meta: AdvertisedMeta;
  /** One connection for each peer that is talked to. */
  readonly links: LinkLayer;
  private readonly host: StackHost;
  private readonly inside: StackInside;
  private tags: Tags;

  constructor(host: StackHost, inside: StackInside) {
    this.host = host;
    this.inside = inside;
    this.swim = inside.protocols.swim;
    this.serf = inside.protocols.serf;
    this.hearsayPeers = inside.hearsayPeers;
    this.meta = inside.meta;
    this.links = inside.links;
    this.tags = inside.parts.tags;
  }

  /** Who this node is in all it publishes; settled by the first publish. */
  get origin(): Origin {
    return this.inside.life.origin;
  }

  /** Messages that wait to be sent. */
  get backlogCount(): number {
    return this.inside.protocols.broadcast.backlogCount;
  }

  /** Remote times too far in the future, which were followed only in part. */
  get clockExcessCount(): number {
    return this.inside.protocols.broadcast.clock.excessCount;
  }

  /** Places that are dialled when nobody known is there. */
  get rememberedCount(): number {
    return this.inside.protocols.reconnect.placesCount;
  }

  start(): void {
    const { agreement, broadcast, reconnect, succession } = this.inside.protocols;
    this.host.step(() => {
      this.serf?.start();
      reconnect.start();
      succession.start();
      broadcast.start();
      agreement.start();
      this.links.start();
      this.inside.overlay.start();
      this.inside.reachability.start();
      this.inside.detectors.start();
      this.swim.start();
    });
  }

  stop(): void {
    const { agreement, broadcast, reconnect, succession } = this.inside.protocols;
    this.host.step(() => {
      this.swim.stop();
      succession.stop();
      this.inside.data.stop();
      this.inside.spreads.plumtree.stop();
      this.inside.spreads.rumor.stop();
      this.inside.state.stop();
      this.inside.aggregates.stop();
      this.inside.monitor.stop();
      this.inside.degraded.stop();
      this.inside.reachability.stop();
      this.inside.detectors.stop();
      agreement.stop();
      broadcast.stop();
      this.links.stop();
      reconnect.stop();
      this.serf?.stop();
    });
  }

  join(address: Address, onResult: JoinReport): void {
    this.host.step(() => this.inside.carrier.join(address, onResult));
  }

  /** The addresses to come back to whenever nobody known is there. */
  setSeeds(addresses: readonly Address[]): void {
    const { reconnect } = this.inside.protocols;
    this.host.step(() => reconnect.setSeeds(addresses, this.swim.members));
  }

  /** Whom the next life of this node should look for: who lives, and who is missed. */
  pastMembers(): readonly PastMember[] {
    return this.inside.protocols.reconnect.worthKeeping(this.swim.members);
  }

  /** Ends with `StackListener.onLeft`. */
  leave(): void {
    this.host.step(() => {
      // It might refute what the others are about to hear.
      this.inside.parts.secondVoice?.standDown();
      this.inside.protocols.reconnect.rest();
      this.inside.overlay.leave();
      if (this.serf === undefined) this.swim.leave();
      else this.serf.leave();
    });
  }

  /** @throws HearsayError as `Broadcast.publish` */
  publish(publication: Publication): Rumor {
    return this.host.step(() => {
      const rumor = this.inside.protocols.broadcast.publish(publication);
      this.inside.life.becomeUsed();
      return rumor;
    });
  }

  /** Spreads what was published with `spread: "onRelease"`. */
  release(rumor: Rumor): void {
    this.host.step(() => this.inside.protocols.broadcast.release(rumor));
  }

  /** Before the first replica is enrolled. */
  useSets(sets: OriginSets): void {
    this.inside.data.useSets(sets);
  }

  /** False when flow control is on, and another update would be more than gossip carries. */
  takeTurn(): boolean {
    return this.inside.data.takeTurn();
  }

  /** Begins rounds of anti-entropy with so many random peers now. */
  compareNow(peersCount: number): void {
    this.host.step(() => this.inside.data.compareNow(peersCount));
  }

  /** Begins rounds of anti-entropy with the nodes of these names now. */
  compareWith(names: readonly string[]): void {
    this.host.step(() => this.inside.data.compareWith(names.map((name) => peerId(name))));
  }

  /**
   * From now on this node speaks in the name of another life, with a boot above `floor`, which the
   * listener has persisted when this returns.
   */
  renewLife(nowMs: number, floor: number): Origin {
    const { life, parts } = this.inside;
    const boot = life.renew(nowMs, floor);
    parts.counters.add("stack.bootRaised");
    parts.listener.onBootRaised(boot);
    this.host.afterStep(() => this.announce());
    return life.origin;
  }

  /** The boot of the life that the member of this name lives; undefined while it is not alive. */
  livingBoot(name: string): number | undefined {
    return livingBoot(this.swim, this.meta, name);
  }

  /** What this node replicates under this name. */
  replicaOf(name: string): Replica<unknown> | undefined {
    return this.inside.data.replicaOf(name);
  }

  /** From now on the replica is kept in agreement with those of the same name elsewhere. */
  enrol(enrolled: Enrolled): void {
    this.host.step(() => this.inside.data.enrol(enrolled));
  }

  /** From now on what the replica tells of spreads this way, and what others spread reaches it. */
  enrolIn(way: SpreadWay, enrolled: Enrolled): void {
    this.host.step(() => this.inside.spreads[way].enrol(enrolled));
  }

  /** @throws HearsayError QUEUE_FULL when peers do not take what was sent this way before */
  checkSpreadRoom(way: SpreadWay, bytesCount: number): void {
    if (this.inside.spreads[way].hasRoom(bytesCount)) return;
    const detail = "peers do not take as much as is published; publish more slowly";
    throw new HearsayError("QUEUE_FULL", detail);
  }

  /** What trees are grown on; undefined while there is no such thing. */
  overlayPicture(): OverlayPicture | undefined {
    return this.inside.overlay.picture();
  }

  /** The neighbours in a tree of that replica; undefined while it has none. */
  branches(replica: string, origin: string): Branches | undefined {
    const { plumtree } = this.inside.spreads;
    const parsed = parseOrigin(origin);
    if (parsed === undefined) return undefined;
    return plumtree.running?.branches(replica, makeOrigin(parsed.name, parsed.boot));
  }

  /** For statistics. */
  get spreads(): Spreads {
    return this.inside.spreads;
  }

  /** The states of nodes. */
  get state(): StateLayer {
    return this.inside.state;
  }

  /** Who is dead, and how sure that is. */
  get detectors(): DetectorLayer {
    return this.inside.detectors;
  }

  /** Who reaches whom. */
  get reachability(): ReachabilityLayer {
    return this.inside.reachability;
  }

  /** Aggregates over the cluster. */
  get aggregates(): AggregateLayer {
    return this.inside.aggregates;
  }

  /** Who is busy, this node among them. */
  get degraded(): DegradedLayer {
    return this.inside.degraded;
  }

  get monitor(): MonitorLayer {
    return this.inside.monitor;
  }

  /** This node's hybrid logical time. */
  get clock(): HybridClock {
    return this.inside.protocols.broadcast.clock;
  }

  /** In a step: `body` writes something in the name of this life. */
  write<R>(body: () => R): R {
    return this.host.step(() => {
      this.inside.life.becomeUsed();
      return body();
    });
  }

  /** @throws HearsayError TAGS_TOO_LARGE, TAG_RESERVED */
  setTags(tags: Tags): void {
    this.meta.checkTags(tags);
    this.tags = tags;
    this.announce();
  }

  /** @throws HearsayError QUEUE_FULL */
  awaitAgreement(waiter: AgreementWaiter): void {
    this.host.step(() => this.inside.protocols.agreement.wait(waiter));
  }

  forgetAgreement(waiter: AgreementWaiter): void {
    this.inside.protocols.agreement.forget(waiter);
  }

  /** A peer's push/pull names a former life of ours; it is in the middle of a step. */
  onBootReported(boot: number): void {
    const raised = this.inside.life.onReported(boot);
    if (raised === undefined) return;
    this.inside.parts.counters.add("stack.bootRaised");
    this.inside.parts.listener.onBootRaised(raised);
    this.host.afterStep(() => this.announce());
  }

  private announce(): void {
    const { boot } = this.inside.life;
    this.host.step(() => {
      if (this.serf !== undefined) this.serf.setTags(this.meta.withAdvert(this.tags, boot));
      else this.swim.updateMeta(this.meta.encode(this.tags, boot));
    });
  }
}

/** The boot of the life that a Hearsay member lives; undefined while it is not alive. */
export function livingBoot(swim: Swim, meta: AdvertisedMeta, name: string): number | undefined {
  const member = swim.members.get(name);
  const isLiving = member?.status === "alive" || member?.status === "suspect";
  return isLiving ? meta.decode(member.meta).advert?.boot : undefined;
}
