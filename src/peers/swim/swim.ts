import type { Address } from "../../core/address.ts";
import { assert, unreachable } from "../../core/assert.ts";
import type { ExchangeId, StreamEnv } from "../../core/env.ts";
import { addressFromBytes } from "../../core/ip.ts";
import type { ExchangeOutcome, StreamProtocol } from "../../core/protocol.ts";
import type { PeerView } from "../peer-view.ts";
import { Awareness } from "./awareness.ts";
import { Departure } from "./departure.ts";
import { Answers } from "./probing/answers.ts";
import { pingFor } from "./probing/pings.ts";
import { Prober } from "./probing/prober.ts";
import { RoundTrips } from "./probing/round-trips.ts";
import { Claims } from "./roster/claims.ts";
import { Graveyard } from "./roster/graveyard.ts";
import { OwnIncarnations } from "./roster/incarnations.ts";
import { ListedMembers } from "./roster/listed-members.ts";
import { MemberRecord } from "./roster/member-record.ts";
import type { MemberTable, MemberTableMaker } from "./roster/members.ts";
import { Sequence } from "./sequence.ts";
import { EvidenceLog } from "./suspicion/evidence.ts";
import { Refutation } from "./suspicion/refutation.ts";
import { SuspectQueue } from "./suspicion/suspect-queue.ts";
import type {
  Evidence,
  MemberHealth,
  SendResult,
  SwimIdentity,
  SwimMember,
  SwimMembers,
  SwimMembership,
  SwimWiring,
} from "./swim.contract.ts";
import type { SwimMessage } from "./swim.messages.ts";
import type { SwimOptions } from "./swim.options.ts";
import type { SwimTimer } from "./swim.timers.ts";
import { note, type SwimContext } from "./swim-context.ts";
import { SwimView } from "./swim-view.ts";
import { Broadcasts } from "./telling/broadcasts.ts";
import { Gossip } from "./telling/gossip.ts";
import { News } from "./telling/news.ts";
import { Outbox } from "./telling/outbox.ts";
import { PushPull } from "./telling/push-pull.ts";
import { isVersionsAcceptable } from "./wire/versions.ts";

/** Real packets nest two deep (compound in compression); the bound keeps recursion finite. */
const COMPOUND_DEPTH_MAX = 8;

export interface SwimStorage {
  /** Where members are kept; default: a list of this node's own (`ListedMembers`). */
  readonly makeTable?: MemberTableMaker | undefined;
}

/**
 * Membership and failure detection: SWIM with Lifeguard, as HashiCorp memberlist behaves.
 *
 * What a packet brings is worked off at once and in order. memberlist puts claims into two bounded
 * queues between socket and worker, newest first; here a step is the worker and no backlog can form
 * inside it, so there is no queue: waiting packets stand, bounded, in the host. For the same reason
 * the number of push/pulls being answered is bounded by the host's bound on open streams.
 *
 * Sources: specs/memberlist-wire.md sections 11 to 20; SWIM (DSN 2002); Lifeguard (2017).
 */
export class Swim implements StreamProtocol<SwimMessage, SwimTimer>, SwimMembership {
  readonly view: PeerView;
  readonly members: SwimMembers;
  private readonly table: MemberTable;
  private readonly context: SwimContext;
  private readonly refutation: Refutation;
  private readonly claims: Claims;
  private readonly outbox: Outbox;
  private readonly answers: Answers;
  private readonly prober: Prober;
  private readonly gossip: Gossip;
  private readonly pushPull: PushPull;
  private readonly departure: Departure;
  private readonly roundTrips = new RoundTrips();
  private readonly streamSends = new Set<ExchangeId>();
  private readonly asks = new Set<ExchangeId>();
  private phase: "new" | "running" | "stopped" = "new";

  constructor(
    env: StreamEnv<SwimMessage, SwimTimer>,
    wiring: SwimWiring & SwimStorage,
    identity: SwimIdentity,
    options: SwimOptions,
  ) {
    const { counters, passenger, paths, sizes, listener, reports } = wiring;
    const local = unannounced(identity, env.now());
    const members = wiring.makeTable?.(env.random, local) ?? new ListedMembers(env.random, local);
    const view = new SwimView(members);
    this.view = view;
    this.members = members;
    this.table = members;
    this.context = {
      env,
      identity,
      options,
      counters,
      passenger,
      members,
      awareness: new Awareness(options.awarenessMaxMultiplier),
      evidence: new EvidenceLog(options, (name) => members.get(name)),
      broadcasts: new Broadcasts(sizes, options.retransmitMultiplier),
      news: new News({ listener, reports, view, localName: identity.name }),
      graveyard: new Graveyard(options),
      suspectQueue: new SuspectQueue({
        random: env.random,
        probersCount: options.suspectProbersCount,
        population: () => members.livingCount,
      }),
      health: wiring.health ?? allWell,
      incarnations: wiring.incarnations ?? new OwnIncarnations(),
    };
    const sequence = new Sequence();
    this.refutation = new Refutation(this.context);
    this.claims = new Claims(this.context, this.refutation);
    this.outbox = new Outbox(this.context, sizes);
    this.answers = new Answers(this.context, this.outbox, sequence);
    const { claims, outbox, roundTrips } = this;
    this.prober = new Prober(this.context, { claims, outbox, sequence, roundTrips, paths });
    this.gossip = new Gossip(this.context, outbox);
    this.pushPull = new PushPull(this.context, claims);
    this.departure = new Departure(this.context, claims);
  }

  get awarenessScore(): number {
    return this.context.awareness.score;
  }

  /** Names of reaped members that are still kept against ghosts. */
  get gravesCount(): number {
    return this.context.graveyard.size;
  }

  evidence(name: string): readonly Evidence[] {
    return this.context.evidence.of(name);
  }

  rttMs(name: string): number | undefined {
    return this.roundTrips.of(name);
  }

  membershipDigest(): string {
    return this.table.digest;
  }

  start(): void {
    assert(this.phase === "new", "swim starts once");
    this.phase = "running";
    this.context.news.open();
    this.claims.announce(this.context.identity.meta, () => {});
    this.prober.start();
    this.gossip.start();
    this.pushPull.start();
    this.context.news.close();
  }

  stop(): void {
    this.phase = "stopped";
  }

  onMessage(from: Address, message: SwimMessage): void {
    if (this.phase !== "running") return;
    this.open();
    this.onPacket(from, message.kind === "hasCrc" ? message.message : message);
    this.context.news.close();
  }

  onTimer(timer: SwimTimer): void {
    if (this.phase !== "running") return;
    this.open();
    this.dispatchTimer(timer);
    this.context.news.close();
  }

  onExchange(id: ExchangeId, outcome: ExchangeOutcome<SwimMessage>): void {
    if (this.phase !== "running") return;
    this.open();
    // One of them knows the exchange, or it was a stream ping whose probe is long over.
    if (!this.pushPull.onExchange(id, outcome) && !this.prober.onExchange(id, outcome)) {
      this.onStreamSent(id, outcome);
    }
    this.context.news.close();
  }

  onRequest(from: Address, request: SwimMessage): SwimMessage | undefined {
    if (this.phase !== "running") return undefined;
    this.open();
    const reply = this.answerStream(from, request);
    this.context.news.close();
    return reply;
  }

  join(address: Address): ExchangeId {
    return this.pushPull.begin(address, "join");
  }

  updateMeta(meta: Uint8Array): number {
    const { options, members, news } = this.context;
    assert(meta.length <= options.metaMaxBytes, "meta was checked by who asked for it");
    if (this.claims.hasLeft) return members.local.incarnation;
    news.open();
    const incarnation = this.claims.announce(meta, (sent) =>
      news.add({ kind: "metaSent", incarnation: sent }),
    );
    news.close();
    return incarnation;
  }

  leave(): void {
    this.open();
    this.departure.begin();
    this.context.news.close();
  }

  sendUser(to: Address, payload: Uint8Array): boolean {
    return this.outbox.sendUser(to, payload, undefined);
  }

  sendUserTo(member: SwimMember, payload: Uint8Array): boolean {
    return this.outbox.sendUser(member.address, payload, member);
  }

  sendUsersTo(member: SwimMember, payloads: readonly Uint8Array[]): boolean {
    return this.outbox.sendUsers(member, payloads);
  }

  sendUserStream(to: Address, payload: Uint8Array, deadlineMs: number): ExchangeId {
    const id = this.context.env.exchange(to, { kind: "user", payload }, deadlineMs);
    this.streamSends.add(id);
    return id;
  }

  /**
   * Asks over a stream whether a node called `name` is at `to`; ends with `onSendResult`, "sent"
   * when it answered.
   */
  ask(to: Address, name: string, deadlineMs: number): ExchangeId {
    const ping = pingFor(this.context.identity, name, 0);
    const id = this.context.env.exchange(to, ping, deadlineMs);
    this.asks.add(id);
    return id;
  }

  noteHealth(name: string, what: "degraded" | "recovered", detail: string): void {
    if (this.context.members.get(name) !== undefined) note(this.context, name, { what, detail });
  }

  doubtOneself(): void {
    this.context.awareness.apply(1);
  }

  /** Whatever comes in, or is due, first of all meets what was said in this node's name. */
  private open(): void {
    const { incarnations, members, news } = this.context;
    news.open();
    if (incarnations.current <= members.local.incarnation || this.claims.hasLeft) return;
    this.refutation.adopt();
  }

  private onPacket(from: Address, message: SwimMessage, depth = 0): void {
    switch (message.kind) {
      case "ping":
        return this.answers.onPing(from, message);
      case "indirectPing":
        return this.answers.onIndirectPing(from, message);
      case "ack":
        return this.onAck(from, message.seqNo, message.payload);
      case "nack":
        return this.onNack(message.seqNo);
      case "suspect":
        return this.claims.onSuspect(message, from);
      case "alive":
        return this.claims.onAlive(message);
      case "dead":
        return this.claims.onDead(message, from);
      case "user":
        return this.onUser(from, message.payload, "packet");
      case "compound":
        return this.onCompound(from, message.parts, depth);
      case "hasCrc":
      case "pushPull":
      case "err":
        return this.context.counters.add("swim.dropped.misplaced");
      default:
        return unreachable(message);
    }
  }

  private onCompound(from: Address, parts: readonly SwimMessage[], depth: number): void {
    if (depth >= COMPOUND_DEPTH_MAX) return this.context.counters.add("swim.dropped.tooDeep");
    for (const part of parts) this.onPacket(from, part, depth + 1);
  }

  private dispatchTimer(timer: SwimTimer): void {
    switch (timer.kind) {
      case "probeRound":
        return this.prober.onRound();
      case "probeTimeout":
        return this.prober.onTimeout(timer.seqNo);
      case "probeEnd":
        return this.prober.onEnd(timer.seqNo);
      case "relayTimeout":
        return this.answers.onRelayTimeout(timer.seqNo);
      case "gossipRound":
        return this.gossip.onRound();
      case "pushPullRound":
        return this.pushPull.onRound();
      case "settleRound":
        return this.pushPull.onSettleRound();
      case "mergeSlice":
        return this.pushPull.onMergeSlice();
      case "pushPullAgain":
        return void this.pushPull.begin(timer.with, "refresh");
      case "suspicion":
        return this.claims.onSuspicionExpired(timer.node, timer.serial);
      case "leaveTimeout":
        return this.departure.onTimeout();
      default:
        return unreachable(timer);
    }
  }

  private onAck(from: Address, seqNo: number, payload: Uint8Array): void {
    if (this.prober.onAck(from, seqNo, payload) || this.answers.onAck(seqNo)) return;
    this.context.counters.add("swim.dropped.unknownAck");
  }

  private onNack(seqNo: number): void {
    if (!this.prober.onNack(seqNo)) this.context.counters.add("swim.dropped.unknownNack");
  }

  private onUser(from: Address, payload: Uint8Array, via: "packet" | "stream"): void {
    if (payload.length === 0) return this.context.counters.add("swim.dropped.emptyUser");
    this.context.passenger.onUser(from, payload, via);
  }

  private answerStream(from: Address, request: SwimMessage): SwimMessage | undefined {
    switch (request.kind) {
      case "ping":
        return this.answers.onStreamPing(request);
      case "pushPull":
        return this.pushPull.onRequest(request);
      case "user":
        this.onUser(from, request.payload, "stream");
        return undefined;
      default:
        this.context.counters.add("swim.dropped.misplaced");
        return undefined;
    }
  }

  private onStreamSent(id: ExchangeId, outcome: ExchangeOutcome<SwimMessage>): void {
    const { news } = this.context;
    if (this.asks.delete(id))
      return news.add({ kind: "sendResult", id, result: answerOf(outcome) });
    if (!this.streamSends.delete(id)) return;
    if (outcome.kind === "reply") {
      return news.add({ kind: "sendResult", id, result: { kind: "sent" } });
    }
    const { reason, detail } = outcome;
    news.add({ kind: "sendResult", id, result: { kind: "failed", reason, detail } });
  }
}

const allWell: MemberHealth = { patienceFor: () => 1, isDegraded: () => false };

/** Who has another name closes the stream without a word. */
function answerOf(outcome: ExchangeOutcome<SwimMessage>): SendResult {
  if (outcome.kind === "failure") return { ...outcome, kind: "failed" };
  if (outcome.reply?.kind === "ack") return { kind: "sent" };
  return { kind: "failed", reason: "closed", detail: "nobody of this name" };
}

/** This node before its first alive: known, and not there yet. */
function unannounced(identity: SwimIdentity, nowMs: number): MemberRecord {
  const isReachable = addressFromBytes(identity.addr, identity.port) !== undefined;
  assert(isReachable, "the identity has an address that others can send to");
  assert(isVersionsAcceptable(identity.vsn), "the identity has six sane version bytes");
  return MemberRecord.unborn(identity, nowMs);
}
