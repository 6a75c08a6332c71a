import type { Origin } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { Enrolled } from "../enrolled.ts";
import type { AntiEntropyWiring } from "./anti-entropy.contract.ts";
import type { Claim } from "./anti-entropy.messages.ts";
import type { AntiEntropyOptions } from "./anti-entropy.options.ts";
import type { Conversation } from "./conversations.ts";
import type { DotSketch } from "./dot-sketch.ts";
import { RecentDots } from "./recent-dots.ts";

/** For how many intervals a dot is recent: by then most of a cluster of any size has it. */
const RECENT_ROUNDS = 10;

/** A replica that is kept in agreement. */
export interface Seat extends Enrolled {
  readonly recent: RecentDots;
  /** The last life in whose name this node wrote. */
  own: Origin | undefined;
  /** The round that asked for updates of it last. */
  bringer: Conversation | undefined;
  /**
   * Of what it had seen when it was last asked for; serves all peers while that has not changed.
   */
  sketch: { readonly hash: number; readonly sketch: DotSketch } | undefined;
}

/** The replicas of a node, and whose turn it is to be compared. */
export class Seats {
  private readonly options: AntiEntropyOptions;
  private readonly counters: AntiEntropyWiring["counters"];
  private readonly now: () => number;
  private readonly byName = new Map<string, Seat>();
  /** Compared in every round. */
  private readonly first: string | undefined;
  /** Names of the others, in the order in which they are compared. */
  private names: string[] = [];
  private nextName = 0;

  constructor(wiring: AntiEntropyWiring, options: AntiEntropyOptions, now: () => number) {
    this.options = options;
    this.counters = wiring.counters;
    this.first = wiring.sets?.replica;
    this.now = now;
  }

  get isEmpty(): boolean {
    return this.byName.size === 0;
  }

  add(enrolled: Enrolled): void {
    if (this.byName.has(enrolled.name)) throw new Error(`${enrolled.name} is enrolled already`);
    const recent = new RecentDots(this.options.recentMaxCount);
    const seat: Seat = {
      ...enrolled,
      recent,
      own: undefined,
      bringer: undefined,
      sketch: undefined,
    };
    this.byName.set(enrolled.name, seat);
    this.nameOthers();
    enrolled.replica.subscribe({
      onNews: (dot, _, from) => {
        recent.note(dot, this.now());
        if (from === undefined) seat.own = dot.origin;
      },
    });
  }

  delete(name: string): void {
    this.byName.delete(name);
    this.nameOthers();
  }

  /** Counts a name that a peer said and nobody here knows. */
  of(name: string): Seat | undefined {
    const seat = this.byName.get(name);
    if (seat === undefined) this.counters.add("antiEntropy.dropped.unknownReplica", 1);
    return seat;
  }

  /** Those of replicas that are here too, and of which this node has seen something else. */
  differing(claims: readonly Claim[]): Claim[] {
    return claims.filter(({ hash, replica }) => {
      const seat = this.of(replica);
      return seat !== undefined && seat.replica.seen.hash() !== hash;
    });
  }

  /** A sketch is large: it goes when it is of no use to the next who asks. */
  dropOldSketches(): void {
    for (const seat of this.byName.values()) {
      if (seat.sketch?.hash !== seat.replica.seen.hash()) seat.sketch = undefined;
    }
  }

  /** Claims of the next replicas in turn, so that none starves where there are many. */
  takeClaims(conversation: Pick<Conversation, "resumes">): Claim[] {
    const first = this.first === undefined ? undefined : this.byName.get(this.first);
    const claims = first === undefined ? [] : [this.claimOf(first, conversation)];
    const most = Math.max(1 + claims.length, this.options.claimsMaxCount);
    const count = Math.min(most, claims.length + this.names.length);
    while (claims.length < count) {
      const name = this.names[this.nextName % this.names.length] ?? "";
      this.nextName = (this.nextName + 1) % this.names.length;
      const seat = this.byName.get(name);
      if (seat === undefined) break;
      claims.push(this.claimOf(seat, conversation));
    }
    return claims;
  }

  private claimOf(
    { name, recent, replica }: Seat,
    { resumes }: Pick<Conversation, "resumes">,
  ): Claim {
    const sinceMs = this.now() - RECENT_ROUNDS * this.options.roundIntervalMs;
    const { seen } = replica;
    const resume = resumes.get(name);
    return {
      replica: name,
      hash: seen.hash(),
      recent: recent.since(sinceMs),
      size: seen.size,
      ...(resume === undefined ? {} : { resume }),
    };
  }

  private nameOthers(): void {
    this.names = [...this.byName.keys()].filter((name) => name !== this.first);
  }
}

/**
 * The replica whose digest is too long to send, if that is what this round shall be about: such a
 * round takes longer and may fail, so that small replicas which differ too get every second one.
 */
export function pickSketched(
  differing: readonly Claim[],
  seats: Seats,
  by: { readonly isDear: (seat: Seat, claim: Claim) => boolean; readonly random: Random },
): Seat | undefined {
  const large = differing.filter((claim) => {
    const seat = seats.of(claim.replica);
    return seat !== undefined && !lacksOnly(seat, claim) && by.isDear(seat, claim);
  });
  const one = by.random.pick(large);
  if (one === undefined) return undefined;
  if (large.length < differing.length && by.random.chance(0.5)) return undefined;
  return seats.of(one.replica);
}

/** True when the dots that a claim names as recent are all that stands between the two. */
export function lacksOnly({ replica }: Seat, { hash, recent }: Claim): boolean {
  return !recent.isEmpty && replica.seen.hashWith(recent) === hash;
}
