import type { LamportClock } from "../../core/lamport-clock.ts";
import type { SerfContext } from "./context.ts";
import type { JoinIntentMessage, LeaveIntentMessage } from "./serf.messages.ts";

/** Longest name of a member in UTF-16 units; keeps what unknown names cost within bounds. */
const NAME_MAX_COUNT = 128;

export type IntentMessage = JoinIntentMessage | LeaveIntentMessage;

/** What members mean to do, ordered by the member clock. Source: spec section 21.5. */
export class IntentGossip {
  private readonly context: SerfContext;
  private readonly clock: LamportClock;

  constructor(context: SerfContext, clock: LamportClock) {
    this.context = context;
    this.clock = clock;
  }

  /** True when it was news, to be passed on. */
  onIntent(intent: IntentMessage): boolean {
    const { counters, members } = this.context;
    if (intent.node === "" || intent.node.length > NAME_MAX_COUNT) {
      counters.add("serf.dropped.badName");
      return false;
    }
    if (!this.clock.witness(intent.lTime)) {
      counters.add("serf.dropped.absurdTime");
      return false;
    }
    const verdict =
      intent.kind === "join" ? members.onJoinIntent(intent) : members.onLeaveIntent(intent);
    if (verdict === "known") counters.add("serf.dropped.staleIntent");
    if (verdict === "refute") {
      counters.add("serf.refutations");
      this.announceJoin();
    }
    return verdict === "news";
  }

  /** "I am here to stay", newer than everything heard so far. */
  announceJoin(): void {
    const { broadcasts, codec, members, membership } = this.context;
    const lTime = this.clock.tick();
    const intent: JoinIntentMessage = { kind: "join", lTime, node: membership.local.name };
    members.onJoinIntent(intent);
    broadcasts.queueIntent(codec.encode(intent), undefined);
  }

  /** Says that `node` leaves. `onSent`: the others were told. False: nobody is there. */
  announceLeave(leave: {
    node: string;
    prune: boolean;
    onSent: (() => void) | undefined;
  }): boolean {
    const { broadcasts, codec, members } = this.context;
    const { node, prune, onSent } = leave;
    const intent: LeaveIntentMessage = { kind: "leave", lTime: this.clock.tick(), node, prune };
    members.onLeaveIntent(intent);
    if (!this.hasLivingOthers()) return false;
    broadcasts.queueIntent(codec.encode(intent), onSent);
    return true;
  }

  private hasLivingOthers(): boolean {
    const { members, membership } = this.context;
    const self = members.get(membership.local.name);
    return members.count("alive") > (self?.status === "alive" ? 1 : 0);
  }
}
