import { expect, test } from "vitest";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import type { TopicMessage } from "../api.ts";
import type { KeptSaying, OrderingOptions, Waiting } from "./ordering.ts";
import { Sequencer } from "./sequencer.ts";

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 1);

/** A room, a clock and a reader. */
class Rig {
  readonly told: string[] = [];
  readonly counts = new Map<string, number>();
  readonly seen = new DotSet();
  readonly lost = new DotSet();
  readonly held = new Map<string, Waiting>();
  nowMs = 0;
  private timer: { readonly fire: () => void; readonly dueMs: number } | undefined;
  private made: Sequencer | undefined;
  private readonly options: OrderingOptions;

  constructor(options: Partial<OrderingOptions> = {}) {
    const unbounded = { waitingMaxCount: 1_000, waitingMaxBytes: 1_000_000 };
    this.options = { waitMs: 100, ...unbounded, beginning: "first", ...options };
  }

  get sequencer(): Sequencer {
    this.made ??= new Sequencer(this, this.options, {
      timers: {
        startTimer: (fire, delayMs) => {
          expect(this.timer).toBeUndefined();
          this.timer = { fire, dueMs: this.nowMs + delayMs };
          return 1;
        },
        stopTimer: () => {
          this.timer = undefined;
        },
      },
      now: () => this.nowMs,
      afterStep: (body) => body(),
      count: (name, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
      deliver: ({ dot }) => this.told.push(`${dot.origin[0]}${dot.seq}`),
      tellGap: (dots: ReadonlyDotSet) => {
        for (const { origin, first, last } of dots.ranges()) {
          this.told.push(`gap ${origin[0]}${first}-${last}`);
        }
      },
    });
    return this.made;
  }

  between(origin: Origin, first: number, last: number): Waiting[] {
    const found: Waiting[] = [];
    for (const one of this.held.values()) {
      const { dot } = one.message;
      if (dot.origin === origin && dot.seq >= first && dot.seq <= last) found.push(one);
    }
    return found.sort((one, other) => one.message.dot.seq - other.message.dot.seq);
  }

  firstOf(): Waiting[] {
    return [];
  }

  sayingsOf(): KeptSaying[] {
    return [];
  }

  lostBetween(origin: Origin, first: number, last: number): DotSet {
    const run = new DotSet();
    run.addRange(origin, first, last);
    return run.intersection(this.lost);
  }

  hear(origin: Origin, ...seqs: number[]): this {
    const { sequencer } = this;
    for (const seq of seqs) {
      const message = { dot: { origin, seq } } as TopicMessage<unknown>;
      this.seen.add({ origin, seq });
      this.held.set(`${origin} ${seq}`, { message, bytesCount: 10 });
      sequencer.onMessage(message, 10);
    }
    return this;
  }

  settle(origin: Origin, first: number, last: number): this {
    const dots = new DotSet();
    dots.addRange(origin, first, last);
    this.seen.addAll(dots);
    this.sequencer.onSettled(dots);
    return this;
  }

  passMs(durationMs: number): this {
    const endMs = this.nowMs + durationMs;
    while (this.timer !== undefined && this.timer.dueMs <= endMs) {
      const { dueMs, fire } = this.timer;
      this.nowMs = dueMs;
      this.timer = undefined;
      fire();
    }
    this.nowMs = endMs;
    return this;
  }

  get isWaiting(): boolean {
    return this.timer !== undefined;
  }
}

test("what comes too early waits for those before it", () => {
  const rig = new Rig().hear(a, 1, 3, 4, 6, 2);
  expect(rig.told).toEqual(["a1", "a2", "a3", "a4"]);
  expect(rig.hear(a, 5, 7).told).toEqual(["a1", "a2", "a3", "a4", "a5", "a6", "a7"]);
  rig.passMs(1_000);
  expect(rig.isWaiting).toBe(false);
});

test("one publisher's gap holds up nobody else", () => {
  expect(new Rig().hear(a, 2).hear(b, 1, 2).told).toEqual(["b1", "b2"]);
});

test("what is missing for too long is a gap, and does not come afterwards", () => {
  const rig = new Rig().hear(a, 1, 3, 6).passMs(99);
  expect(rig.told).toEqual(["a1"]);
  rig.passMs(1);
  expect(rig.told).toEqual(["a1", "gap a2-2", "a3", "gap a4-5", "a6"]);
  expect(rig.hear(a, 2, 5, 7).told.at(-1)).toBe("a7");
  expect(rig.told).toHaveLength(6);
  expect(rig.counts.get("topics.skipped")).toBe(3);
});

test("progress begins the wait anew, and what came after it began is not given up with it", () => {
  const rig = new Rig().hear(a, 1, 3, 5).passMs(60).hear(a, 2).passMs(60);
  expect(rig.told).toEqual(["a1", "a2", "a3"]);
  rig.hear(a, 7).passMs(40);
  expect(rig.told).toEqual(["a1", "a2", "a3", "gap a4-4", "a5"]);
  rig.passMs(100);
  expect(rig.told.slice(-2)).toEqual(["gap a6-6", "a7"]);
});

test("what was refused is passed in silence, and what was forgotten as a gap in its place", () => {
  const rig = new Rig().hear(a, 1, 4);
  rig.settle(a, 2, 2);
  expect(rig.told).toEqual(["a1"]);
  rig.lost.add({ origin: a, seq: 3 });
  rig.settle(a, 3, 3);
  expect(rig.told).toEqual(["a1", "gap a3-3", "a4"]);
});

test("a forgotten run of absurd length costs no more than a short one", () => {
  const rig = new Rig().hear(a, 1);
  rig.lost.addRange(a, 2, Number.MAX_SAFE_INTEGER);
  rig.settle(a, 2, Number.MAX_SAFE_INTEGER);
  expect(rig.told).toEqual(["a1", `gap a2-${Number.MAX_SAFE_INTEGER}`]);
});

test("too much that waits is as good as a wait that is over", () => {
  const byCount = new Rig({ waitingMaxCount: 2 }).hear(a, 2, 3).hear(b, 3);
  expect(byCount.told).toEqual(["gap b1-2", "b3"]);
  expect(byCount.hear(a, 5).told.slice(2)).toEqual(["gap a1-1", "a2", "a3", "gap a4-4", "a5"]);
  expect(byCount.hear(b, 5, 6).told).toHaveLength(7);
  const byBytes = new Rig({ waitingMaxBytes: 25 }).hear(a, 2, 3);
  expect(byBytes.told).toEqual([]);
  expect(byBytes.hear(a, 4).told).toEqual(["gap a1-1", "a2", "a3", "a4"]);
  expect(byBytes.counts.get("topics.waitFull")).toBe(1);
});

test("who first hears a publisher waits for what was overtaken, and misses nothing", () => {
  const rig = new Rig({ beginning: "heard" }).hear(a, 12, 14, 11);
  expect(rig.told).toEqual([]);
  rig.passMs(200);
  expect(rig.told).toEqual(["a11", "a12", "gap a13-13", "a14"]);
  expect(new Rig({ beginning: "heard" }).hear(a, 1, 2).told).toEqual(["a1", "a2"]);
});

test("what a disk gave back counts as delivered up to its first gap", () => {
  const rig = new Rig();
  rig.seen.addRange(a, 1, 4);
  for (const seq of [6, 7]) {
    rig.seen.add({ origin: a, seq });
    const message = { dot: { origin: a, seq } } as TopicMessage<unknown>;
    rig.held.set(`${a} ${seq}`, { message, bytesCount: 1 });
  }
  expect([...rig.sequencer.passed()].map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(rig.isWaiting).toBe(true);
  rig.passMs(100);
  expect(rig.told).toEqual(["gap a5-5", "a6", "a7"]);
  expect(rig.sequencer.passed().last(a)).toBe(7);
});

test("a closed one waits for nothing", () => {
  const rig = new Rig().hear(a, 2);
  rig.sequencer.close();
  expect(rig.isWaiting).toBe(false);
});
