import type { Address } from "../../core/address.ts";
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
    | "probeFailed" // a probe by `by` got no answer; `detail` tells direct, indirect and stream results
    | "suspected" // `by` accused it at `incarnation`
    | "confirmed" // a further independent accusation by `by`
    | "refuted" // an alive with a higher `incarnation` won
    | "probeAnswered" // while suspect, it answered
    | "timedOut" // the suspicion ran out here
    | "declaredDead" // dead by `by` at `incarnation`
    | "left" // said so itself
    | "updated" // new meta or address
    | "reaped";
  readonly by?: string;
  readonly incarnation?: number;
  readonly detail?: string;
}

/** Told last in a step, in order. Implementations must not call back into Swim except its queries. */
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

/** What rides on SWIM: the layers above fill packets and read what arrives for them. */
export interface SwimPassenger {
  /** Bytes of a user message (after type byte 8), from a packet or a stream. */
  onUser(from: Address, payload: Uint8Array, via: "packet" | "stream"): void;
  /**
   * Payloads of user messages to put into a packet for `to`, the most urgent first. Each costs its
   * length + `overheadBytes` of `budgetBytes`; each return counts as one transmission.
   */
  takeBroadcasts(to: SwimMember, budgetBytes: number, overheadBytes: number): readonly Uint8Array[];
  /** True when `takeBroadcasts` would have something for `member`; used to choose gossip targets. */
  hasBroadcasts(member: SwimMember): boolean;
  /** State for a push/pull; empty bytes for none. */
  localState(join: boolean): Uint8Array;
  mergeRemoteState(state: Uint8Array, join: boolean): void;
  /** Payload of the ack to a direct UDP ping; empty for none. */
  ackPayload(): Uint8Array;
  /** A direct probe of `member` was answered over UDP after `rttMs`. */
  onPingComplete(member: SwimMember, rttMs: number, payload: Uint8Array): void;
  /** Vetoes a push/pull of a join before it is merged: a text says why. undefined lets it through. */
  vetoMerge(nodes: readonly { readonly name: string; readonly meta: Uint8Array }[]): string | undefined;
}

/** What SWIM must know about bytes without knowing the wire. */
export interface SwimSizes {
  /** Encoded length of a message with its type byte. */
  byteLength(message: SwimMessage): number;
}
