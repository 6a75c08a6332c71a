/** A node's topics of one causal group, a clock and a reader, without a node. */
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import type { Cause, TopicMessage } from "../api.ts";
import { CausalOrder } from "./causal-order.ts";
import type {
  KeptSaying,
  Ordering,
  OrderingOptions,
  SeqRun,
  Waiting,
  WaitingRoom,
} from "./ordering.ts";

/** `t a 3` for the third message of a's first life in topic t; `t a#2 1` for one of its second. */
export type Name = string;

class Room implements WaitingRoom {
  seen = new DotSet();
  readonly lost = new DotSet();
  readonly held = new Map<Origin, Map<number, Waiting>>();

  hold(waiting: Waiting): void {
    const { origin, seq } = waiting.message.dot;
    const bySeq = this.held.get(origin) ?? new Map<number, Waiting>();
    this.held.set(origin, bySeq.set(seq, waiting));
    this.seen.add({ origin, seq });
  }

  between(origin: Origin, first: number, last: number): Waiting[] {
    const held = [...(this.held.get(origin) ?? [])];
    const those = held.filter(([seq]) => seq >= first && seq <= last);
    return those.sort(([one], [other]) => one - other).map(([, waiting]) => waiting);
  }

  /** Two at a time. */
  firstOf(origin: Origin, { first, last }: SeqRun): Waiting[] {
    return this.between(origin, first, last).slice(0, 2);
  }

  sayingsOf(origin: Origin, { first, last }: SeqRun): KeptSaying[] {
    return this.between(origin, first, last).map(({ message: { after = [], dot } }) => {
      return { seq: dot.seq, after };
    });
  }

  lostBetween(origin: Origin, first: number, last: number): DotSet {
    const run = new DotSet();
    run.addRange(origin, first, last);
    return run.intersection(this.lost);
  }
}

export class CausalRig {
  /** What readers were told: names of messages, and gaps. */
  readonly told: string[] = [];
  readonly counts = new Map<string, number>();
  nowMs = 0;
  readonly order: CausalOrder;
  readonly rooms = new Map<string, Room>();
  readonly seats = new Map<string, Ordering>();
  onDeliver: (name: Name) => void = () => {};
  private timer: { readonly fire: () => void; readonly dueMs: number } | undefined;

  constructor(originsMaxCount = 100) {
    this.order = new CausalOrder({ causesMaxCount: 100, originsMaxCount }, (name, by = 1) => {
      this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    });
  }

  /** Opens a topic; `kept` is what its disk gives back. */
  open(tag: string, options: Partial<OrderingOptions> = {}, kept: readonly Name[] = []): this {
    const room = new Room();
    this.rooms.set(tag, room);
    for (const name of kept) room.hold(waitingOf(name));
    const unbounded = { waitingMaxCount: 1_000, waitingMaxBytes: 1_000_000 };
    const seat = this.order.join({
      tag,
      room,
      options: { waitMs: 100, ...unbounded, beginning: "first", ...options },
      ports: {
        timers: {
          startTimer: (fire, delayMs) => {
            this.timer = { fire, dueMs: this.nowMs + delayMs };
            return 1;
          },
          stopTimer: () => {
            this.timer = undefined;
          },
        },
        now: () => this.nowMs,
        afterStep: (body) => body(),
        count: () => {},
        deliver: ({ dot, tag: of }) => this.tell(`${of} ${shown(dot.origin)} ${dot.seq}`),
        tellGap: (dots: ReadonlyDotSet) => {
          for (const { origin, first, last } of dots.ranges()) {
            this.told.push(`gap ${tag} ${shown(origin)} ${first}-${last}`);
          }
        },
      },
    });
    this.seats.set(tag, seat);
    return this;
  }

  /** A message comes that came after others: `t a 2 < t b 1, u c 4`. */
  hear(...names: readonly string[]): this {
    for (const name of names) {
      const waiting = waitingOf(name);
      const { tag } = waiting.message;
      this.rooms.get(tag)?.hold(waiting);
      this.seats.get(tag)?.onMessage(waiting.message, waiting.bytesCount);
    }
    return this;
  }

  /** Nobody will bring these: refused here, or forgotten by all. */
  settle(name: Name, last: number, how: "refused" | "forgotten"): this {
    const { dot, tag } = waitingOf(name).message;
    const room = this.rooms.get(tag);
    const dots = new DotSet();
    dots.addRange(dot.origin, dot.seq, last);
    room?.seen.addAll(dots);
    if (how === "forgotten") room?.lost.addAll(dots);
    this.seats.get(tag)?.onSettled(dots);
    return this;
  }

  /** What this topic has remembered is forgotten, as that of lives long past is. */
  forget(tag: string): this {
    const room = this.rooms.get(tag);
    if (room === undefined) return this;
    room.seen = new DotSet();
    room.held.clear();
    return this;
  }

  passMs(durationMs: number): this {
    const endMs = this.nowMs + durationMs;
    while (this.timer !== undefined && this.timer.dueMs <= endMs) {
      const { dueMs, fire } = this.timer;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.timer = undefined;
      fire();
    }
    this.nowMs = endMs;
    return this;
  }

  get isWaiting(): boolean {
    return this.timer !== undefined;
  }

  /** What a message of this topic would come after. */
  causes(tag: string): Name[] {
    return this.order.frontier
      .causes(tag)
      .map((cause) => `${cause.tag} ${shown(cause.origin)} ${cause.seq}`)
      .sort();
  }

  private tell(name: Name): void {
    this.told.push(name);
    this.onDeliver(name);
  }
}

function shown(origin: Origin): string {
  return origin.replace(/#1$/, "");
}

function causeOf(name: Name): Cause {
  const [tag = "", who = "", seq = ""] = name.trim().split(" ");
  const [person = "", boot = "1"] = who.split("#");
  return { tag, origin: makeOrigin(person, Number(boot)), seq: Number(seq) };
}

function waitingOf(text: string): Waiting {
  const [name = "", causes = ""] = text.split("<");
  const { origin, seq, tag } = causeOf(name);
  const after = causes === "" ? [] : causes.split(",").map(causeOf);
  const said = { tag, value: text, from: origin, clock: { ms: 0, counter: 0 }, after };
  const message: TopicMessage<unknown> = { ...said, dot: { origin, seq } };
  return { message, bytesCount: 10 };
}
