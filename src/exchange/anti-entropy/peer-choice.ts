import { pow } from "../../core/math.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerView } from "../../peers/peer-view.ts";

/** Peers among whom the near ones are preferred. [guess] */
const CANDIDATES_COUNT = 16;
/** How strongly: the i-th nearest is chosen in proportion to i^-a. [Demers 1987 §3.1: a near 2] */
const NEARNESS_EXPONENT = 2;

export interface PeerChoice {
  readonly count: number;
  readonly distance: ((peer: PeerId) => number) | undefined;
}

/** Random peers of a view; near ones more often where distances are known. */
export function choosePeers(view: PeerView, random: Random, choice: PeerChoice): PeerId[] {
  const { count, distance } = choice;
  const peers: PeerId[] = [];
  if (distance === undefined) {
    view.sample(random, count, peers);
    return peers;
  }
  view.sample(random, Math.max(count, CANDIDATES_COUNT), peers);
  const near = peers
    .map((peer) => ({ peer, far: distance(peer) }))
    .sort((a, b) => a.far - b.far)
    .map(({ peer }) => peer);
  const chosen: PeerId[] = [];
  while (chosen.length < count && near.length > 0) {
    chosen.push(...near.splice(drawRank(near.length, random), 1));
  }
  return chosen;
}

/** An index below `count`; index i with a weight of (i + 1)^-a. */
function drawRank(count: number, random: Random): number {
  let total = 0;
  for (let rank = 1; rank <= count; rank += 1) total += pow(rank, -NEARNESS_EXPONENT);
  let left = random.real() * total;
  for (let rank = 1; rank < count; rank += 1) {
    left -= pow(rank, -NEARNESS_EXPONENT);
    if (left < 0) return rank - 1;
  }
  return count - 1;
}
