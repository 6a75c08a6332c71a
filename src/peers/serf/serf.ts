import type { Address } from "../../core/address.ts";
import { unreachable } from "../../core/assert.ts";
import { indexSeed } from "../../core/collections/name-index.ts";
import { LamportClock } from "../../core/lamport-clock.ts";
import type { Protocol } from "../../core/protocol.ts";
import { Answers } from "./answers.ts";
import { Broadcasts } from "./broadcasts.ts";
import type { SerfContext, SerfEnv } from "./context.ts";
import { IntentGossip, type IntentMessage } from "./intent-gossip.ts";
import { Intents } from "./intents.ts";
import { InternalQueries } from "./internal-queries.ts";
import { LeaveSequence } from "./leave.ts";
import { Members } from "./members.ts";
import { OwnQueries } from "./own-queries.ts";
import { Pings } from "./pings.ts";
import { QUERY_NO_REBROADCAST, Queries } from "./queries.ts";
import { Relays } from "./relays.ts";
import type {
  Coordinate,
  KeyCommand,
  KeyringPort,
  MembershipEnd,
  MembershipRecord,
  QueryHandle,
  QueryId,
  QueryParameters,
  SerfCodec,
  SerfCommands,
  SerfCounters,
  SerfListener,
  SerfMember,
  SerfMembership,
  SerfPassenger,
  SerfStatus,
} from "./serf.contract.ts";
import type { QueryMessage, SerfMessage, UserEventMessage } from "./serf.messages.ts";
import type { SerfOptions } from "./serf.options.ts";
import type { SerfTimer } from "./serf.timers.ts";
import { StateExchange } from "./state-exchange.ts";
import { metaOfTags } from "./tags.ts";
import { UserEvents } from "./user-events.ts";

/** What `new Serf(env, wiring, options)` is joined to. */
export interface SerfWiring {
  readonly membership: SerfMembership;
  readonly listener: SerfListener;
  readonly counters: SerfCounters;
  readonly codec: SerfCodec;
  /** Absent when encryption is off. */
  readonly keyring?: KeyringPort;
}

/**
 * Serf on top of SWIM: intents that tell a leave from a failure, user events, queries, and
 * coordinates. It rides on SWIM's packets, probes and push/pulls, and adds no traffic of its own
 * but answers to queries. Source: specs/memberlist-wire.md part II.
 *
 * Departs from Serf: it does not dial failed members (section 21.6) and writes no snapshot (section
 * 26); `peers/reconnect` does both, for a plain memberlist wire too. No coalescing of events yet.
 */
export class Serf
  implements Protocol<SerfMessage, SerfTimer, Address>, SerfPassenger, SerfCommands
{
  private readonly context: SerfContext;
  private readonly memberClock: LamportClock;
  private readonly intents: Intents;
  private readonly intentGossip: IntentGossip;
  private readonly leaving: LeaveSequence;
  private readonly events: UserEvents;
  private readonly queries: Queries;
  private readonly answers: Answers;
  private readonly ownQueries: OwnQueries;
  private readonly relays: Relays;
  private readonly states: StateExchange;
  private readonly pings: Pings;
  private joinsUnderWayCount = 0;

  constructor(env: SerfEnv, wiring: SerfWiring, options: SerfOptions) {
    const { counters, codec } = wiring;
    const onFull = () => counters.add("serf.dropped.intentsFull");
    this.intents = new Intents(options.intentsMaxCount, onFull);
    const members = this.makeMembers({ env, wiring, options });
    const { membership, listener } = wiring;
    const messageMaxBytes = membership.gossipMaxBytes;
    const broadcasts = new Broadcasts({ env, options, counters, members, messageMaxBytes });
    const context = { env, options, codec, membership, listener, counters, members, broadcasts };
    const queryClock = new LamportClock(options.lamportJumpMaxCount);
    this.context = context;
    this.memberClock = new LamportClock(options.lamportJumpMaxCount);
    this.intentGossip = new IntentGossip(context, this.memberClock);
    this.leaving = new LeaveSequence(context);
    this.events = new UserEvents(context);
    this.queries = new Queries(context, queryClock);
    this.answers = new Answers(context, queryClock, new InternalQueries(context, wiring.keyring));
    this.ownQueries = new OwnQueries(context, { queries: this.queries, answers: this.answers });
    this.relays = new Relays(context);
    this.states = new StateExchange(context, {
      memberClock: this.memberClock,
      queryClock,
      intents: this.intentGossip,
      events: this.events,
    });
    this.pings = new Pings(context);
  }

  start(): void {
    const { env, options } = this.context;
    env.setTimer({ kind: "reap" }, options.reapIntervalMs);
    env.setTimer({ kind: "queueCheck" }, options.queueCheckIntervalMs);
  }

  stop(): void {}

  onUser(_from: Address, payload: Uint8Array): void {
    const { codec, counters, options } = this.context;
    if (payload.length > options.messageMaxBytes) {
      counters.add("serf.dropped.tooLarge");
      return;
    }
    // Queues and rings keep what they are given, so it must not be part of a packet's buffer.
    const bytes = new Uint8Array(payload);
    const message = codec.decode(bytes);
    if (message === undefined) counters.add("serf.dropped.malformed");
    else this.receive(message, bytes);
  }

  onMessage(_from: Address, message: SerfMessage): void {
    this.receive(message, undefined);
  }

  onTimer(timer: SerfTimer): void {
    switch (timer.kind) {
      case "reap":
        this.onReap();
        return;
      case "queueCheck":
        this.onQueueCheck();
        return;
      case "stateSlice":
        this.states.onSlice();
        return;
      case "queryEnd":
        this.queries.onQueryEnd(timer.lTime);
        return;
      case "ownResponse":
        this.queries.onResponse(timer.response);
        return;
      case "prune":
        this.context.members.finishPrune(timer.name);
        return;
      case "leaveTold":
        this.leaving.onIntentSent();
        return;
      case "leaveStage":
        this.leaving.onStageTimeout(timer.stage);
        return;
      default:
        unreachable(timer);
    }
  }

  // What membership below tells.

  onMemberJoin(record: MembershipRecord): void {
    this.context.members.onJoin(record);
  }

  onMemberLeave(record: MembershipRecord, end: MembershipEnd = "failed"): void {
    this.context.members.onLeave(record.name, end);
  }

  onMemberUpdate(record: MembershipRecord): void {
    this.context.members.onUpdate(record);
  }

  onConflict(existing: { readonly name: string }): void {
    const { counters, membership, options } = this.context;
    counters.add("serf.conflicts");
    if (existing.name !== membership.local.name || !this.leaving.isPresent) return;
    if (options.conflictResolution === "ignore") return;
    this.ownQueries.vote(existing.name);
  }

  takeBroadcasts(budgetBytes: number, overheadBytes: number): readonly Uint8Array[] {
    return this.context.broadcasts.take(budgetBytes, overheadBytes);
  }

  hasBroadcasts(): boolean {
    return this.context.broadcasts.size > 0;
  }

  localState(): Uint8Array {
    return this.states.localState();
  }

  mergeRemoteState(state: Uint8Array, purpose: "join" | "refresh"): void {
    const isOwnJoin = purpose === "join" && this.joinsUnderWayCount > 0;
    this.states.merge(new Uint8Array(state), isOwnJoin ? "ownJoin" : "peer");
  }

  ackPayload(): Uint8Array {
    return this.pings.ackPayload();
  }

  onPingComplete(name: string, rttMs: number, payload: Uint8Array): void {
    this.pings.onComplete(name, rttMs, payload);
  }

  onJoinBegun(): void {
    this.joinsUnderWayCount += 1;
  }

  onJoinEnded(outcome: "joined" | "failed"): void {
    this.joinsUnderWayCount = Math.max(this.joinsUnderWayCount - 1, 0);
    if (outcome === "joined" && this.leaving.isPresent) this.intentGossip.announceJoin();
  }

  onMembershipLeft(): void {
    this.leaving.onMembershipLeft();
  }

  // What the user asks.

  get state(): SerfStatus {
    return this.leaving.status;
  }

  get membersCount(): number {
    return this.context.members.size;
  }

  get coordinate(): Coordinate {
    return this.pings.local;
  }

  coordinateOf(name: string): Coordinate | undefined {
    return this.pings.coordinateOf(name);
  }

  memberOf(name: string): SerfMember | undefined {
    return this.context.members.get(name);
  }

  forEachMember(visit: (member: SerfMember) => void): void {
    for (const member of this.context.members.values()) visit(member);
  }

  leave(): void {
    if (!this.leaving.isPresent) return;
    this.leaving.begin();
    const { env, membership } = this.context;
    const onSent = () => {
      env.setTimer({ kind: "leaveTold" }, 0);
    };
    const node = membership.local.name;
    const isHeard = this.intentGossip.announceLeave({ node, prune: false, onSent });
    if (!isHeard) this.leaving.onIntentSent();
  }

  forceLeave(name: string, fate: "left" | "prune"): boolean {
    const { members, membership } = this.context;
    if (name === membership.local.name || members.get(name) === undefined) return false;
    const prune = fate === "prune";
    this.intentGossip.announceLeave({ node: name, prune, onSent: undefined });
    return true;
  }

  setTags(tags: ReadonlyMap<string, string>): void {
    this.context.membership.setMeta(metaOfTags(this.context, tags));
  }

  event(name: string, payload: Uint8Array, coalescing: "allowed" | "never"): void {
    this.events.send({ name, payload, cc: coalescing === "allowed" });
  }

  query(parameters: QueryParameters): QueryId {
    return this.ownQueries.ask(parameters);
  }

  cancelQuery(id: QueryId): void {
    this.queries.cancel(id);
  }

  respond(handle: QueryHandle, payload: Uint8Array): boolean {
    return this.answers.respond(handle, payload);
  }

  keyQuery(command: KeyCommand, key: Uint8Array): QueryId {
    return this.ownQueries.askKeys(command, key);
  }

  /** @param bytes as they came, to be passed on as such; undefined where messages travel whole. */
  private receive(message: SerfMessage, bytes: Uint8Array | undefined): void {
    switch (message.kind) {
      case "join":
      case "leave":
        this.receiveIntent(message, bytes);
        return;
      case "userEvent":
        this.receiveEvent(message, bytes);
        return;
      case "query":
        this.receiveQuery(message, bytes);
        return;
      case "queryResponse":
        this.queries.onResponse(message);
        return;
      case "relay":
        this.relays.carry(message);
        return;
      case "pushPull":
      case "conflictResponse":
      case "keyRequest":
      case "keyResponse":
        this.context.counters.add("serf.dropped.misplaced");
        return;
      default:
        unreachable(message);
    }
  }

  private receiveIntent(intent: IntentMessage, bytes: Uint8Array | undefined): void {
    const { broadcasts, codec } = this.context;
    if (!this.intentGossip.onIntent(intent)) return;
    broadcasts.queueIntent(bytes ?? codec.encode(intent), undefined);
  }

  private receiveEvent(event: UserEventMessage, bytes: Uint8Array | undefined): void {
    const { broadcasts, codec } = this.context;
    if (this.events.onEvent(event)) broadcasts.queueEvent(bytes ?? codec.encode(event));
  }

  private receiveQuery(query: QueryMessage, bytes: Uint8Array | undefined): void {
    const { broadcasts, codec } = this.context;
    const isNews = this.answers.onQuery(query);
    if (!isNews || (query.flags & QUERY_NO_REBROADCAST) !== 0) return;
    broadcasts.queueQuery(bytes ?? codec.encode(query), query.timeoutNs);
  }

  private onReap(): void {
    const { env, members, options } = this.context;
    const now = env.now();
    env.setTimer({ kind: "reap" }, options.reapIntervalMs);
    members.reap(now - options.reconnectTimeoutMs, now - options.tombstoneTimeoutMs);
    this.intents.dropHeardBefore(now - options.intentTimeoutMs);
    this.answers.dropExpired();
  }

  private onQueueCheck(): void {
    const { broadcasts, env, options } = this.context;
    env.setTimer({ kind: "queueCheck" }, options.queueCheckIntervalMs);
    broadcasts.trim();
  }

  private makeMembers(parts: { env: SerfEnv; wiring: SerfWiring; options: SerfOptions }): Members {
    const { env, options, wiring } = parts;
    const pruneAfterMs = options.broadcastTimeoutMs + options.leavePropagateDelayMs;
    return new Members({
      selfName: () => wiring.membership.local.name,
      maxCount: options.membersMaxCount,
      indexSeed: indexSeed(env.random),
      intents: this.intents,
      listener: wiring.listener,
      counters: wiring.counters,
      now: () => env.now(),
      selfState: () => this.leaving.status,
      decodeTags: (meta) => wiring.codec.decodeTags(meta),
      pruneLater: (name) => {
        env.setTimer({ kind: "prune", name }, pruneAfterMs);
      },
      onErased: (name) => this.pings.forget(name),
    });
  }
}
