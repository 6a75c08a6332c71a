import type { Arrival } from "../../core/arrival.ts";
import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer.ts";
import type { PlumtreeEnv } from "../../exchange/plumtree/plumtree.contract.ts";
import {
  PLUMTREE_BULK_CHANNEL,
  PLUMTREE_CHANNEL,
  type PlumtreeMessage,
} from "../../exchange/plumtree/plumtree.messages.ts";
import type { PlumtreeOptions } from "../../exchange/plumtree/plumtree.options.ts";
import { Plumtree } from "../../exchange/plumtree/plumtree.ts";
import { decodePlumtree, encodePlumtree } from "../../exchange/plumtree/plumtree.wire.ts";
import type { RumorEnv } from "../../exchange/rumor/rumor.contract.ts";
import {
  RUMOR_BULK_CHANNEL,
  RUMOR_CHANNEL,
  type RumorMessage,
} from "../../exchange/rumor/rumor.messages.ts";
import type { RumorOptions } from "../../exchange/rumor/rumor.options.ts";
import { Rumor } from "../../exchange/rumor/rumor.ts";
import { decodeRumor, encodeRumor } from "../../exchange/rumor/rumor.wire.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import { decodeFrame } from "../../wire/frame.ts";
import type { Links } from "../links/links.contract.ts";
import type { SpreadCounts } from "../topics/topic-statistics.ts";
import type { Overlay } from "./overlay.ts";
import { SpreadLayer, type SpreadParts } from "./spread-layer.ts";

/** Rumours are counted, not weighed: this one stands for each. */
const RUMOR_BYTES = 128;
/** Asked again after so many, where no peer has a link that could say what it takes. */
const UNLINKED_BYTES = 1_048_576;

/** The ways in which topics spread beside broadcasts on SWIM's packets. */
export const spreadWays = ["plumtree", "rumor"] as const;
export type SpreadWay = (typeof spreadWays)[number];

export interface SpreadsParts extends Omit<SpreadParts, "onUnknown"> {
  readonly hearsayPeers: PeerView;
  readonly plumtree: PlumtreeOptions;
  readonly rumor: RumorOptions;
  /** Where trees get their neighbours. */
  readonly overlay: Overlay;
  /** A peer speaks of a replica that is not enrolled in this way: the last chance to enrol it. */
  readonly onUnknownReplica: (way: SpreadWay, name: string) => void;
  /** For who follows messages. */
  readonly onArrival: (arrival: Arrival) => void;
}

export interface Spreads {
  readonly plumtree: SpreadLayer<PlumtreeMessage, Plumtree>;
  readonly rumor: SpreadLayer<RumorMessage, Rumor>;
}

/** What each way counts of the replica of this name. */
export function spreadCounts({ plumtree, rumor }: Spreads, name: string): SpreadCounts {
  return {
    plumtree: plumtree.running?.statistics(name),
    rumor: rumor.running?.statisticsOf(name),
  };
}

export function makeSpreads(parts: SpreadsParts): Spreads {
  const { onUnknownReplica } = parts;
  const plumtree = new SpreadLayer<PlumtreeMessage, Plumtree>(
    {
      channelNumber: PLUMTREE_CHANNEL,
      bulkChannelNumber: PLUMTREE_BULK_CHANNEL,
      mount: (send) => parts.host.mount("plumtree", send, (env) => makePlumtree(env, parts)),
      capacity: () => treeCapacity(parts),
      encode: encodePlumtree,
      decode: decodePlumtree,
    },
    { ...parts, onUnknown: (name) => onUnknownReplica("plumtree", name) },
  );
  const rumor = new SpreadLayer<RumorMessage, Rumor>(
    {
      channelNumber: RUMOR_CHANNEL,
      bulkChannelNumber: RUMOR_BULK_CHANNEL,
      mount: (send) => parts.host.mount("rumor", send, (env) => makeRumor(env, parts)),
      capacity: (engine) => RUMOR_BYTES * (parts.rumor.hotMaxCount / 2 - engine.hotCount),
      encode: (message, codecOf) => rumorBody(encodeRumor(message, parts.origin(), codecOf)),
      decode: decodeRumor,
    },
    { ...parts, onUnknown: (name) => onUnknownReplica("rumor", name) },
  );
  return { plumtree, rumor };
}

/** A link's peer has said who it is: what comes over it needs no head. */
export function useLinks(links: Links, spreads: Spreads): void {
  const users = [
    [PLUMTREE_CHANNEL, spreads.plumtree, "keep"],
    [PLUMTREE_BULK_CHANNEL, spreads.plumtree, "bulk"],
    [RUMOR_CHANNEL, spreads.rumor, "keep"],
    [RUMOR_BULK_CHANNEL, spreads.rumor, "bulk"],
  ] as const;
  for (const [channel, layer, rule] of users) {
    links.use(channel, { onMessage: (peer, bytes) => layer.onBody(peer, bytes) }, rule);
  }
}

/** What it writes is a whole frame. */
function rumorBody(frame: Uint8Array): Uint8Array {
  const body = decodeFrame(frame)?.body;
  assert(body !== undefined, "a frame of our own cannot be read");
  return body;
}

/**
 * A part of what the fullest neighbour still takes: what is in the tree's own outbox counts for
 * nothing there.
 */
function treeCapacity({ links, overlay }: SpreadsParts): number {
  let least = UNLINKED_BYTES;
  overlay.neighbours.forEachNeighbour((peer) => {
    if (links?.canReach(peer) === true) least = Math.min(least, links.capacity(peer));
  });
  return Math.floor(least / 4);
}

function makePlumtree(env: PlumtreeEnv, parts: SpreadsParts): Plumtree {
  const { counters, links, onArrival, overlay, plumtree } = parts;
  const peers = overlay.neighbours;
  const isCongested = (peer: PeerId) => links?.canReach(peer) === true && links.capacity(peer) <= 0;
  return new Plumtree(env, { peers, counters, isCongested, onArrival }, plumtree);
}

function makeRumor(env: RumorEnv, parts: SpreadsParts): Rumor {
  const { counters, hearsayPeers, onArrival, rumor } = parts;
  return new Rumor(env, { peers: hearsayPeers, counters, onArrival }, rumor);
}
