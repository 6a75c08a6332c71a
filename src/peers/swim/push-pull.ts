import type { Address } from "../../core/address.ts";
import type { ExchangeId } from "../../core/env.ts";
import type { ExchangeOutcome } from "../../core/protocol.ts";
import type { Claims } from "./claims.ts";
import { pushPullScale } from "./formulas.ts";
import { STATE_OF_STATUS } from "./member-record.ts";
import type { JoinResult, PushPullPurpose } from "./swim.contract.ts";
import type { PushPullMessage, PushPullNode, SwimMessage } from "./swim.messages.ts";
import { firstDelayMs, type SwimContext } from "./swim-context.ts";
import { versionsConflict } from "./versions.ts";

interface Begun {
  readonly purpose: PushPullPurpose;
  readonly to: Address;
}

/**
 * Now and then two nodes show each other all they know: how newcomers learn everything at once, and
 * what repairs what gossip missed. Source: spec sections 12.3, 14.6, 17.4 and 18.
 */
export class PushPull {
  private readonly context: SwimContext;
  private readonly claims: Claims;
  private readonly begun = new Map<ExchangeId, Begun>();

  constructor(context: SwimContext, claims: Claims) {
    this.context = context;
    this.claims = claims;
  }

  start(): void {
    const { options } = this.context;
    if (options.pushPullIntervalMs === 0) return;
    this.schedule(firstDelayMs(this.context, options.pushPullIntervalMs));
  }

  onRound(): void {
    this.schedule(0);
    const { env, members, identity } = this.context;
    const [partner] = members.pick({
      random: env.random,
      count: 1,
      drawsMax: members.size,
      accept: (m) => m.status === "alive" && m.name !== identity.name,
    });
    if (partner !== undefined) this.begin(partner.address, "refresh");
  }

  begin(to: Address, purpose: PushPullPurpose): ExchangeId {
    const { env, options, counters } = this.context;
    counters.add("swim.pushPulls.begun");
    const id = env.exchange(to, this.localState(purpose), options.streamTimeoutMs);
    this.begun.set(id, { purpose, to });
    return id;
  }

  /** False when the exchange is no push/pull of ours. */
  onExchange(id: ExchangeId, outcome: ExchangeOutcome<SwimMessage>): boolean {
    const begun = this.begun.get(id);
    if (begun === undefined) return false;
    const { purpose, to } = begun;
    this.begun.delete(id);
    const doubtsBefore = this.claims.doubtsCount;
    const result = this.conclude(outcome, purpose);
    if (purpose === "join" && this.claims.doubtsCount > doubtsBefore) this.compareAgain(to);
    if (result.kind === "failed") this.context.counters.add("swim.pushPulls.failed");
    if (purpose === "join") this.context.news.add({ kind: "joinResult", id, result });
    return true;
  }

  /** Answers first, judges afterwards, as memberlist does: even who cannot join gets our state. */
  onRequest(remote: PushPullMessage): PushPullMessage | undefined {
    if (this.isTooLarge(remote)) return undefined;
    this.context.counters.add("swim.pushPulls.answered");
    const purpose = remote.join ? "join" : "refresh";
    const reply = this.localState(purpose);
    const nodes = [...reply.nodes, ...this.obituaryOf(remote)];
    this.merge(remote, purpose);
    return nodes.length === reply.nodes.length ? reply : { ...reply, nodes };
  }

  /**
   * What a newcomer does not know of itself: that it died here, at which incarnation. It refutes
   * before anybody has to ask. A state of one entry can only be the sender's own.
   */
  private obituaryOf({ join, nodes }: PushPullMessage): readonly PushPullNode[] {
    const [only, ...others] = nodes;
    if (!join || only === undefined || others.length > 0) return [];
    const { env, graveyard } = this.context;
    const buried = graveyard.incarnationOf(only.name, env.now());
    if (buried === undefined || only.incarnation > buried) return [];
    return [{ ...only, incarnation: buried, state: STATE_OF_STATUS.dead }];
  }

  /** Two sides that buried each other know each other's refutations only by one more exchange. */
  private compareAgain(to: Address): void {
    const { env, options } = this.context;
    env.setTimer({ kind: "pushPullAgain", with: to }, options.probeIntervalMs);
  }

  private conclude(outcome: ExchangeOutcome<SwimMessage>, purpose: PushPullPurpose): JoinResult {
    if (outcome.kind === "failure") {
      return { kind: "failed", reason: outcome.reason, detail: outcome.detail };
    }
    const reply = outcome.reply;
    if (reply?.kind === "err") return { kind: "failed", reason: "refused", detail: reply.error };
    if (reply?.kind !== "pushPull" || this.isTooLarge(reply)) {
      const detail = `the reply to a push/pull was ${reply?.kind ?? "nothing"}`;
      return { kind: "failed", reason: "malformed", detail };
    }
    return this.merge(reply, purpose);
  }

  private merge(remote: PushPullMessage, purpose: PushPullPurpose): JoinResult {
    const { members, passenger, counters } = this.context;
    const conflict = versionsConflict(remote.nodes, members);
    if (conflict !== undefined) {
      counters.add("swim.pushPulls.refused");
      return { kind: "failed", reason: "versions", detail: conflict };
    }
    const veto = purpose === "join" ? passenger.vetoMerge(remote.nodes) : undefined;
    if (veto !== undefined) {
      counters.add("swim.pushPulls.refused");
      return { kind: "failed", reason: "vetoed", detail: veto };
    }
    for (const node of remote.nodes) this.mergeNode(node);
    if (remote.userState.length > 0) passenger.mergeRemoteState(remote.userState, purpose);
    return { kind: "joined", nodesCount: remote.nodes.length };
  }

  /** Another's word that a node is dead only makes it suspect: it gets its time to refute. */
  private mergeNode(node: PushPullNode): void {
    const { counters, identity, members } = this.context;
    // Nearly all entries of nearly all push/pulls. A suspicion could still confirm one of ours.
    if (node.state !== STATE_OF_STATUS.suspect && members.holds(node)) {
      return counters.add("swim.claims.known");
    }
    const { name, addr, port, meta, incarnation, vsn } = node;
    const from = identity.name;
    switch (node.state) {
      case STATE_OF_STATUS.alive:
        return this.claims.onAlive({
          kind: "alive",
          incarnation,
          node: name,
          addr,
          port,
          meta,
          vsn,
        });
      case STATE_OF_STATUS.left:
        return this.claims.onDead({ kind: "dead", incarnation, node: name, from: name });
      case STATE_OF_STATUS.dead:
      case STATE_OF_STATUS.suspect:
        return this.claims.onSuspect({ kind: "suspect", incarnation, node: name, from });
      default:
        return counters.add("swim.dropped.badState");
    }
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
