import { peerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import { boundedNeighbours } from "../../peers/bounded-neighbours.ts";
import type { Contacts } from "../../peers/hyparview/hyparview.contract.ts";
import { HYPARVIEW_CHANNEL } from "../../peers/hyparview/hyparview.messages.ts";
import {
  type HyParViewOptions,
  hyparviewDefaults,
} from "../../peers/hyparview/hyparview.options.ts";
import { HyParView } from "../../peers/hyparview/hyparview.ts";
import { decodeHyParView, encodeHyParViewBody } from "../../peers/hyparview/hyparview.wire.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { Links } from "../links/links.contract.ts";
import { mountLinked } from "../links/mount-links.ts";
import { MixedNeighbours } from "./mixed-neighbours.ts";
import type { StackCounters } from "./stack.contract.ts";

/** Where trees get their neighbours. */
export type OverlayProtocol = "rings" | "hyparview";

/** An overlay as it is at one moment. */
export interface OverlayPicture {
  readonly protocol: OverlayProtocol;
  /** Neighbours in trees. */
  readonly active: readonly string[];
  /** Kept in reserve. */
  readonly passive: readonly string[];
}

export interface OverlayParts {
  /** This node. */
  readonly name: string;
  readonly hearsayPeers: PeerView;
  /** Neighbours in the rings. */
  readonly neighboursCount: number;
  readonly counters: StackCounters;
  readonly links: Links;
  /** Absent where trees stand on rings. */
  readonly hyparview?: {
    /** Living members that chose it too. */
    readonly peers: Contacts;
    readonly options: HyParViewOptions | undefined;
  };
}

/**
 * The few neighbours that this node's trees are made of. Rings cost nothing, so they begin with the
 * first tree; HyParView begins with the node, for it takes a while to find neighbours.
 */
export class Overlay {
  private readonly parts: OverlayParts;
  private readonly hyparview: HyParView | undefined;
  private view: PeerView | undefined;

  constructor(host: StackHost, parts: OverlayParts) {
    this.parts = parts;
    if (parts.hyparview !== undefined) this.hyparview = mountHyParView(host, parts);
  }

  get neighbours(): PeerView {
    this.view ??= this.makeView();
    return this.view;
  }

  /** undefined while there are neither trees nor HyParView. */
  picture(): OverlayPicture | undefined {
    const { hyparview, view } = this;
    if (hyparview === undefined && view === undefined) return undefined;
    const active: string[] = [];
    (view ?? hyparview)?.forEachNeighbour((peer) => active.push(String(peer)));
    if (hyparview === undefined) return { protocol: "rings", active, passive: [] };
    const known = hyparview.worthKeeping().map(({ peer }) => String(peer));
    return { protocol: "hyparview", active, passive: known.filter((one) => !active.includes(one)) };
  }

  start(): void {
    this.hyparview?.start();
  }

  /** Neighbours hear that this node does not come back. */
  leave(): void {
    this.hyparview?.stop();
  }

  private makeView(): PeerView {
    const { hearsayPeers, hyparview: chosen, name, neighboursCount } = this.parts;
    const rings = boundedNeighbours(hearsayPeers, { self: peerId(name), neighboursCount });
    const { hyparview } = this;
    if (hyparview === undefined || chosen === undefined) return rings;
    return new MixedNeighbours({ hyparview, rings, speakers: chosen.peers });
  }
}

function mountHyParView(host: StackHost, parts: OverlayParts): HyParView {
  const { counters, hyparview, links } = parts;
  const mount = {
    name: "hyparview",
    channel: HYPARVIEW_CHANNEL,
    codec: { encode: encodeHyParViewBody, decode: decodeHyParView },
    onMalformed: () => counters.add("stack.dropped.badBody"),
  };
  const afterStep = (body: () => void) => host.afterStep(() => host.step(body));
  const contacts = hyparview === undefined ? {} : { contacts: hyparview.peers };
  const wiring = { counters, afterStep, ...contacts };
  const options = hyparview?.options ?? hyparviewDefaults;
  return mountLinked(host, links, mount, (env) => new HyParView(env, wiring, options));
}
