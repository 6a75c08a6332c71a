import { DotSet } from "../../core/dot-set.ts";
import type { Random } from "../../core/random.ts";
import type { Claim, Digest } from "./anti-entropy.messages.ts";
import type { AntiEntropyOptions } from "./anti-entropy.options.ts";
import type { Conversation } from "./conversations.ts";
import { digestBytesOf, digestOf, digestPieceOf } from "./digest.ts";
import type { Seat } from "./seats.ts";
import { isWorthSketching } from "./sketch-talk.ts";

/** What this node tells a peer of what it has seen. `conversation.offered` remembers it. */
export class Digests {
  private readonly options: AntiEntropyOptions;
  private readonly random: Random;

  constructor(options: AntiEntropyOptions, random: Random) {
    this.options = options;
    this.random = random;
  }

  /** True when a sketch may tell the difference for less than a digest. */
  isDear({ replica: { seen } }: Seat, claim: Claim): boolean {
    if (claim.resume !== undefined) return false;
    const digestBytes = digestBytesOf(seen);
    if (digestBytes <= this.options.sketchFromBytes) return false;
    return isWorthSketching(seen, { digestBytes, theirSize: claim.size });
  }

  /**
   * All that a message may carry: the whole, some origins, the next piece of what is long, or those
   * of the runs that a sketch found to differ which were not offered yet.
   */
  offer(conversation: Conversation, seat: Seat): Digest {
    const { name } = seat;
    const { seen } = seat.replica;
    const { deltaMaxBytes, digestMaxBytes, sketchFromBytes } = this.options;
    const pieceMaxBytes = Math.max(digestMaxBytes, Math.floor(deltaMaxBytes / 2));
    const { ownResumes, sketch } = conversation;
    if (sketch?.replica === name && sketch.own !== undefined) {
      const own = sketch.own.take(Math.ceil(pieceMaxBytes / 8));
      return this.offerRuns(conversation, seat, own);
    }
    if (digestBytesOf(seen) <= sketchFromBytes) {
      const cut = { maxBytes: digestMaxBytes, random: this.random };
      return this.offered(conversation, digestOf(name, seen, cut));
    }
    const piece = { from: ownResumes.get(name), maxBytes: pieceMaxBytes };
    const digest = digestPieceOf(name, seen, piece);
    if (digest.next === undefined) ownResumes.delete(name);
    else ownResumes.set(name, digest.next);
    return this.offered(conversation, digest);
  }

  /** Runs that come to those that were offered already. */
  addRuns(conversation: Conversation, seat: Seat, runs: DotSet): Digest {
    const before = conversation.offered.get(seat.name);
    const digest = this.offerRuns(conversation, seat, runs);
    const all = before ?? new DotSet();
    all.addAll(runs);
    conversation.offered.set(seat.name, all);
    return digest;
  }

  offerRuns(conversation: Conversation, { name, replica }: Seat, runs: DotSet): Digest {
    const { size } = replica.seen;
    return this.offered(conversation, { replica: name, seen: runs, extent: "partial", size });
  }

  private offered(conversation: Conversation, digest: Digest): Digest {
    conversation.offered.set(digest.replica, digest.seen);
    return digest;
  }
}
