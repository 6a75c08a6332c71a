import type { PeerId } from "../../core/peer.ts";
import type { AntiEntropyWiring, SetsPort } from "./anti-entropy.contract.ts";
import type { Claim, Digest, DigestsMessage, Wants } from "./anti-entropy.messages.ts";
import type { Conversation } from "./conversations.ts";
import type { Seats } from "./seats.ts";

/** What a round with a peer is about. */
export interface Admitted {
  readonly claims: readonly Claim[];
  /** True when the two agree about who replicates what. */
  readonly isAgreed: boolean;
  readonly hasRefused: boolean;
}

/**
 * Sees to it that two nodes agree about who replicates what before they exchange anything else,
 * refuses who has no place any more, and learns from all others what they have seen.
 * [DESIGN section 2]
 */
export class Admission {
  private readonly seats: Seats;
  private readonly sets: SetsPort | undefined;
  private readonly counters: AntiEntropyWiring["counters"];

  constructor({ counters, sets }: AntiEntropyWiring, seats: Seats) {
    this.seats = seats;
    this.sets = sets;
    this.counters = counters;
  }

  /** Q's side: a peer has begun a round. */
  admit(from: PeerId, claims: readonly Claim[]): Admitted {
    const { sets } = this;
    if (sets === undefined) return { claims, isAgreed: false, hasRefused: false };
    const ofSets = claims.find(({ replica }) => replica === sets.replica);
    const own = this.seats.of(sets.replica);
    const isAgreed = ofSets?.hash === own?.replica.seen.hash();
    if (ofSets !== undefined && !isAgreed) {
      return { claims: [ofSets], isAgreed, hasRefused: false };
    }
    const admitted = claims.filter(({ replica }) => !this.isRefused(from, replica));
    for (const claim of isAgreed ? admitted : []) this.learnClaim(from, claim);
    return { claims: admitted, isAgreed, hasRefused: admitted.length < claims.length };
  }

  /** P's side: what the two have seen is the same. */
  onSame({ claimed, peer }: Conversation): void {
    const { sets } = this;
    if (sets === undefined || !claimed.has(sets.replica)) return;
    for (const [name, hash] of claimed) {
      const seen = this.seats.of(name)?.replica.seen;
      if (seen?.hash() === hash) sets.onSeen(peer, name, seen);
    }
  }

  /** P's side: the answer to its comparison, less what is refused. */
  onDigests(conversation: Conversation, message: DigestsMessage): DigestsMessage {
    const { sets } = this;
    if (sets === undefined) return message;
    const { peer } = conversation;
    const isOfSets = ({ replica }: Digest | Wants) => replica === sets.replica;
    if (message.digests.some(isOfSets) || message.wants.some(isOfSets)) {
      conversation.isAgreed = false;
      const digests = message.digests.filter(isOfSets);
      return { ...message, digests, wants: message.wants.filter(isOfSets) };
    }
    const isWelcome = ({ replica }: Digest | Wants) => !this.isRefused(peer, replica);
    const digests = message.digests.filter(isWelcome);
    if (conversation.isAgreed) for (const digest of digests) this.learnDigest(peer, digest);
    return { ...message, digests, wants: message.wants.filter(isWelcome) };
  }

  /** Either side: a peer has told what it has seen. */
  learn({ isAgreed, peer }: Conversation, digest: Digest): void {
    if (isAgreed) this.learnDigest(peer, digest);
  }

  private learnDigest(peer: PeerId, { replica, seen }: Digest): void {
    if (!seen.isEmpty) this.sets?.onSeen(peer, replica, seen);
  }

  private learnClaim(from: PeerId, { hash, recent, replica: name }: Claim): void {
    const seen = this.seats.of(name)?.replica.seen;
    if (seen?.hash() === hash) this.sets?.onSeen(from, name, seen);
    else if (!recent.isEmpty) this.sets?.onSeen(from, name, recent);
  }

  private isRefused(peer: PeerId, replica: string): boolean {
    if (this.sets?.isRefused(peer, replica) !== true) return false;
    this.counters.add("antiEntropy.dropped.evicted");
    return true;
  }
}
