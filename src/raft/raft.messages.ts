import type { PeerId } from "../core/peer.ts";
import type { Entry, GroupConfig } from "./entry.ts";

/** The channel's number on links. */
export const RAFT_CHANNEL = 15;

/** What every message says of its sender. */
interface Envelope {
  /** Which group: a number made of its name and first voters; 0 before it is known. */
  readonly group: number;
  /** The sender's disk. */
  readonly disk: number;
  readonly term: number;
}

/** Why a leader, or whoever should be one, does not do what it was asked. */
export type RefusalReason =
  /** It is not the leader, or not yet sure to be. */
  | "notLeader"
  /** It has as much under way as its bounds allow. */
  | "full"
  /** It is handing over its office. */
  | "transferring"
  /** A change of members is under way, or none may be yet; or its guard does not let it pass. */
  | "busy"
  /** That change makes no sense: not a member, already one, the last voter, too many. */
  | "absurd"
  /** It is larger than an entry may be. */
  | "tooLarge";

/** One change of one server. [Ongaro 2014 §4.1] */
export type MemberChange =
  | { readonly kind: "addLearner"; readonly peer: PeerId; readonly disk: number }
  | { readonly kind: "promote"; readonly peer: PeerId }
  | { readonly kind: "remove"; readonly peer: PeerId };

/** What a follower asks the leader to do for it. */
export type Wish =
  | { readonly kind: "propose"; readonly command: Uint8Array }
  | { readonly kind: "read" }
  | { readonly kind: "change"; readonly change: MemberChange };

/** What became of a wish. */
export type WishReply =
  /** It stands in the leader's log there; whether it stays is seen when that index commits. */
  | { readonly kind: "appended"; readonly index: number; readonly entryTerm: number }
  /** All that was committed before the wish stands at or below `index`. */
  | { readonly kind: "readable"; readonly index: number }
  | { readonly kind: "refused"; readonly reason: RefusalReason };

/**
 * How its sender keeps what is not decided: when its guard has let it pass, or unasked, because it
 * has no guard or knows of none. [decision 0011]
 */
export type Keeps = "asked" | "unasked";

type Body =
  /** Is there a group? Sent until the sender has a place in one. */
  | { readonly kind: "hello" }
  /** To the leader: this one asks for a place, and is none of those that are known here. */
  | { readonly kind: "admit"; readonly peer: PeerId; readonly newDisk: number }
  /**
   * There is, and the receiver with the disk it has is a member. `birth` is the group's first
   * configuration, as long as it stands in the sender's log.
   */
  | { readonly kind: "welcome"; readonly birth: GroupConfig | undefined }
  /** There is, and the receiver is a voter of it whose disk was another one. */
  | { readonly kind: "lost" }
  /** Would you vote for me? `term` is the one after the sender's. [Ongaro 2014 §9.6] */
  | { readonly kind: "preVote"; readonly lastIndex: number; readonly lastTerm: number }
  | { readonly kind: "preVoteReply"; readonly verdict: "granted" | "refused" }
  | {
      readonly kind: "vote";
      readonly lastIndex: number;
      readonly lastTerm: number;
      /** A leader that hands over is the one cause to vote although there is a leader. */
      readonly cause: "timeout" | "transfer";
    }
  | { readonly kind: "voteReply"; readonly verdict: "granted" | "refused" }
  | {
      readonly kind: "append";
      readonly prevIndex: number;
      readonly prevTerm: number;
      readonly commit: number;
      readonly entries: readonly Entry[];
    }
  /** All up to `match` is what the leader has, and durable. */
  | { readonly kind: "taken"; readonly match: number; readonly keeps: Keeps }
  /** `prevIndex` does not fit; what might is at or below `hintIndex`, which has `hintTerm`. */
  | {
      readonly kind: "misfit";
      readonly prevIndex: number;
      readonly hintIndex: number;
      readonly hintTerm: number;
    }
  /** The leader is there. `round` counts its heartbeats, for reads; one of 0 is not answered. */
  | { readonly kind: "heartbeat"; readonly commit: number; readonly round: number }
  | { readonly kind: "heartbeatReply"; readonly round: number }
  /** A piece of a snapshot. */
  | {
      readonly kind: "chunk";
      readonly index: number;
      readonly indexTerm: number;
      readonly config: GroupConfig;
      readonly totalBytes: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  /** The next piece wanted of the snapshot at `index`. */
  | { readonly kind: "chunkReply"; readonly index: number; readonly offset: number }
  /** Be a candidate now. */
  | { readonly kind: "timeoutNow" }
  | { readonly kind: "wish"; readonly request: number; readonly wish: Wish }
  | { readonly kind: "wishReply"; readonly request: number; readonly reply: WishReply };

export type RaftMessage = Envelope & Body;
export type MessageOf<Kind extends RaftMessage["kind"]> = Extract<RaftMessage, { kind: Kind }>;

type OfLeader = Extract<RaftMessage, { kind: "append" | "heartbeat" | "chunk" }>;

export function isOfLeader(message: RaftMessage): message is OfLeader {
  const { kind } = message;
  return kind === "append" || kind === "heartbeat" || kind === "chunk";
}

/** A message before the envelope is put round it. */
export type RaftBody = Body;

export type RaftTimer =
  | { readonly kind: "election" }
  | { readonly kind: "heartbeat"; readonly term: number }
  /** What waits for company has waited long enough. */
  | { readonly kind: "flush" }
  | { readonly kind: "hello" }
  | { readonly kind: "deliver" }
  | { readonly kind: "requests" };
