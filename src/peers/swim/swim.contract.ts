import type { Address } from "../../core/address.ts";
import type { ExchangeId } from "../../core/env.ts";
import type { ExchangeFailure } from "../../core/protocol.ts";
import type { PeerView } from "../peer-view.ts";
import type { PathListener } from "./probing/path-listener.ts";
import type { AliveMessage, SwimMessage } from "./swim.messages.ts";

/** What a member is, as far as this node knows. `left` said so itself; `dead` was found out. */
export type SwimStatus = "alive" | "suspect" | "dead" | "left";

/** SWIM's record about one node, this node included. Read-only for everyone but `peers/swim`. */
export interface SwimMember {
  readonly name: string;
  /** IP bytes (4 or 16) exactly as received; re-gossiped unchanged (spec section 4.1). */
  readonly addr: Uint8Array;
  readonly port: number;
  /** The same place as `addr` and `port`, ready for `env.send`. */
  readonly address: Address;
  readonly meta: Uint8Array;
  readonly vsn: Uint8Array;
  readonly incarnation: number;
  readonly status: SwimStatus;
  /** `env.now()` of the last change of `status`. */
  readonly statusSince: number;
}

/**
 * One link in the chain that led to a member's status, as `node.members.why` shows it. `atMs` is
 * `env.now()`; `what` names the step; the other fields are there when they mean something.
 */
export interface Evidence {
  readonly atMs: number;
  readonly what:
    | "joined" // first heard of, or came back from dead or left
    | "probeFailed" // a probe by `by` got no answer; `detail` tells what was tried
    | "suspected" // `by` accused it at `incarnation`
    | "confirmed" // a further independent accusation by `by`
    | "refuted" // an alive with a higher `incarnation` won
    | "probeAnswered" // while suspect, it answered
    | "timedOut" // the suspicion ran out here
    | "declaredDead" // dead by `by` at `incarnation`
    | "left" // said so itself
    | "succeeded" // a later life of it claims another address
    | "updated" // new meta or address
    | "degraded" // said of itself that it is busy; `detail` tells how
    | "recovered" // said that it is no longer, or said nothing more
    | "reaped";
  readonly by?: string;
  readonly incarnation?: number;
  readonly detail?: string;
}

/**
 * Told last in a step, in order. Implementations must not call back into Swim except its queries.
 * The records are pictures of that moment. This node itself is told of too: `onJoin` at start,
 * `onUpdate` after new meta, `onLeave` when it leaves.
 */
export interface SwimListener {
  /** Alive for the first time, or again after dead or left. */
  onJoin(member: SwimMember): void;
  /** Became dead or left: see `member.status`. */
  onLeave(member: SwimMember): void;
  /** New meta or address, still alive. */
  onUpdate(member: SwimMember): void;
  onSuspect(member: SwimMember): void;
  /** Was suspect, is alive. */
  onRefuted(member: SwimMember): void;
  onReap(member: SwimMember): void;
  /** Somebody else claims the name of `existing` from another address (spec 14.1 step 4). */
  onConflict(existing: SwimMember, claim: AliveMessage): void;
}

/** Why state is exchanged: somebody joins, or members compare notes. */
export type PushPullPurpose = "join" | "refresh";

/** What rides on SWIM: the layers above fill packets and read what arrives for them. */
export interface SwimPassenger {
  /** Bytes of a user message (after type byte 8), from a packet or a stream. */
  onUser(from: Address, payload: Uint8Array, via: "packet" | "stream"): void;
  /**
   * Payloads of user messages to put into a packet for `to`, the most urgent first. Each costs its
   * length + `overheadBytes` of `budgetBytes`; each return counts as one transmission.
   */
  takeBroadcasts(to: SwimMember, budgetBytes: number, overheadBytes: number): readonly Uint8Array[];
  /** False when `takeBroadcasts` has nothing for anybody: then nobody need be looked for. */
  hasNews(): boolean;
  /** True when `takeBroadcasts` has something for `member`; used to choose gossip targets. */
  hasBroadcasts(member: SwimMember): boolean;
  /** State for a push/pull; empty bytes for none. */
  localState(purpose: PushPullPurpose): Uint8Array;
  mergeRemoteState(state: Uint8Array, purpose: PushPullPurpose): void;
  /** Payload of the ack to a direct UDP ping; empty for none. */
  ackPayload(): Uint8Array;
  /** A direct probe of `member` was answered over UDP after `rttMs`. */
  onPingComplete(member: SwimMember, rttMs: number, payload: Uint8Array): void;
  /**
   * Whether meta from another address shows a later life of the member whose meta is `known`.
   * Absent: nobody can tell.
   */
  isSuccessor?(known: Uint8Array, claimed: Uint8Array): boolean;
  /** Vetoes the push/pull of a join before it is merged, with a text that says why. */
  vetoMerge(
    nodes: readonly { readonly name: string; readonly meta: Uint8Array }[],
  ): string | undefined;
}

/** What SWIM must know about bytes without knowing the wire. */
export interface SwimSizes {
  /** Encoded length of a message with its type byte. */
  byteLength(message: SwimMessage): number;
}

/** What this node is to others. The bytes are kept by reference and must not be changed. */
export interface SwimIdentity {
  /** 1 … 128 bytes of UTF-8, unique in the cluster. */
  readonly name: string;
  /** 4 bytes for IPv4, 16 for IPv6: one form for ever (spec section 4.1). */
  readonly addr: Uint8Array;
  readonly port: number;
  /** At most 512 bytes. */
  readonly meta: Uint8Array;
  /** Six bytes: pmin, pmax, pcur, dmin, dmax, dcur. */
  readonly vsn: Uint8Array;
}

/** How a join ended: merged, or why not. */
export type JoinResult =
  | { readonly kind: "joined"; readonly nodesCount: number }
  | {
      readonly kind: "failed";
      /**
       * `refused`: the peer sent an error; `versions`, `vetoed` and `busy`: this node would not
       * merge; `self`: nobody but this node itself answered, by another of its addresses.
       */
      readonly reason: ExchangeFailure | "refused" | "versions" | "vetoed" | "busy" | "self";
      readonly detail: string;
    };

export type SendResult =
  | { readonly kind: "sent" }
  | { readonly kind: "failed"; readonly reason: ExchangeFailure; readonly detail: string };

/** `told`: sent its full count; `alone`: nobody was there to hear; `timeout`: gave up waiting. */
export type LeaveResult = "told" | "alone" | "timeout";

/** How this node's own undertakings ended. Told last in a step, in order, like `SwimListener`. */
export interface SwimReports {
  onJoinResult(id: ExchangeId, result: JoinResult): void;
  /** A `sendUserStream` ended. */
  onSendResult(id: ExchangeId, result: SendResult): void;
  /** The alive of an `updateMeta` was sent its full count, or replaced by a newer one. */
  onMetaSent(incarnation: number): void;
  onLeft(result: LeaveResult): void;
}

/**
 * What is known of members that say of themselves that they are degraded: there, and slow. SWIM
 * gives them time; see peers/degraded.
 */
export interface MemberHealth {
  /** What multiplies the time in which this member may refute a suspicion; 1 for who is well. */
  patienceFor(name: string): number;
  /** Who is degraded is asked last to probe for others. */
  isDegraded(name: string): boolean;
}

/**
 * This node's incarnations, where another thread may speak in its name while this one is busy: no
 * number is given out twice.
 */
export interface Incarnations {
  /** The highest so far, whoever took it. */
  readonly current: number;
  /** Takes one above the current one and above `accused`, at most `ceiling`. */
  take(accused: number, ceiling: number): number;
}

/** Where SWIM counts; `core/metrics` counters satisfy it. */
export interface SwimCounters {
  add(name: SwimCount, by?: number): void;
}

/** What SWIM counts, by name. The first block is what it dropped, and why. */
export type SwimCount =
  | "swim.dropped.misplaced" // a kind that has no business in a packet, or on a stream
  | "swim.dropped.tooDeep" // compound inside compound inside …
  | "swim.dropped.badName" // empty, or longer than nameMaxBytes
  | "swim.dropped.badAddress" // IP bytes that are neither 4 nor 16, or no port
  | "swim.dropped.metaTooLarge"
  | "swim.dropped.badVersion" // section 13
  | "swim.dropped.absurdIncarnation" // near 2^32: refuting it would overflow
  | "swim.dropped.tableFull" // membersMaxCount
  | "swim.dropped.stateTooLarge" // a push/pull with more entries than membersMaxCount
  | "swim.dropped.mergesFull" // mergesMaxCount: a large state that was not merged
  | "swim.dropped.badState" // a push/pull entry with a state that is none
  | "swim.dropped.unknownAck"
  | "swim.dropped.unknownNack"
  | "swim.dropped.pingForOther" // meant for another name
  | "swim.dropped.relaysFull" // relaysMaxCount
  | "swim.dropped.emptyUser"
  | "swim.dropped.userTooLarge" // does not fit a packet: not sent
  | "swim.claims.news"
  | "swim.ghosts.doubted" // an alive of old about a member that was reaped
  | "swim.ghosts.asked" // the doubted was asked to refute
  | "swim.claims.known" // stale or known already: ordinary in gossip
  | "swim.claims.corrected" // of these, accusations whose own author was told what it missed
  | "swim.claims.uncorrected" // and those that were too many to answer them
  | "swim.conflicts"
  | "swim.refutations"
  | "swim.refutations.adopted" // said by another thread while this one was busy
  | "swim.incarnationExhausted"
  | "swim.probes.begun"
  | "swim.probes.direct"
  | "swim.probes.late"
  | "swim.probes.stream"
  | "swim.probes.failed"
  | "swim.probes.skipped" // a round that found a probe still running
  | "swim.relays.acked"
  | "swim.relays.nacked"
  | "swim.suspicions.begun"
  | "swim.suspicions.confirmed"
  | "swim.suspicions.timedOut"
  | "swim.gossip.packets"
  | "swim.gossip.messages"
  | "swim.pushPulls.begun"
  | "swim.pushPulls.answered"
  | "swim.pushPulls.failed"
  | "swim.pushPulls.refused"; // versions or veto

/** Read-only face of the member table. Iteration is in the order of the probe list. */
export interface SwimMembers extends Iterable<SwimMember> {
  /** All known: this node, and dead and left ones not yet reaped. The `n` of every formula. */
  readonly size: number;
  /** Alive or suspect, this node included while it has not left. */
  readonly livingCount: number;
  readonly local: SwimMember;
  get(name: string): SwimMember | undefined;
}

/** What other slices and the node may ask of SWIM, and ask it to do. */
export interface SwimMembership {
  /** Everyone alive or suspect but this node; peer ids are member names. */
  readonly view: PeerView;
  readonly members: SwimMembers;
  /** Lifeguard's local health: 0 is well, `awarenessMaxMultiplier` − 1 the worst. */
  readonly awarenessScore: number;
  /** Oldest first; empty when nothing is known. */
  evidence(name: string): readonly Evidence[];
  /** Smoothed round trip of direct probes; undefined before the first. */
  rttMs(name: string): number | undefined;
  /** Equal on two nodes exactly when they hold the same living members at the same incarnations. */
  membershipDigest(): string;
  /** Push/pull with whoever is there; ends with `onJoinResult`. */
  join(address: Address): ExchangeId;
  /** Announces new meta (at most 512 bytes) under a new incarnation, which it returns. */
  updateMeta(meta: Uint8Array): number;
  /** Says goodbye; ends with `onLeft`. Probes are still answered until `stop`. */
  leave(): void;
  /** A link for the chain of evidence of a member that spoke of its own health. */
  noteHealth(name: string, what: "degraded" | "recovered", detail: string): void;
  /** This node was busy for long: it doubts itself once more (Lifeguard's health score). */
  doubtOneself(): void;
  /** One user message in one packet, no checksum. False when it cannot fit one. */
  sendUser(to: Address, payload: Uint8Array): boolean;
  /** The same to a member, with a checksum when it understands that (spec section 5.1). */
  sendUserTo(member: SwimMember, payload: Uint8Array): boolean;
  /**
   * Several user messages to a member in one packet. False, and none sent, when they do not fit.
   */
  sendUsersTo(member: SwimMember, payloads: readonly Uint8Array[]): boolean;
  /** One user message over a stream; ends with `onSendResult`. */
  sendUserStream(to: Address, payload: Uint8Array, deadlineMs: number): ExchangeId;
}

/**
 * What `new Swim(env, wiring, identity, options)` is joined to. `Swim` implements
 * `StreamProtocol<SwimMessage, SwimTimer>` and `SwimMembership`.
 */
export interface SwimWiring {
  readonly sizes: SwimSizes;
  readonly passenger: SwimPassenger;
  readonly listener: SwimListener;
  readonly reports: SwimReports;
  readonly counters: SwimCounters;
  /** Default: everybody is well. */
  readonly health?: MemberHealth | undefined;
  /** Default: this node alone speaks in its name. */
  readonly incarnations?: Incarnations | undefined;
  /** Hears what probes find out about single paths. Default: nobody. */
  readonly paths?: PathListener | undefined;
}
