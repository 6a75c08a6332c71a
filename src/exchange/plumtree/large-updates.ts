import type { Dot } from "../../core/dot.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Enrolled } from "../enrolled.ts";
import type { ApplyVerdict } from "../replica.ts";
import { type Gossip, nextRound, type Offered } from "./plumtree.messages.ts";
import type { SeatWiring } from "./seat.ts";
import type { Statistics } from "./statistics.ts";
import type { Trees } from "./trees.ts";

/** How an update came. */
export interface Coming {
  readonly from: PeerId;
  readonly verdict: ApplyVerdict;
}

/**
 * Updates of one replica that are too large to be pushed: they are announced to all neighbours, and
 * who lacks one fetches it. They tell nothing of the tree, which stays that of the small ones.
 */
export class LargeUpdates {
  private readonly enrolled: Enrolled;
  private readonly shared: SeatWiring;
  private readonly trees: Trees;
  private readonly statistics: Statistics;

  constructor(
    enrolled: Enrolled,
    shared: SeatWiring,
    of: { readonly trees: Trees; readonly statistics: Statistics },
  ) {
    this.enrolled = enrolled;
    this.shared = shared;
    this.trees = of.trees;
    this.statistics = of.statistics;
  }

  isLarge(bytes: number): boolean {
    return bytes > this.shared.options.announceFromBytes;
  }

  /** To all neighbours alike: who has it from elsewhere does not ask for it. */
  offer(offered: Offered, except?: PeerId): void {
    const { outbox, wiring } = this.shared;
    for (const peer of this.trees.neighbours) {
      if (peer === except) continue;
      outbox.offer(peer, this.enrolled.name, offered);
      this.statistics.announcedSentCount += 1;
      wiring.counters.add("plumtree.offered");
    }
  }

  takeOffered(from: PeerId, offered: Offered): void {
    this.statistics.announcedReceivedCount += 1;
    if (this.enrolled.replica.seen.has(offered)) return;
    const isNoted = this.shared.fetches.note(from, this.enrolled.name, offered);
    if (!isNoted) this.shared.wiring.counters.add("plumtree.dropped.offers");
  }

  /** The update at this place of a run that came. */
  onCame({ first, origin, round, updates }: Gossip, at: number, { from, verdict }: Coming): void {
    const { fetches, wiring } = this.shared;
    const dot = { origin, seq: first + at };
    if (verdict === "deferred") return fetches.onUseless(from, this.enrolled.name, dot);
    this.onHere(dot);
    if (verdict === "known" || verdict === "rejected") return;
    const bytes = this.enrolled.sizeOf(updates[at]);
    this.statistics.noteHops(round, 1);
    this.statistics.bytesReceivedCount += bytes;
    wiring.counters.add("plumtree.news");
    // Too large to be kept here: who asked for it would be told so.
    if (this.enrolled.replica.get(dot) === undefined) return;
    this.offer({ ...dot, round: nextRound(round), bytes }, from);
  }

  /** Nobody needs to be asked for it any more. */
  onHere(dot: Dot): void {
    this.shared.fetches.onCame(this.enrolled.name, dot);
  }
}
