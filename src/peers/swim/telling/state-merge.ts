import type { Claims } from "../roster/claims.ts";
import { STATE_OF_STATUS } from "../roster/member-record.ts";
import { aliveOf } from "../suspicion/refutation.ts";
import type { JoinResult, PushPullPurpose } from "../swim.contract.ts";
import type { PushPullMessage, PushPullNode } from "../swim.messages.ts";
import type { SwimContext } from "../swim-context.ts";
import { versionsConflict } from "../wire/versions.ts";

/** How a merge ended: as a join would, and whether both sides had known the same before. */
export interface MergeEnd {
  readonly result: JoinResult;
  readonly agreed: "yes" | "no";
}

interface Merge {
  readonly remote: PushPullMessage;
  readonly purpose: PushPullPurpose;
  readonly onEnd: (end: MergeEnd) => void;
  /** Entries merged so far. */
  at: number;
  /** Of these, how many said what was known here. */
  heldCount: number;
}

/**
 * Takes in what the other side of a push/pull knows (spec section 14.6). A large state is taken in
 * by slices, a step each, for 60,000 entries at once would keep the node from answering a probe for
 * most of a second. What an entry does depends on no other, so what comes in between does no harm.
 */
export class StateMerge {
  private readonly context: SwimContext;
  private readonly claims: Claims;
  private waiting: Merge[] = [];

  constructor(context: SwimContext, claims: Claims) {
    this.context = context;
    this.claims = claims;
  }

  /** Ends with `onEnd`, before this returns unless the state is larger than a slice. */
  begin(remote: PushPullMessage, purpose: PushPullPurpose, onEnd: Merge["onEnd"]): void {
    const { counters, env, options } = this.context;
    const refusal = this.refusalOf(remote, purpose);
    if (refusal !== undefined) {
      counters.add("swim.pushPulls.refused");
      return onEnd({ result: refusal, agreed: "no" });
    }
    const merge: Merge = { remote, purpose, onEnd, at: 0, heldCount: 0 };
    if (remote.nodes.length <= options.mergeSliceCount) return this.mergeSlice(merge);
    if (this.waiting.length >= options.mergesMaxCount) {
      counters.add("swim.dropped.mergesFull");
      const detail = `${this.waiting.length} large states are being merged already`;
      return onEnd({ result: { kind: "failed", reason: "busy", detail }, agreed: "no" });
    }
    this.waiting.push(merge);
    if (this.waiting.length === 1) env.setTimer({ kind: "mergeSlice" }, 0);
  }

  onSlice(): void {
    const [merge] = this.waiting;
    if (merge === undefined) return;
    this.mergeSlice(merge);
    if (merge.at >= merge.remote.nodes.length) this.waiting.shift();
    if (this.waiting.length > 0) this.context.env.setTimer({ kind: "mergeSlice" }, 0);
  }

  private refusalOf(remote: PushPullMessage, purpose: PushPullPurpose): JoinResult | undefined {
    const { members, passenger } = this.context;
    const conflict = versionsConflict(remote.nodes, members.entries());
    if (conflict !== undefined) return { kind: "failed", reason: "versions", detail: conflict };
    const veto = purpose === "join" ? passenger.vetoMerge(remote.nodes) : undefined;
    return veto === undefined ? undefined : { kind: "failed", reason: "vetoed", detail: veto };
  }

  private mergeSlice(merge: Merge): void {
    const { members, options, passenger } = this.context;
    const { nodes, userState } = merge.remote;
    const slice = nodes.slice(merge.at, merge.at + options.mergeSliceCount);
    merge.at += slice.length;
    for (const node of slice) if (this.mergeNode(node) === "held") merge.heldCount += 1;
    if (merge.at < nodes.length) return;
    if (userState.length > 0) passenger.mergeRemoteState(userState, merge.purpose);
    const isSame = merge.heldCount === nodes.length && nodes.length === members.size;
    merge.onEnd({ result: this.resultOf(nodes), agreed: isSame ? "yes" : "no" });
  }

  /** A host has many addresses, and names of services stand for whoever asks, too. */
  private resultOf(nodes: readonly PushPullNode[]): JoinResult {
    const [first] = nodes;
    const isSelf = nodes.length === 1 && first?.name === this.context.identity.name;
    if (!isSelf) return { kind: "joined", nodesCount: nodes.length };
    return { kind: "failed", reason: "self", detail: "nobody is there but this node itself" };
  }

  /** Another's word that a node is dead only makes it suspect: it gets its time to refute. */
  private mergeNode(node: PushPullNode): "held" | "judged" {
    const { counters, identity, members } = this.context;
    const isHeld = members.holds(node);
    // Nearly all entries of nearly all push/pulls. A suspicion could still confirm one of ours.
    if (isHeld && node.state !== STATE_OF_STATUS.suspect) {
      counters.add("swim.claims.known");
      return "held";
    }
    const { name, incarnation } = node;
    const from = identity.name;
    switch (node.state) {
      case STATE_OF_STATUS.alive:
        this.claims.onAlive(aliveOf(node));
        break;
      case STATE_OF_STATUS.left:
        this.claims.onDead({ kind: "dead", incarnation, node: name, from: name });
        break;
      case STATE_OF_STATUS.dead:
      case STATE_OF_STATUS.suspect:
        if (this.isFormerLife(node)) this.claims.onAlive(aliveOf(node));
        this.claims.onSuspect({ kind: "suspect", incarnation, node: name, from });
        break;
      default:
        counters.add("swim.dropped.badState");
    }
    return isHeld ? "held" : "judged";
  }

  /**
   * Our name, suspected at another place: there they refuse us until it is dead, and no refutation
   * of ours will be believed. It is the conflict that it was while they held that place for alive.
   */
  private isFormerLife({ addr, name, port, state }: PushPullNode): boolean {
    const { local } = this.context.members;
    return state === STATE_OF_STATUS.suspect && name === local.name && !local.isAt(addr, port);
  }
}
