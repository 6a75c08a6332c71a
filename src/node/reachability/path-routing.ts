import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import type { LinkRouting } from "../links/links.contract.ts";
import type { ReachabilityLayer } from "./reachability-layer.ts";

/** Members that are looked at for one that reaches a peer. */
const CANDIDATES_MAX_COUNT = 32;
const ROUTES_MAX_COUNT = 8;

export interface PathRoutingParts {
  readonly swim: Swim;
  readonly hearsayPeers: PeerView;
}

/** Who could pass links on to a peer, by the matrix of who reaches whom. */
export class PathRouting implements LinkRouting {
  /** Made after the links. */
  layer: ReachabilityLayer | undefined;
  private readonly parts: PathRoutingParts;

  constructor(parts: PathRoutingParts) {
    this.parts = parts;
  }

  /** First who has reached it lately, when SWIM asked; then the nearest. */
  routesTo(peer: PeerId, random: Random): readonly PeerId[] {
    const { layer } = this;
    if (layer === undefined || !layer.isLiving(peer)) return [];
    const matrix = layer.matrix();
    const { hearsayPeers, swim } = this.parts;
    const { kind, via } = matrix.cell(layer.self, peer);
    const drawn: PeerId[] = [];
    const count = hearsayPeers.sample(random, CANDIDATES_MAX_COUNT, drawn, peer);
    const candidates = new Set(via === undefined ? [] : [via]);
    for (const one of drawn.slice(0, count)) candidates.add(one);
    const isSound = (from: PeerId, to: PeerId): boolean => {
      const { kind, streams } = matrix.cell(from, to);
      return kind === "direct" && streams !== "down";
    };
    const distance = (one: PeerId): number =>
      one === via ? -1 : (swim.rttMs(String(one)) ?? Number.MAX_VALUE);
    return (
      [...candidates]
        .filter((one) => one !== peer && this.isMember(one) && isSound(layer.self, one))
        .filter((one) => isSound(one, peer) && isSound(peer, one))
        .sort((one, other) => distance(one) - distance(other))
        // Whom nobody is known to reach is more often dead than cut off.
        .slice(0, kind === "none" ? 1 : ROUTES_MAX_COUNT)
    );
  }

  isCut(peer: PeerId): boolean {
    return this.layer?.isCut(peer) === true;
  }

  isPacketsOnly(peer: PeerId): boolean {
    return this.layer?.isPacketsOnly(peer) === true;
  }

  isMember(peer: PeerId): boolean {
    return this.layer?.isLiving(peer) === true && this.layer.takesPart(peer);
  }

  onHeard(peer: PeerId): void {
    this.layer?.onStreamHeard(peer);
  }

  onDialled(peer: PeerId, state: "up" | "down"): void {
    this.layer?.onStream(peer, state);
  }
}
