import type { Address } from "../../core/address.ts";
import { parseOrigin, peerId } from "../../core/peer.ts";
import { AGGREGATE_CHANNEL } from "../../data/aggregate/aggregate.messages.ts";
import { MONITOR_CHANNEL } from "../../data/monitor/monitor.messages.ts";
import { NODE_STATE_CHANNEL } from "../../data/node-state/node-state.messages.ts";
import { AGREEMENT_CHANNEL } from "../../exchange/agreement/agreement.messages.ts";
import type { Agreement } from "../../exchange/agreement/agreement.ts";
import { decodeAgreement } from "../../exchange/agreement/agreement.wire.ts";
import { ANTI_ENTROPY_CHANNEL } from "../../exchange/anti-entropy/anti-entropy.messages.ts";
import { BROADCAST_CHANNEL } from "../../exchange/broadcast/broadcast.messages.ts";
import type { Broadcast } from "../../exchange/broadcast/broadcast.ts";
import { decodeMail, decodeRumor } from "../../exchange/broadcast/broadcast.wire.ts";
import { PLUMTREE_CHANNEL } from "../../exchange/plumtree/plumtree.messages.ts";
import { RUMOR_CHANNEL } from "../../exchange/rumor/rumor.messages.ts";
import { DEGRADED_CHANNEL } from "../../peers/degraded/degraded.messages.ts";
import { HEARTBEAT_CHANNEL } from "../../peers/heartbeat/heartbeat.messages.ts";
import { REACHABILITY_CHANNEL } from "../../peers/reachability/reachability.messages.ts";
import type { Serf } from "../../peers/serf/serf.ts";
import type { PushPullPurpose, SwimMember, SwimPassenger } from "../../peers/swim/swim.contract.ts";
import { decodeFrame, FRAME_MAGIC, FRAME_VERSION, type Frame } from "../../wire/frame.ts";
import type { DetectorLayer } from "../detectors/detector-layer.ts";
import type { ReachabilityLayer } from "../reachability/reachability-layer.ts";
import type { AdvertisedMeta } from "./advertised-meta.ts";
import type { AggregateLayer } from "./aggregate-layer.ts";
import type { DataLayer } from "./data-layer.ts";
import type { DegradedLayer } from "./degraded-layer.ts";
import type { HearsayView } from "./hearsay-view.ts";
import type { MonitorLayer } from "./monitor-layer.ts";
import type { Spreads } from "./spreads.ts";
import type { StackCounters } from "./stack.contract.ts";
import type { StateLayer } from "./state-layer.ts";

/** Types 0 … 9 are Serf's. */
const SERF_TYPE_MAX = 9;
const NO_BYTES = new Uint8Array(0);

export interface PassengerParts {
  readonly name: string;
  readonly meta: AdvertisedMeta;
  readonly hearsayPeers: HearsayView;
  readonly counters: StackCounters;
  /** A peer's reply to a join names a former life of ours. */
  onBootReported(boot: number): void;
}

/** The layers that ride on SWIM. */
export interface Riders {
  /** Absent on a plain memberlist wire. */
  readonly serf: Serf | undefined;
  readonly broadcast: Broadcast;
  readonly agreement: Agreement;
  readonly data: DataLayer;
  readonly spreads: Spreads;
  readonly state: StateLayer;
  readonly aggregates: AggregateLayer;
  readonly monitor: MonitorLayer;
  readonly reachability: ReachabilityLayer;
  readonly degraded: DegradedLayer;
  readonly detectors: DetectorLayer;
}

/** How a user message came, and from where. */
interface Came {
  readonly from: Address;
  readonly via: "packet" | "stream";
}

/** Shares SWIM's packets between Serf, who comes first, and Hearsay's own, who come last. */
export class Passenger implements SwimPassenger {
  private readonly parts: PassengerParts;
  private riders: Riders | undefined;

  constructor(parts: PassengerParts) {
    this.parts = parts;
  }

  /** They ride on SWIM and so are made after it. */
  take(riders: Riders): void {
    this.riders = riders;
  }

  onUser(from: Address, payload: Uint8Array, via: "packet" | "stream"): void {
    const [type = 255, version] = payload;
    if (type === FRAME_MAGIC && version === FRAME_VERSION) {
      return this.onFrame({ from, via }, payload);
    }
    if (type <= SERF_TYPE_MAX && this.riders?.serf !== undefined) {
      return this.riders.serf.onUser(from, payload);
    }
    this.parts.counters.add("stack.dropped.unknownUser");
  }

  takeBroadcasts(to: SwimMember, budgetBytes: number, overheadBytes: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    const { riders } = this;
    if (riders === undefined) return taken;
    let leftBytes = budgetBytes;
    for (const payload of riders.serf?.takeBroadcasts(leftBytes, overheadBytes) ?? []) {
      leftBytes -= payload.length + overheadBytes;
      taken.push(payload);
    }
    if (!this.parts.hearsayPeers.has(to.name)) return taken;
    for (const rumor of riders.broadcast.takeRumors(leftBytes, overheadBytes)) {
      taken.push(rumor.frame);
    }
    return taken;
  }

  hasNews(): boolean {
    const { riders } = this;
    return riders?.serf?.hasBroadcasts() === true || riders?.broadcast.hasRumors === true;
  }

  hasBroadcasts(member: SwimMember): boolean {
    const { riders } = this;
    if (riders === undefined) return false;
    if (riders.serf?.hasBroadcasts() === true) return true;
    return riders.broadcast.hasRumors && this.parts.hearsayPeers.has(member.name);
  }

  localState(): Uint8Array {
    return this.riders?.serf?.localState() ?? NO_BYTES;
  }

  mergeRemoteState(state: Uint8Array, purpose: PushPullPurpose): void {
    this.riders?.serf?.mergeRemoteState(state, purpose);
  }

  ackPayload(): Uint8Array {
    return this.riders?.serf?.ackPayload() ?? NO_BYTES;
  }

  onPingComplete(member: SwimMember, rttMs: number, payload: Uint8Array): void {
    this.riders?.serf?.onPingComplete(member.name, rttMs, payload);
  }

  /** The boot in the advert grows from life to life; who is not Hearsay shows none. */
  isSuccessor(known: Uint8Array, claimed: Uint8Array): boolean {
    const { meta } = this.parts;
    const former = meta.decode(known).advert;
    const later = meta.decode(claimed).advert;
    return former !== undefined && later !== undefined && later.boot > former.boot;
  }

  /** Vetoes nothing; it is where a join's reply shows what is known of our own name. */
  vetoMerge(nodes: readonly { readonly name: string; readonly meta: Uint8Array }[]): undefined {
    for (const node of nodes) {
      if (node.name !== this.parts.name) continue;
      const { advert } = this.parts.meta.decode(node.meta);
      if (advert !== undefined) this.parts.onBootReported(advert.boot);
    }
  }

  private onFrame(came: Came, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame === undefined) return this.parts.counters.add("stack.dropped.badFrame");
    // What a node says of itself counts only where it comes from that node.
    if (frame.channel === DEGRADED_CHANNEL) return this.riders?.degraded.onFrame(came.from, frame);
    this.onDecoded(came, bytes, frame);
  }

  private onDecoded(came: Came, bytes: Uint8Array, frame: Frame): void {
    const { counters } = this.parts;
    switch (frame.channel) {
      case BROADCAST_CHANNEL:
        return came.via === "stream"
          ? this.onMail(bytes, frame)
          : this.onRumor(came.from, bytes, frame);
      case AGREEMENT_CHANNEL:
        return this.onAgreement(frame);
      case ANTI_ENTROPY_CHANNEL:
        return this.riders?.data.onFrame(frame);
      case PLUMTREE_CHANNEL:
        return this.riders?.spreads.plumtree.onFrame(frame);
      case RUMOR_CHANNEL:
        return this.riders?.spreads.rumor.onFrame(frame);
      case NODE_STATE_CHANNEL:
        return this.riders?.state.onFrame(frame);
      case REACHABILITY_CHANNEL:
        return this.riders?.reachability.onFrame(frame);
      case HEARTBEAT_CHANNEL:
        return this.riders?.detectors.onFrame(frame);
      case AGGREGATE_CHANNEL:
        return this.riders?.aggregates.onFrame(frame);
      case MONITOR_CHANNEL:
        return this.riders?.monitor.onFrame(frame);
      default:
        return counters.add("stack.dropped.unknownChannel");
    }
  }

  private onRumor(via: Address, bytes: Uint8Array, frame: Frame): void {
    const rumor = decodeRumor(bytes, frame);
    if (rumor === undefined) return this.parts.counters.add("stack.dropped.badBody");
    // Who passed it on does not show; who wrote it is the one that surely needs no copy.
    this.riders?.broadcast.onMessage(senderOf(frame), { kind: "packet", rumors: [rumor], via });
  }

  /** Of a stream only its own end shows, so who sends it says so in it. */
  private onMail(bytes: Uint8Array, frame: Frame): void {
    const mail = decodeMail(bytes, frame);
    if (mail === undefined) return this.parts.counters.add("stack.dropped.badBody");
    const { rumor, sender } = mail;
    const message = { kind: "mail", mailId: 0, rumor, sender } as const;
    this.riders?.broadcast.onMessage(senderOf(frame), message);
  }

  private onAgreement(frame: Frame): void {
    const message = decodeAgreement(frame.origin, frame.body);
    if (message === undefined) return this.parts.counters.add("stack.dropped.badBody");
    this.riders?.agreement.onMessage(senderOf(frame), message);
  }
}

function senderOf(frame: Frame): ReturnType<typeof peerId> {
  return peerId(parseOrigin(frame.origin)?.name ?? frame.origin);
}
