import type { Address } from "../../core/address.ts";
import type { SerfMessage } from "./serf.messages.ts";

/** What Serf needs to know of a record of the membership below; `SwimMember` has this shape. */
export interface MembershipRecord {
  readonly name: string;
  /** IP bytes (4 or 16), exactly as received. */
  readonly addr: Uint8Array;
  readonly port: number;
  readonly address: Address;
  /** Tags as Serf encodes them, or a bare role. */
  readonly meta: Uint8Array;
  /** pmin, pmax, pcur, dmin, dmax, dcur. */
  readonly vsn: Uint8Array;
}

/** How membership below lost a member: it said goodbye itself, or others found it gone. */
export type MembershipEnd = "left" | "failed";

/** What Serf asks of the membership below it. Each method only queues; none calls back. */
export interface SerfMembership {
  /** This node's own record, with the address told to others. */
  readonly local: MembershipRecord;
  /** Largest message that can ride in a packet of gossip (spec section 11). */
  readonly gossipMaxBytes: number;
  /**
   * Leave gracefully. When the others were told, call `Serf.onMembershipLeft`; Serf goes on
   * without it after `broadcastTimeoutMs`.
   */
  leave(): void;
  /** Sends these bytes as a user message in a packet of its own, at once: a relayed answer. */
  sendUser(to: Address, payload: Uint8Array): void;
  /** Where packets for these IP bytes (4 or 16) and port go; undefined when that is nowhere. */
  addressOf(addr: Uint8Array, port: number): Address | undefined;
  /** Announces new meta of this node. */
  setMeta(meta: Uint8Array): void;
}

/** Keys as bytes (16, 24 or 32). Absent altogether when encryption is off. */
export interface KeyringPort {
  /** In ring order, the primary first. */
  list(): readonly Uint8Array[];
  /** Each changes the ring and returns undefined, or leaves it and returns why. */
  add(key: Uint8Array): string | undefined;
  use(key: Uint8Array): string | undefined;
  remove(key: Uint8Array): string | undefined;
}

/** Who a query is for. All filters of a query must match. */
export type SerfFilter =
  | { readonly kind: "nodes"; readonly names: readonly string[] }
  | { readonly kind: "tag"; readonly tag: string; readonly expression: string };

/** A place in Vivaldi's space; every number is in seconds. Source: spec section 25. */
export interface Coordinate {
  readonly vector: readonly number[];
  readonly error: number;
  readonly adjustment: number;
  readonly height: number;
}

/** Bytes as Serf needs them, without knowing the wire. Nothing here throws on remote bytes. */
export interface SerfCodec {
  /** The whole message, type byte first. */
  encode(message: SerfMessage): Uint8Array;
  /** undefined when the bytes are no Serf message. */
  decode(bytes: Uint8Array): SerfMessage | undefined;
  /** `ff` and the map. Does not check the size. */
  encodeTags(tags: ReadonlyMap<string, string>): Uint8Array;
  /** A bare role reads as {role}; bytes that make no sense as no tags. */
  decodeTags(meta: Uint8Array): ReadonlyMap<string, string>;
  encodeFilter(filter: SerfFilter): Uint8Array;
  /** undefined for unknown types and bytes that make no sense. */
  decodeFilter(bytes: Uint8Array): SerfFilter | undefined;
  /** RE2, searched unanchored. A bad expression matches nothing. */
  matchesExpression(expression: string, text: string): boolean;
  /** Version byte and body: the payload of an ack. */
  encodeCoordinate(coordinate: Coordinate): Uint8Array;
  /** undefined for other versions and bytes that make no sense. Numbers may be anything. */
  decodeCoordinate(bytes: Uint8Array): Coordinate | undefined;
}

export type SerfStatus = "alive" | "leaving" | "left" | "failed";

/** Serf's record about a node. A new object at each change, so it can be handed out. */
export interface SerfMember extends MembershipRecord {
  readonly tags: ReadonlyMap<string, string>;
  readonly status: SerfStatus;
  /** Lamport time of the newest intent believed. */
  readonly statusLTime: number;
  /** `env.now()` of the last change of `status`. */
  readonly statusSinceMs: number;
}

/** Names one query of this node, for as long as it collects answers. */
export type QueryId = number & { readonly __queryId: unique symbol };

/** Names a query from somebody, for as long as it can be answered. */
export type QueryHandle = number & { readonly __queryHandle: unique symbol };

export interface UserEvent {
  readonly lTime: number;
  readonly name: string;
  readonly payload: Uint8Array;
  /** The sender allows coalescing; Serf here delivers every event by itself. */
  readonly coalesce: boolean;
}

export interface IncomingQuery {
  readonly handle: QueryHandle;
  readonly lTime: number;
  readonly name: string;
  readonly payload: Uint8Array;
  /** Name of the asker; empty from nodes older than Serf 0.9. */
  readonly from: string;
  /** `env.now()` after which an answer is no longer sent. */
  readonly deadlineMs: number;
  /** The asker is a Hearsay node that tells bare answers from framed ones. */
  readonly answers: "bare" | "framed";
}

export interface QueryParameters {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly filters: readonly SerfFilter[];
  /** Whether receivers acknowledge before they answer. */
  readonly acks: "wanted" | "unwanted";
  /** How many others each answer also travels by: 0 … 255. */
  readonly relayFactor: number;
  /** Undefined: the default for the size of the cluster (section 24.1). */
  readonly timeoutMs: number | undefined;
  /** "framed": Hearsay nodes may frame their answers; Serf agents do not. Default: "bare". */
  readonly answers?: IncomingQuery["answers"];
}

export interface QueryResult {
  readonly acks: readonly string[];
  readonly answers: readonly QueryAnswer[];
}
export interface QueryAnswer {
  readonly from: string;
  readonly payload: Uint8Array;
}

export type KeyCommand = "install" | "use" | "remove" | "list";

/** What the cluster said to a key command. It worked when none failed and none is missing. */
export interface KeyResult {
  readonly command: KeyCommand;
  /** Members alive when it was asked; fewer answers means that some are missing. */
  readonly membersCount: number;
  readonly answersCount: number;
  /** By member name, what went wrong or a remark. */
  readonly failures: ReadonlyMap<string, string>;
  readonly remarks: ReadonlyMap<string, string>;
  /** Base64 key → how many members have it, and how many seal with it. */
  readonly keys: ReadonlyMap<string, number>;
  readonly primaryKeys: ReadonlyMap<string, number>;
}

/**
 * What Serf tells the layers above. Called in order, when Serf's own state is consistent; it may be
 * in the middle of a step, so defer with `StackHost.afterStep` whatever acts on the node.
 */
export interface SerfListener {
  /** Alive for the first time or again. `leaving` when its leave was heard before its join. */
  onMemberJoin(member: SerfMember): void;
  /** New tags or address. */
  onMemberUpdate(member: SerfMember): void;
  /** It said that it will leave (alive → leaving), or stays after all (leaving → alive). */
  onMemberIntent(member: SerfMember): void;
  /** Left gracefully, or failed and was told to leave. */
  onMemberLeave(member: SerfMember): void;
  onMemberFail(member: SerfMember): void;
  /** Forgotten: pruned, or failed or left for too long. */
  onMemberReap(member: SerfMember): void;
  onUserEvent(event: UserEvent): void;
  /** Answer by `Serf.respond(query.handle, payload)`, at most once. */
  onQuery(query: IncomingQuery): void;
  onQueryAck(id: QueryId, from: string): void;
  onQueryAnswer(id: QueryId, answer: QueryAnswer): void;
  onQueryDone(id: QueryId, result: QueryResult): void;
  onKeysDone(id: QueryId, result: KeyResult): void;
  /** The leave that `leave()` began has ended: close the node now. */
  onLeft(): void;
  /** Another node has our name and most answers side with it: stop without leaving. */
  onConflictLost(vote: ConflictVote): void;
  onConflictWon(vote: ConflictVote): void;
}

export interface ConflictVote {
  readonly answersCount: number;
  readonly matchingCount: number;
}

/** What the membership below calls (sections 21 to 25). `Serf` implements it. */
export interface SerfPassenger {
  /** Alive for the first time, or again after dead or left. This node's own record too. */
  onMemberJoin(record: MembershipRecord): void;
  /** Dead or left: Serf tells the two apart by intents. */
  onMemberLeave(record: MembershipRecord, end?: MembershipEnd): void;
  onMemberUpdate(record: MembershipRecord): void;
  /** Somebody claims the name of `existing` from another address. */
  onConflict(existing: { readonly name: string }): void;
  /** Payload of a user message whose first byte is 0 … 9 (anything else is counted). */
  onUser(from: Address, payload: Uint8Array): void;
  takeBroadcasts(budgetBytes: number, overheadBytes: number): readonly Uint8Array[];
  hasBroadcasts(): boolean;
  localState(): Uint8Array;
  mergeRemoteState(state: Uint8Array, purpose: "join" | "refresh"): void;
  ackPayload(): Uint8Array;
  onPingComplete(name: string, rttMs: number, payload: Uint8Array): void;
  /** The user asked for a join: until it ends, old events of others are not news. */
  onJoinBegun(): void;
  /** That join has ended. When it reached anybody, Serf tells it by an intent. */
  onJoinEnded(outcome: "joined" | "failed"): void;
  /** The leave asked for by `SerfMembership.leave` was told to the others. */
  onMembershipLeft(): void;
}

/** What the user's API calls. `Serf` implements it. */
export interface SerfCommands {
  /** This node's name → "alive", then "leaving", then "left". */
  readonly state: SerfStatus;
  readonly membersCount: number;
  memberOf(name: string): SerfMember | undefined;
  forEachMember(visit: (member: SerfMember) => void): void;
  /** Begins the leave sequence of section 21.5; ends with `onLeft`. Again: does nothing. */
  leave(): void;
  /** Tells all that `name` has left; "prune" makes them forget it too. False when unknown. */
  forceLeave(name: string, fate: "left" | "prune"): boolean;
  /** @throws HearsayError TAGS_TOO_LARGE */
  setTags(tags: ReadonlyMap<string, string>): void;
  /** @throws HearsayError EVENT_TOO_LARGE */
  event(name: string, payload: Uint8Array, coalescing: "allowed" | "never"): void;
  /** @throws HearsayError QUERY_TOO_LARGE, QUEUE_FULL */
  query(parameters: QueryParameters): QueryId;
  /** Stops collecting; `onQueryDone` is not called. */
  cancelQuery(id: QueryId): void;
  /** False when too late, too large, answered already or unknown; each is counted. */
  respond(handle: QueryHandle, payload: Uint8Array): boolean;
  /**
   * Asks every member to change or list its keys; ends with `onKeysDone`.
   * @throws HearsayError QUEUE_FULL
   */
  keyQuery(command: KeyCommand, key: Uint8Array): QueryId;
  /** This node's place in Vivaldi's space, and that of a member probed lately. */
  readonly coordinate: Coordinate;
  coordinateOf(name: string): Coordinate | undefined;
}

/** Where Serf counts; `core/metrics` counters satisfy it. */
export interface SerfCounters {
  add(name: SerfCount, by?: number): void;
}

/** What Serf counts, by name. The first block is what it dropped, and why. */
export type SerfCount =
  | "serf.dropped.malformed" // the codec could not read it
  | "serf.dropped.tooLarge" // above messageMaxBytes
  | "serf.dropped.misplaced" // a kind that is never gossiped
  | "serf.dropped.absurdTime" // a Lamport time far beyond ours
  | "serf.dropped.badName" // an intent about nobody
  | "serf.dropped.staleIntent" // not newer than what is known: ordinary in gossip
  | "serf.dropped.intentsFull" // intentsMaxCount: the oldest fell out
  | "serf.dropped.strangerLeft" // SWIM lost or changed a member that is not in Serf's table
  | "serf.dropped.statusLeave" // SWIM lost a member that had left or failed already
  | "serf.dropped.membersFull" // membersMaxCount, and nobody in the table is gone
  | "serf.dropped.duplicateEvent"
  | "serf.dropped.oldEvent" // older than the buffer remembers, or from before the join
  | "serf.dropped.crowdedEvent" // perTimeMaxCount
  | "serf.dropped.duplicateQuery"
  | "serf.dropped.oldQuery"
  | "serf.dropped.crowdedQuery"
  | "serf.dropped.filtersFull" // tagFiltersPerSecondCount: taken as meant for others
  | "serf.dropped.unknownInternal" // an unknown `_serf_` query, or a payload that is none
  | "serf.dropped.forgottenQuery" // openQueriesMaxCount: the oldest fell out
  | "serf.dropped.badReturnAddress" // IP bytes that are neither 4 nor 16, or port 0
  | "serf.dropped.unknownResponse" // to no query that collects here
  | "serf.dropped.lateResponse"
  | "serf.dropped.duplicateResponse"
  | "serf.dropped.responsesFull" // more than twice as many as there are members
  | "serf.dropped.lateAnswer" // own answers that were not sent
  | "serf.dropped.doubleAnswer"
  | "serf.dropped.answerTooLarge"
  | "serf.dropped.relayTooLarge"
  | "serf.dropped.relaysFull" // relaysPerSecondCount: answers went directly only
  | "serf.dropped.relayRefused" // what was to be relayed is no answer
  | "serf.dropped.badState" // a push/pull state that is none
  | "serf.dropped.stateTooLong" // stateEntriesMaxCount, stateEventsMaxCount
  | "serf.dropped.badCoordinate"
  | "serf.dropped.badRtt"
  | "serf.dropped.unsendable" // larger than a packet of ours: not passed on
  | "serf.dropped.queueFull"
  | "serf.dropped.staleBroadcast" // a query that waited past its deadline
  | "serf.coordinate.reset"
  | "serf.events.delivered"
  | "serf.queries.delivered"
  | "serf.queries.filtered" // meant for others
  | "serf.queries.internal"
  | "serf.relays.sent"
  | "serf.relays.carried"
  | "serf.refutations"
  | "serf.conflicts";
