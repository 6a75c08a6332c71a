import type { Address } from "../../../core/address.ts";
import type { ExchangeId } from "../../../core/env.ts";
import type { ExchangeOutcome } from "../../../core/protocol.ts";
import { pushPullScale } from "../formulas.ts";
import type { Claims } from "../roster/claims.ts";
import { STATE_OF_STATUS } from "../roster/member-record.ts";
import { Settling } from "../settling.ts";
import type { JoinResult, PushPullPurpose } from "../swim.contract.ts";
import type { PushPullMessage, PushPullNode, SwimMessage } from "../swim.messages.ts";
import { firstDelayMs, type SwimContext } from "../swim-context.ts";
import { type MergeEnd, StateMerge } from "./state-merge.ts";

/** "settle" is a refresh that a newcomer makes early. */
interface Begun {
  readonly purpose: PushPullPurpose | "settle";
  readonly to: Address;
}

/**
 * Now and then two nodes show each other all they know: how newcomers learn everything at once, and
 * what repairs what gossip missed. Source: spec sections 12.3, 14.6, 17.4 and 18.
 */
export class PushPull {
  private readonly context: SwimContext;
  private readonly claims: Claims;
  private readonly merges: StateMerge;
  private readonly settling: Settling;
  private readonly begun = new Map<ExchangeId, Begun>();

  constructor(context: SwimContext, claims: Claims) {
    this.context = context;
    this.claims = claims;
    this.merges = new StateMerge(context, claims);
    this.settling = new Settling(context);
  }

  start(): void {
    const { options } = this.context;
    if (options.pushPullIntervalMs === 0) return;
    this.schedule(firstDelayMs(this.context, options.pushPullIntervalMs));
  }

  onRound(): void {
    this.schedule(0);
    this.compareWithAnybody("refresh");
  }

  onSettleRound(): void {
    if (this.settling.takeRound()) this.compareWithAnybody("settle");
  }

  onMergeSlice(): void {
    this.merges.onSlice();
  }

  begin(to: Address, purpose: PushPullPurpose | "settle"): ExchangeId {
    const { env, options, counters } = this.context;
    counters.add("swim.pushPulls.begun");
    const state = this.localState(purpose === "join" ? "join" : "refresh");
    const id = env.exchange(to, state, options.streamTimeoutMs);
    this.begun.set(id, { purpose, to });
    return id;
  }

  /** False when the exchange is no push/pull of ours. */
  onExchange(id: ExchangeId, outcome: ExchangeOutcome<SwimMessage>): boolean {
    const begun = this.begun.get(id);
    if (begun === undefined) return false;
    this.begun.delete(id);
    const doubtsBefore = this.claims.doubtsCount;
    this.conclude(outcome, begun, ({ agreed, result }) => {
      const { counters, news } = this.context;
      if (result.kind === "failed") counters.add("swim.pushPulls.failed");
      if (begun.purpose === "settle") {
        if (result.kind === "joined") this.settling.onCompared(agreed);
      } else if (begun.purpose === "join") {
        if (this.claims.doubtsCount > doubtsBefore) this.compareAgain(begun.to);
        if (result.kind === "joined") this.settling.onJoined();
        news.add({ kind: "joinResult", id, result });
      }
    });
    return true;
  }

  /** Answers first, judges afterwards, as memberlist does: even who cannot join gets our state. */
  onRequest(remote: PushPullMessage): PushPullMessage | undefined {
    if (this.isTooLarge(remote)) return undefined;
    this.context.counters.add("swim.pushPulls.answered");
    const purpose = remote.join ? "join" : "refresh";
    const obituary = this.obituaryOf(remote);
    const state = this.localState(purpose);
    const reply = obituary === undefined ? state : { ...state, nodes: [...state.nodes, obituary] };
    this.merges.begin(remote, purpose, () => {});
    return reply;
  }

  /**
   * What a newcomer does not know of itself: that it died here, at which incarnation. It refutes
   * before anybody has to ask. A state of one entry can only be the sender's own.
   */
  private obituaryOf({ join, nodes }: PushPullMessage): PushPullNode | undefined {
    const [only] = nodes;
    if (!join || only === undefined || nodes.length > 1) return undefined;
    const { env, graveyard } = this.context;
    const buried = graveyard.incarnationOf(only.name, env.now());
    if (buried === undefined || only.incarnation > buried) return undefined;
    const { name, addr, port, meta, vsn } = only;
    return { name, addr, port, meta, vsn, incarnation: buried, state: STATE_OF_STATUS.dead };
  }

  /** Two sides that buried each other know each other's refutations only by one more exchange. */
  private compareAgain(to: Address): void {
    const { env, options } = this.context;
    env.setTimer({ kind: "pushPullAgain", with: to }, options.probeIntervalMs);
  }

  private compareWithAnybody(purpose: "refresh" | "settle"): void {
    const { env, members, identity } = this.context;
    const [partner] = members.pick({
      random: env.random,
      count: 1,
      drawsMax: members.size,
      accept: (m) => m.status === "alive" && m.name !== identity.name,
    });
    if (partner !== undefined) this.begin(partner.address, purpose);
  }

  private conclude(
    outcome: ExchangeOutcome<SwimMessage>,
    { purpose }: Begun,
    onEnd: (end: MergeEnd) => void,
  ): void {
    const failed = (result: JoinResult): void => onEnd({ result, agreed: "no" });
    if (outcome.kind === "failure") {
      return failed({ kind: "failed", reason: outcome.reason, detail: outcome.detail });
    }
    const reply = outcome.reply;
    if (reply?.kind === "err") {
      return failed({ kind: "failed", reason: "refused", detail: reply.error });
    }
    if (reply?.kind !== "pushPull" || this.isTooLarge(reply)) {
      const detail = `the reply to a push/pull was ${reply?.kind ?? "nothing"}`;
      return failed({ kind: "failed", reason: "malformed", detail });
    }
    this.merges.begin(reply, purpose === "join" ? "join" : "refresh", onEnd);
  }

  private localState(purpose: PushPullPurpose): PushPullMessage {
    const join = purpose === "join";
    const { members, passenger } = this.context;
    const userState = passenger.localState(purpose);
    return { kind: "pushPull", join, nodes: members.entries(), userState };
  }

  private isTooLarge(remote: PushPullMessage): boolean {
    if (remote.nodes.length <= this.context.options.membersMaxCount) return false;
    this.context.counters.add("swim.dropped.stateTooLarge");
    return true;
  }

  private schedule(extraMs: number): void {
    const { env, options, members } = this.context;
    const pauseMs = options.pushPullIntervalMs * pushPullScale(members.size);
    env.setTimer({ kind: "pushPullRound" }, extraMs + pauseMs);
  }
}
