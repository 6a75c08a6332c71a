import { type Address, addressKey } from "../../../core/address.ts";
import type { ExchangeId } from "../../../core/env.ts";
import type { ExchangeOutcome } from "../../../core/protocol.ts";
import type { Claims } from "../roster/claims.ts";
import { isLiving } from "../roster/members.ts";
import type { Sequence } from "../sequence.ts";
import { suspicionOf } from "../suspicion/suspicion.ts";
import type { SwimMember } from "../swim.contract.ts";
import type { IndirectPingMessage, SwimMessage } from "../swim.messages.ts";
import { firstDelayMs, note, type SwimContext } from "../swim-context.ts";
import type { Outbox } from "../telling/outbox.ts";
import { understandsNack, understandsStreamPing } from "../wire/versions.ts";
import type { PathListener, ProbeOutcome } from "./path-listener.ts";
import { pingFor } from "./pings.ts";
import { describeFailure, failurePenalty, type ProbeCycle } from "./probe-cycle.ts";
import { pickHelpers } from "./relay-choice.ts";
import type { RoundTrips } from "./round-trips.ts";

export interface ProberParts {
  readonly claims: Claims;
  readonly outbox: Outbox;
  readonly sequence: Sequence;
  readonly roundTrips: RoundTrips;
  /** Who else wants to know what probes find out about paths. */
  readonly paths: PathListener | undefined;
}

/**
 * The failure detector: one probe at a time, through the list in shuffled order.
 *
 *   t = 0             ping; to a suspect together with the suspicion, so that it can refute
 *   t = probeTimeout  ask `indirectChecksCount` others, and ping over a stream
 *   t = P             nobody reached it: suspect it. P = probeIntervalMs × (score + 1)
 *
 * Source: spec section 17.1; SWIM 2002 section 3.1; Lifeguard 2017 section IV.
 */
export class Prober {
  private readonly context: SwimContext;
  private readonly parts: ProberParts;
  private cycle: ProbeCycle | undefined;
  private overdue: "no" | "yes" = "no";

  constructor(context: SwimContext, parts: ProberParts) {
    this.context = context;
    this.parts = parts;
  }

  start(): void {
    const { env, options } = this.context;
    if (options.probeIntervalMs === 0) return;
    const delayMs = firstDelayMs(this.context, options.probeIntervalMs);
    env.setTimer({ kind: "probeRound" }, delayMs);
  }

  onRound(): void {
    if (this.cycle === undefined) return this.beginRound();
    // The next round begins when this probe ends; rounds missed meanwhile are not made up for.
    this.overdue = "yes";
    this.context.counters.add("swim.probes.skipped");
  }

  onTimeout(seqNo: number): void {
    const cycle = this.cycle;
    if (cycle === undefined || cycle.seqNo !== seqNo || cycle.stage !== "direct") return;
    cycle.stage = "indirect";
    this.askOthers(cycle);
    this.pingOverStream(cycle);
  }

  onEnd(seqNo: number): void {
    const cycle = this.cycle;
    if (cycle === undefined || cycle.seqNo !== seqNo) return;
    // A message came through over a stream: the path for packets is bad, the node is not.
    if (cycle.stream === "answered") {
      this.tell(cycle, { kind: "stream" });
      return this.succeed(cycle, "swim.probes.stream");
    }
    this.fail(cycle);
  }

  /** False when the ack belongs to no probe of ours. Any ack in the period will do, once. */
  onAck(from: Address, seqNo: number, payload: Uint8Array): boolean {
    const cycle = this.cycle;
    if (cycle === undefined || cycle.seqNo !== seqNo) return false;
    if (cycle.stage === "direct") this.onDirectAck(cycle, payload);
    else this.onLateAck(cycle, from);
    return true;
  }

  /** False when no nack is waited for. */
  onNack(seqNo: number): boolean {
    const cycle = this.cycle;
    if (cycle === undefined || cycle.seqNo !== seqNo) return false;
    if (cycle.nacksCount >= cycle.nacksWanted) return false;
    cycle.nacksCount += 1;
    this.judgeEarly(cycle);
    return true;
  }

  /** False when the exchange is no stream ping of ours. */
  onExchange(id: ExchangeId, outcome: ExchangeOutcome<SwimMessage>): boolean {
    const cycle = this.cycle;
    if (cycle === undefined || cycle.streamId !== id) return false;
    const reply = outcome.kind === "reply" ? outcome.reply : undefined;
    const acked = reply?.kind === "ack" && reply.seqNo === cycle.seqNo;
    cycle.stream = acked ? "answered" : "failed";
    this.judgeEarly(cycle);
    return true;
  }

  private beginRound(): void {
    const { env, options } = this.context;
    env.setTimer({ kind: "probeRound" }, options.probeIntervalMs);
    const target = this.nextSuspect() ?? this.nextTarget();
    if (target !== undefined) this.probe(target);
  }

  private probe(target: SwimMember): void {
    const { env, options, awareness, counters, identity } = this.context;
    const seqNo = this.parts.sequence.next();
    const { lifeguardProbe } = options;
    const stretch = lifeguardProbe === "off" ? 1 : awareness.score + 1;
    const periodMs = options.probeIntervalMs * stretch;
    const timeoutMs = options.probeTimeoutMs * (lifeguardProbe === "interval" ? 1 : stretch);
    this.cycle = {
      seqNo,
      target,
      sentAtMs: env.now(),
      endsAtMs: env.now() + periodMs,
      timeoutTimer: env.setTimer({ kind: "probeTimeout", seqNo }, timeoutMs),
      endTimer: env.setTimer({ kind: "probeEnd", seqNo }, periodMs),
      stage: "direct",
      helpers: [],
      nacksWanted: 0,
      nacksCount: 0,
      streamId: undefined,
      stream: "unused",
    };
    counters.add("swim.probes.begun");
    const ping = pingFor(identity, target.name, seqNo);
    if (target.status === "alive" || options.lifeguardBuddy === "off") {
      return this.parts.outbox.sendWithBroadcasts(target.address, ping, target);
    }
    this.parts.outbox.sendTogether(target, [ping, suspicionOf(target, identity.name)]);
  }

  private askOthers(cycle: ProbeCycle): void {
    const { options, identity } = this.context;
    const { target, seqNo } = cycle;
    const helpers = pickHelpers(this.context, target);
    cycle.helpers = helpers.map((helper) => helper.name);
    for (const helper of helpers) {
      const nack = options.lifeguardProbe !== "off" && understandsNack(helper.vsn);
      if (nack) cycle.nacksWanted += 1;
      const request: IndirectPingMessage = {
        kind: "indirectPing",
        seqNo,
        target: target.addr,
        port: target.port,
        node: target.name,
        nack,
        sourceAddr: identity.addr,
        sourcePort: identity.port,
        sourceNode: identity.name,
      };
      this.parts.outbox.sendWithBroadcasts(helper.address, request, helper);
    }
  }

  private pingOverStream(cycle: ProbeCycle): void {
    const { env, options, identity } = this.context;
    const leftMs = cycle.endsAtMs - env.now();
    if (options.streamPing === "off" || leftMs <= 0) return;
    if (!understandsStreamPing(cycle.target.vsn)) return;
    const ping = pingFor(identity, cycle.target.name, cycle.seqNo);
    cycle.streamId = env.exchange(cycle.target.address, ping, leftMs);
    cycle.stream = "waiting";
  }

  private onDirectAck(cycle: ProbeCycle, payload: Uint8Array): void {
    const { env, members, passenger } = this.context;
    const rttMs = env.now() - cycle.sentAtMs;
    const member = members.get(cycle.target.name) ?? cycle.target;
    this.parts.roundTrips.add(member.name, rttMs);
    passenger.onPingComplete(member, rttMs, payload);
    this.tell(cycle, { kind: "direct" });
    this.succeed(cycle, "swim.probes.direct");
  }

  /** The target's own, or what one of those who were asked passes on: its address tells. */
  private onLateAck(cycle: ProbeCycle, from: Address): void {
    const key = addressKey(from);
    const isAt = (name: string): boolean => {
      const address = this.context.members.get(name)?.address;
      return address !== undefined && addressKey(address) === key;
    };
    const by = cycle.helpers.find(isAt);
    if (by !== undefined) this.tell(cycle, { kind: "indirect", by });
    else if (isAt(cycle.target.name)) this.tell(cycle, { kind: "direct" });
    this.succeed(cycle, "swim.probes.late");
  }

  private tell({ target }: ProbeCycle, outcome: ProbeOutcome): void {
    this.parts.paths?.onProbed(target.name, outcome);
  }

  /** All who were asked say that they hear nothing either, and the stream leads nowhere. */
  private judgeEarly(cycle: ProbeCycle): void {
    if (this.context.options.probeVerdict !== "early" || cycle.stage !== "indirect") return;
    const { nacksWanted, nacksCount, helpers, stream } = cycle;
    const allDenied = nacksCount === helpers.length && nacksCount === nacksWanted;
    const streamEnded = stream === "unused" || stream === "failed";
    if (nacksCount > 0 && allDenied && streamEnded) this.fail(cycle);
  }

  private succeed(
    cycle: ProbeCycle,
    how: "swim.probes.direct" | "swim.probes.late" | "swim.probes.stream",
  ): void {
    const { counters, awareness, members, identity } = this.context;
    counters.add(how);
    awareness.apply(-1);
    const { name } = cycle.target;
    if (members.get(name)?.status === "suspect") {
      const detail = how === "swim.probes.stream" ? "over a stream only" : "over packets";
      note(this.context, name, { what: "probeAnswered", by: identity.name, detail });
    }
    this.finish(cycle);
  }

  private fail(cycle: ProbeCycle): void {
    const { counters, awareness, identity, members } = this.context;
    counters.add("swim.probes.failed");
    awareness.apply(failurePenalty(cycle));
    this.tell(cycle, { kind: "none" });
    if (members.get(cycle.target.name) !== undefined) {
      const { name, incarnation } = cycle.target;
      const detail = describeFailure(cycle);
      note(this.context, name, { what: "probeFailed", by: identity.name, incarnation, detail });
    }
    this.parts.claims.onSuspect(suspicionOf(cycle.target, identity.name));
    this.finish(cycle);
  }

  private finish(cycle: ProbeCycle): void {
    const { env } = this.context;
    env.clearTimer(cycle.timeoutTimer);
    env.clearTimer(cycle.endTimer);
    this.cycle = undefined;
    if (this.overdue === "no") return;
    this.overdue = "no";
    this.beginRound();
  }

  /** Those heard to be suspect come first, if they still are. */
  private nextSuspect(): SwimMember | undefined {
    const { members, suspectQueue } = this.context;
    for (let name = suspectQueue.take(); name !== undefined; name = suspectQueue.take()) {
      const member = members.get(name);
      if (member?.status === "suspect") return member;
    }
    return undefined;
  }

  /** Walks the list, over its end at most twice: once for the rest of it, once for all of it. */
  private nextTarget(): SwimMember | undefined {
    const { members, identity } = this.context;
    for (let ends = 0; ends < 2; ) {
      const member = members.nextInList();
      if (member === undefined) {
        this.renewList();
        ends += 1;
      } else if (member.name !== identity.name && isLiving(member.status)) return member;
    }
    return undefined;
  }

  /** The end of the list: those dead or gone for long enough are forgotten. */
  private renewList(): void {
    const { env, graveyard, members, options, evidence, news } = this.context;
    const now = env.now();
    graveyard.expire(now);
    const reaped = members.renewList(
      (m) => !isLiving(m.status) && now - m.statusSince > options.gossipToTheDeadMs,
    );
    for (const member of reaped) {
      const { name, incarnation } = member;
      note(this.context, name, { what: "reaped", incarnation });
      evidence.retire(name);
      graveyard.bury(name, incarnation, { nowMs: now, livingCount: members.livingCount });
      this.parts.roundTrips.forget(name);
      news.add({ kind: "reap", member });
    }
  }
}
