import { addressKey } from "../../../core/address.ts";
import { INCARNATION_CEILING } from "../roster/claim-check.ts";
import type { AliveMessage, PushPullNode } from "../swim.messages.ts";
import { note, type SwimContext } from "../swim-context.ts";

/** The alive that says what `member` is. */
export function aliveOf(member: Omit<PushPullNode, "state">): AliveMessage {
  const { incarnation, name, addr, port, meta, vsn } = member;
  return { kind: "alive", incarnation, node: name, addr, port, meta, vsn };
}

/**
 * This node's own incarnation, which nobody else may raise, and its answer to those who think it
 * ill. Source: spec section 14.4.
 */
export class Refutation {
  private readonly context: SwimContext;

  constructor(context: SwimContext) {
    this.context = context;
  }

  /** The next incarnation, for the first alive and for new meta. */
  nextIncarnation(): number {
    return this.raiseAbove(0);
  }

  /** Raises the incarnation above `accused` and tells everybody. */
  refute(accused: number): void {
    const { members, awareness, counters, broadcasts, evidence } = this.context;
    const incarnation = this.raiseAbove(accused);
    evidence.keep(members.local);
    const local = members.local.changed({ incarnation });
    members.replace(local);
    // Accused though alive: perhaps this node is slow. [Lifeguard 2017 §IV.A]
    awareness.apply(1);
    counters.add("swim.refutations");
    note(this.context, local.name, { what: "refuted", by: local.name, incarnation });
    // Filed under the address, as memberlist does: it displaces no other broadcast about us.
    broadcasts.queue(addressKey(local.address), aliveOf(local));
  }

  /**
   * Another thread refuted in this node's name while this one was busy. This one says it again, a
   * number higher: the other may have known of older tags.
   */
  adopt(): void {
    const { broadcasts, counters, evidence, incarnations, members } = this.context;
    if (incarnations.current <= members.local.incarnation) return;
    const incarnation = this.raiseAbove(incarnations.current);
    evidence.keep(members.local);
    const local = members.local.changed({ incarnation });
    members.replace(local);
    counters.add("swim.refutations.adopted");
    const detail = "by the responder, while this node was busy";
    const { name } = local;
    note(this.context, name, { what: "refuted", by: name, incarnation, detail });
    broadcasts.queue(addressKey(local.address), aliveOf(local));
  }

  private raiseAbove(accused: number): number {
    const { counters, incarnations } = this.context;
    const isExhausted = Math.max(incarnations.current, accused) >= INCARNATION_CEILING;
    if (isExhausted) counters.add("swim.incarnationExhausted");
    return incarnations.take(accused, INCARNATION_CEILING);
  }
}
