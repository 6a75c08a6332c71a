import type { LamportClock } from "../../core/lamport-clock.ts";
import type { SerfContext } from "./context.ts";
import type { IntentGossip, IntentMessage } from "./intent-gossip.ts";
import type { SerfEventSlot, SerfPushPullMessage, UserEventMessage } from "./serf.messages.ts";
import type { UserEvents } from "./user-events.ts";

export interface StateParts {
  readonly memberClock: LamportClock;
  readonly queryClock: LamportClock;
  readonly intents: IntentGossip;
  readonly events: UserEvents;
}

/** Serf's share of a push/pull. Nothing learned here is rebroadcast. Source: spec section 22. */
export class StateExchange {
  private readonly context: SerfContext;
  private readonly parts: StateParts;
  /** Of states too large for one step, in the order they came; `intentsAt` is the next. */
  private waitingIntents: IntentMessage[] = [];
  private intentsAt = 0;

  constructor(context: SerfContext, parts: StateParts) {
    this.context = context;
    this.parts = parts;
  }

  localState(): Uint8Array {
    const { memberClock, queryClock, events } = this.parts;
    const statusLTimes = new Map<string, number>();
    const leftMembers: string[] = [];
    for (const member of this.context.members.values()) {
      statusLTimes.set(member.name, member.statusLTime);
      if (member.status === "left") leftMembers.push(member.name);
    }
    return this.context.codec.encode({
      kind: "pushPull",
      lTime: memberClock.current,
      statusLTimes,
      leftMembers,
      eventLTime: events.clock.current,
      events: events.slots(),
      queryLTime: queryClock.current,
    });
  }

  /** @param origin "ownJoin" when this state came with a join that this node asked for. */
  merge(bytes: Uint8Array, origin: "ownJoin" | "peer"): void {
    const state = this.context.codec.decode(bytes);
    if (state?.kind !== "pushPull") {
      this.context.counters.add("serf.dropped.badState");
      return;
    }
    const { memberClock, events, queryClock } = this.parts;
    this.follow(memberClock, state.lTime, origin);
    const eventTime = this.follow(events.clock, state.eventLTime, origin);
    this.follow(queryClock, state.queryLTime, origin);
    this.mergeIntents(state);
    const isHistoryUnwanted = origin === "ownJoin" && this.context.options.oldEvents === "ignore";
    if (isHistoryUnwanted && eventTime === "plausible") {
      events.ignoreBefore(state.eventLTime);
    }
    this.mergeEvents(state.events);
  }

  /** The next of what waits, as many as one step takes. */
  onSlice(): void {
    const { env, options } = this.context;
    const end = this.intentsAt + options.stateSliceCount;
    for (const intent of this.waitingIntents.slice(this.intentsAt, end)) {
      this.parts.intents.onIntent(intent);
    }
    this.intentsAt = end;
    if (end < this.waitingIntents.length) {
      env.setTimer({ kind: "stateSlice" }, 0);
      return;
    }
    this.waitingIntents = [];
    this.intentsAt = 0;
  }

  private follow(
    clock: LamportClock,
    time: number,
    origin: "ownJoin" | "peer",
  ): "plausible" | "absurd" {
    if (time <= 0) return "plausible";
    const follows = origin === "ownJoin" ? clock.adopt(time - 1) : clock.witness(time - 1);
    if (follows) return "plausible";
    this.context.counters.add("serf.dropped.absurdTime");
    return "absurd";
  }

  private mergeIntents({ statusLTimes, leftMembers }: SerfPushPullMessage): void {
    const left = new Set(leftMembers);
    const intents: IntentMessage[] = [];
    // The real thing adds 1 to the time of a leave that it only knows by its result.
    for (const node of left) {
      intents.push({ kind: "leave", lTime: (statusLTimes.get(node) ?? 0) + 1, node, prune: false });
    }
    for (const [node, lTime] of statusLTimes) {
      if (!left.has(node)) intents.push({ kind: "join", lTime, node });
    }
    this.takeIntents(this.within(intents));
  }

  /** What an intent does depends on Lamport times and not on order, so later steps do as well. */
  private takeIntents(intents: readonly IntentMessage[]): void {
    const { counters, env, options } = this.context;
    const waitingCount = this.waitingIntents.length - this.intentsAt;
    if (waitingCount === 0 && intents.length <= options.stateSliceCount) {
      for (const intent of intents) this.parts.intents.onIntent(intent);
      return;
    }
    if (waitingCount + intents.length > options.stateEntriesMaxCount) {
      counters.add("serf.dropped.stateTooLong");
      return;
    }
    this.waitingIntents = [...this.waitingIntents.slice(this.intentsAt), ...intents];
    this.intentsAt = 0;
    if (waitingCount === 0) env.setTimer({ kind: "stateSlice" }, 0);
  }

  private mergeEvents(slots: readonly SerfEventSlot[]): void {
    const { counters, options } = this.context;
    const events = slots.flatMap(({ lTime, events: slot }) =>
      slot.map((event) => ({ kind: "userEvent" as const, lTime, ...event, cc: false })),
    );
    for (const event of this.newest(events)) {
      const bytes = event.name.length + event.payload.length;
      if (bytes > options.messageMaxBytes) counters.add("serf.dropped.tooLarge");
      else this.parts.events.onEvent(event);
    }
  }

  private newest(events: readonly UserEventMessage[]): readonly UserEventMessage[] {
    const { counters, options } = this.context;
    if (events.length <= options.stateEventsMaxCount) return events;
    counters.add("serf.dropped.stateTooLong");
    return [...events].sort((a, b) => a.lTime - b.lTime).slice(-options.stateEventsMaxCount);
  }

  private within<T>(entries: readonly T[]): readonly T[] {
    const { counters, options } = this.context;
    if (entries.length <= options.stateEntriesMaxCount) return entries;
    counters.add("serf.dropped.stateTooLong");
    return entries.slice(0, options.stateEntriesMaxCount);
  }
}
