import { resolveOptions } from "../core/options.ts";
import type { Origin, PeerId } from "../core/peer.ts";
import type { Random } from "../core/random.ts";
import type { StackHost } from "../core/stack-host.ts";
import { aggregateOptions } from "../data/aggregate/aggregate.options.ts";
import type { AgreementMessage } from "../exchange/agreement/agreement.messages.ts";
import { Agreement } from "../exchange/agreement/agreement.ts";
import type { BroadcastMessage } from "../exchange/broadcast/broadcast.messages.ts";
import { Broadcast } from "../exchange/broadcast/broadcast.ts";
import { broadcastCodec } from "../exchange/broadcast/broadcast.wire.ts";
import { plumtreeDefaults } from "../exchange/plumtree/plumtree.options.ts";
import { rumorDefaults } from "../exchange/rumor/rumor.options.ts";
import { degradedOptions } from "../peers/degraded/degraded.options.ts";
import { reachabilityDefaults } from "../peers/reachability/reachability.options.ts";
import type { Serf } from "../peers/serf/serf.ts";
import { serfCodec } from "../peers/serf/serf.wire.ts";
import type { MemberHealth, SwimWiring } from "../peers/swim/swim.contract.ts";
import { Swim } from "../peers/swim/swim.ts";
import { SwimDetector } from "../peers/swim/swim-detector.ts";
import { swimSizes } from "../peers/swim/wire/swim-sizes.wire.ts";
import { DetectorLayer, type DetectorLayerParts } from "./detectors/detector-layer.ts";
import type { Links } from "./links/links.contract.ts";
import { PathRouting } from "./reachability/path-routing.ts";
import { PathEar, ReachabilityLayer } from "./reachability/reachability-layer.ts";
import { AdvertisedMeta, type ChosenCapability, knowsPaths } from "./stack/advertised-meta.ts";
import { AggregateLayer } from "./stack/aggregate-layer.ts";
import { Carrier } from "./stack/carrier.ts";
import { DataLayer } from "./stack/data-layer.ts";
import { DegradedLayer } from "./stack/degraded-layer.ts";
import { FramePost } from "./stack/frame-post.ts";
import { HearsayView } from "./stack/hearsay-view.ts";
import { Life } from "./stack/life.ts";
import { mountNodeLinks } from "./stack/link-mount.ts";
import { MembershipEar } from "./stack/membership-ear.ts";
import { mountReconnect, mountSerf, mountSuccession } from "./stack/membership-mounts.ts";
import { MonitorLayer } from "./stack/monitor-layer.ts";
import { Overlay } from "./stack/overlay.ts";
import { Passenger } from "./stack/passenger.ts";
import { makeSpreads, type Spreads, useLinks } from "./stack/spreads.ts";
import type { StackOptions, StackParts } from "./stack/stack.contract.ts";
import { livingBoot, Stack } from "./stack/stack.ts";
import { StateLayer } from "./stack/state-layer.ts";
import { UnmonitoredPeers } from "./stack/unmonitored-peers.ts";
import { topicsDefaults } from "./topics/topics.options.ts";

/** A compound's head; then a length and a type byte for each user message (spec section 11). */
const COMPOUND_HEAD_BYTES = 2;
const USER_OVERHEAD_BYTES = 3;

/**
 * Builds the protocols of one node and starts them. Whoever the host is, a process with sockets or
 * a node of the simulator, it runs what is built here.
 *
 *   Swim       owns packets and streams; who is there
 *   Serf       rides on it: intents, events, queries (not on a plain memberlist wire)
 *   Reconnect  looks for members that were lost, by SWIM's joins
 *   Succession gets this node's name back from its former life
 *   Degraded   members that are busy, and say so
 *   Broadcast  rides on it last: typed messages between Hearsay members
 *   Agreement  asks Hearsay members whether they see the same
 *   DataLayer  keeps replicas in agreement, as soon as there are any
 *   StateLayer brings the states of all nodes to all, as soon as one has any
 *   AggregateLayer  what all nodes' numbers come to, as soon as one asks
 *   MonitorLayer  who is silent, and what all sensors read, as soon as one takes part
 *   DetectorLayer   who is dead, by another way than SWIM's, where it is asked for
 *   Links      one connection a pair of nodes, for whoever has much to say, or to ask
 *   Overlay    the few neighbours that trees are made of: rings, or HyParView on links
 *   Spreads    trees and rumours for topics that ask for them
 */
export function compose(host: StackHost, parts: StackParts): Stack {
  const { counters, listener, name, options, tags } = parts;
  const meta = new AdvertisedMeta(parts.wire, serfCodec, chosenCapabilities(options));
  const hearsayPeers = new HearsayView();
  const overlayPeers = options.overlay === "hyparview" ? new HearsayView() : undefined;
  const unmonitored = new UnmonitoredPeers();
  const life = new Life(name, parts.boot);
  const carrier = makeCarrier(host, parts);
  const views = { hearsayPeers, overlayPeers, unmonitored };
  const ear = new MembershipEar({ name, meta, ...views, listener });
  const onBootReported = (boot: number) => stack.onBootReported(boot);
  const passenger = new Passenger({ name, meta, hearsayPeers, counters, onBootReported });
  const paths = new PathEar();
  const health = lateHealth(() => degraded);
  const { now, packetMaxBytes, swim } = mountSwim(host, parts, {
    wiring: { passenger, listener: ear, reports: carrier, health, paths },
    meta: meta.encode(tags, life.boot),
    vsn: meta.vsn,
    onDice: (dice) => {
      hearsayPeers.scatter(dice);
      overlayPeers?.scatter(dice);
    },
  });

  const gossipMaxBytes = packetMaxBytes - USER_OVERHEAD_BYTES;
  const isPlain = parts.wire === "memberlist";
  const serf = isPlain ? undefined : mountSerf(host, parts, { swim, ear, gossipMaxBytes });
  const onSaveDue = () => listener.onPastToKeep(stack.pastMembers());
  const reconnect = mountReconnect(host, parts, { swim, carrier, onSaveDue });
  const succession = mountSuccession(host, parts, { swim, carrier, ear });

  const origin = () => life.origin;
  const post = makePost(host, parts, { swim, carrier, packetMaxBytes });
  const beside = { swim, carrier, hearsayPeers, origin, post };
  const broadcast = mountBroadcast(host, parts, { ...beside, packetMaxBytes });
  const agreement = mountAgreement(host, parts, beside);
  const data = makeDataLayer(host, parts, beside);

  carrier.take({ swim, serf, reconnect, succession, broadcast });
  const swimDetector = new SwimDetector(swim, options.swim, now);
  ear.take({ serf, reconnect, succession, detector: swimDetector });
  const { links, reachability } = makePaths(host, parts, { ...beside, meta, paths });
  const overlay = makeOverlay(host, parts, { hearsayPeers, overlayPeers, links });
  const spreads = makeAllSpreads(host, parts, { ...beside, links, overlay });
  useLinks(links, spreads);
  const degraded = makeDegradedLayer(host, parts, { ...beside, meta });
  const layers = {
    ...{ data, spreads, reachability, degraded },
    state: makeStateLayer(host, parts, { ...beside, links }),
    aggregates: makeAggregateLayer(host, parts, { ...beside, links }),
    monitor: makeMonitorLayer(host, parts, { ...beside, links, meta, serf, unmonitored }),
    detectors: makeDetectorLayer(host, parts, { ...beside, meta, now, swimDetector }),
  };
  passenger.take({ ...layers, serf, broadcast, agreement });
  const protocols = { swim, serf, reconnect, succession, broadcast, agreement };
  const around = { carrier, hearsayPeers, life, links, meta, overlay };
  const stack = new Stack(host, { parts, protocols, ...layers, ...around });
  stack.start();
  return stack;
}

function chosenCapabilities({ monitoring, overlay }: StackOptions): ChosenCapability[] {
  const chosen: ChosenCapability[] = overlay === "hyparview" ? ["hyparview"] : [];
  return monitoring === "off" ? [...chosen, "unmonitored"] : chosen;
}

interface Beside {
  readonly swim: Swim;
  readonly carrier: Carrier;
  readonly hearsayPeers: HearsayView;
  readonly origin: () => Origin;
  readonly post: FramePost;
}

function mountBroadcast(
  host: StackHost,
  parts: StackParts,
  beside: Beside & { readonly packetMaxBytes: number },
): Broadcast {
  const { carrier, hearsayPeers, origin, packetMaxBytes } = beside;
  const { counters, listener, options } = parts;
  const wiring = {
    peers: hearsayPeers,
    codec: broadcastCodec,
    listener,
    counters,
    origin,
    packetMaxBytes,
    partOverheadBytes: USER_OVERHEAD_BYTES,
  };
  return host.mount(
    "broadcast",
    (to: PeerId, message: BroadcastMessage) => carrier.sendBroadcast(to, message),
    (env) => new Broadcast(env, wiring, options.broadcast),
  );
}

function mountAgreement(host: StackHost, parts: StackParts, beside: Beside): Agreement {
  const { carrier, hearsayPeers, origin, swim } = beside;
  const digest = () => swim.membershipDigest();
  const wiring = { peers: hearsayPeers, counters: parts.counters, digest, origin };
  return host.mount(
    "agreement",
    (to: PeerId, message: AgreementMessage) => carrier.sendAgreement(to, message),
    (env) => new Agreement(env, wiring, parts.options.agreement),
  );
}

function makeDataLayer(host: StackHost, parts: StackParts, beside: Beside): DataLayer {
  const { counters, listener, options } = parts;
  return new DataLayer({
    ...{ ...beside, host, counters, options: options.antiEntropy },
    onUnknown: (name) => listener.onComparedReplica?.(name),
    onArrival: (arrival) => listener.onArrival?.(arrival),
  });
}

function makeStateLayer(
  host: StackHost,
  parts: StackParts,
  beside: Beside & { readonly links: Links },
): StateLayer {
  return new StateLayer({
    ...beside,
    host,
    counters: parts.counters,
    onHeard: () => parts.listener.onStateHeard?.(),
  });
}

function makeAggregateLayer(
  host: StackHost,
  parts: StackParts,
  beside: Beside & { readonly links: Links },
): AggregateLayer {
  const { counters, name, options } = parts;
  const numbers = options.aggregates ?? aggregateOptions();
  const isMember = (peer: PeerId) => beside.swim.members.get(String(peer)) !== undefined;
  return new AggregateLayer({ ...beside, host, name, counters, isMember, options: numbers });
}

interface SwimBeginnings {
  readonly wiring: Pick<SwimWiring, "passenger" | "listener" | "reports" | "health" | "paths">;
  readonly meta: Uint8Array;
  readonly vsn: Uint8Array;
  /** Views are scattered before they are used. */
  readonly onDice: (dice: Random) => void;
}

function mountSwim(host: StackHost, parts: StackParts, { onDice, wiring, ...own }: SwimBeginnings) {
  const { addr, counters, makeTable, name, options, port, secondVoice } = parts;
  const incarnations = secondVoice?.incarnations;

  let packetMaxBytes = 0;
  let now = (): number => 0;
  const swim = host.mountStream("swim", (env) => {
    packetMaxBytes = env.packetMaxBytes - COMPOUND_HEAD_BYTES;
    onDice(env.random);
    now = () => env.now();
    const whole = { ...wiring, sizes: swimSizes, counters, incarnations, makeTable };
    return new Swim(env, whole, { name, addr, port, ...own }, options.swim);
  });
  return { now, packetMaxBytes, swim };
}

/** SWIM is made first, and asks later. */
function lateHealth(layer: () => DegradedLayer): MemberHealth {
  return {
    patienceFor: (name) => layer().patienceFor(name),
    isDegraded: (name) => layer().isDegraded(name),
  };
}

function makeDegradedLayer(
  host: StackHost,
  parts: StackParts,
  beside: Beside & { readonly meta: AdvertisedMeta },
): DegradedLayer {
  const { counters, listener, name, options, secondVoice } = parts;
  const { hearsayPeers, meta, origin, post, swim } = beside;
  return new DegradedLayer({
    ...{ host, name, counters, swim, hearsayPeers, origin, post },
    options: options.degraded ?? degradedOptions(),
    listener: { onHealth: (change, member) => listener.onHealth?.(change, member) },
    livingBoot: (who) => livingBoot(swim, meta, who),
    voice: secondVoice,
  });
}

function makeCarrier(host: StackHost, { counters, listener, options }: StackParts): Carrier {
  const { streamTimeoutMs } = options.broadcast;
  const { askTimeoutMs } = options.succession;
  return new Carrier({ host, counters, listener, streamTimeoutMs, askTimeoutMs });
}

/** Links, and who reaches whom: each tells the other what it finds out. */
function makePaths(
  host: StackHost,
  parts: StackParts,
  beside: Beside & { readonly meta: AdvertisedMeta; readonly paths: PathEar },
) {
  const routing = new PathRouting(beside);
  const links = mountNodeLinks(host, parts, { ...beside, routing });
  const reachability = makeReachability(host, parts, beside);
  beside.paths.layer = reachability;
  routing.layer = reachability;
  return { links, reachability };
}

function makeReachability(
  host: StackHost,
  parts: StackParts,
  beside: Beside & { readonly meta: AdvertisedMeta },
): ReachabilityLayer {
  const { meta, swim } = beside;
  const { counters, name, options } = parts;
  const takesPart = (peer: PeerId): boolean => {
    const member = swim.members.get(String(peer));
    return member !== undefined && knowsPaths(meta.decode(member.meta).advert);
  };
  const numbers = options.reachability ?? resolveOptions("reachability", reachabilityDefaults);
  return new ReachabilityLayer({ ...beside, host, name, counters, takesPart, options: numbers });
}

function makeMonitorLayer(
  host: StackHost,
  parts: StackParts,
  beside: Beside & {
    readonly links: Links;
    readonly meta: AdvertisedMeta;
    readonly serf: Serf | undefined;
    readonly unmonitored: UnmonitoredPeers;
  },
): MonitorLayer {
  const { meta, serf, swim } = beside;
  const memberOf = (name: string) => {
    const record = serf?.memberOf(name) ?? swim.members.get(name);
    return record && { status: record.status, tags: meta.decode(record.meta).tags };
  };
  return new MonitorLayer({
    ...beside,
    host,
    name: parts.name,
    counters: parts.counters,
    memberOf,
  });
}

function makeDetectorLayer(
  host: StackHost,
  parts: StackParts,
  beside: Beside & Pick<DetectorLayerParts, "meta" | "now" | "swimDetector">,
): DetectorLayer {
  const { counters, name, options } = parts;
  return new DetectorLayer({ ...beside, host, name, counters, options: options.detector });
}

function makePost(
  host: StackHost,
  parts: StackParts,
  beside: { readonly swim: Swim; readonly carrier: Carrier; readonly packetMaxBytes: number },
): FramePost {
  const { carrier, packetMaxBytes, swim } = beside;
  return new FramePost({
    host,
    swim,
    afterWrites: parts.afterWrites,
    memberOf: (peer) => carrier.reachable(peer),
    frameMaxBytes: packetMaxBytes - USER_OVERHEAD_BYTES,
    streamTimeoutMs: parts.options.broadcast.streamTimeoutMs,
  });
}

function makeOverlay(
  host: StackHost,
  parts: StackParts,
  beside: {
    readonly hearsayPeers: HearsayView;
    readonly overlayPeers: HearsayView | undefined;
    readonly links: Links;
  },
): Overlay {
  const { hearsayPeers, links, overlayPeers: peers } = beside;
  const { counters, name, options } = parts;
  const { neighboursCount } = options.topics ?? topicsDefaults;
  const common = { name, hearsayPeers, neighboursCount, counters, links };
  if (peers === undefined) return new Overlay(host, common);
  return new Overlay(host, { ...common, hyparview: { peers, options: options.hyparview } });
}

function makeAllSpreads(
  host: StackHost,
  parts: StackParts,
  beside: Beside & { readonly links: Links; readonly overlay: Overlay },
): Spreads {
  const { plumtree, rumor } = parts.options;
  return makeSpreads({
    ...beside,
    host,
    counters: parts.counters,
    plumtree: plumtree ?? resolveOptions("plumtree", plumtreeDefaults),
    rumor: rumor ?? resolveOptions("rumor", rumorDefaults),
    onUnknownReplica: (way, name) => parts.listener.onUnknownReplica?.(way, name),
    onArrival: (arrival) => parts.listener.onArrival?.(arrival),
  });
}
