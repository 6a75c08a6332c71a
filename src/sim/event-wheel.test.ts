import { describe, expect, it } from "vitest";
import { DueQueue } from "../core/collections/due-queue.ts";
import { Random } from "../core/random.ts";
import { eventKinds } from "./event-slab.ts";
import { EventWheel } from "./event-wheel.ts";

function put(wheel: EventWheel, dueMs: number, cargo: unknown): number {
  wheel.dueMs = dueMs;
  const slot = wheel.add(cargo);
  wheel.slab.address(slot, 0, 0, eventKinds.action);
  return slot;
}

/** The wheel beside the heap, which is simple and slow: they must agree on every step. */
class Twins {
  readonly wheel = new EventWheel();
  private readonly queue = new DueQueue<number>();
  private readonly keys: [number, number][] = [];
  private named = 0;
  nowMs = 0;

  put(delayMs: number): void {
    const dueMs = this.nowMs + delayMs;
    this.named += 1;
    const slot = put(this.wheel, dueMs, this.named);
    this.keys.push([this.wheel.slab.keyOf(slot), this.queue.put(dueMs, this.named)]);
  }

  cancel(at: number): void {
    const [mine, theirs] = this.keys[at % this.keys.length] ?? [0, 0];
    this.wheel.cancel(mine);
    this.queue.take(theirs);
    expect(this.wheel.size).toBe(this.queue.size);
  }

  /** Takes all that is due by `limitMs`, at most `count` of it; `each` may put in more. */
  runTo(limitMs: number, each: () => void = () => {}, count = Number.POSITIVE_INFINITY): number {
    let taken = 0;
    while (taken < count) {
      const slot = this.wheel.first(limitMs);
      if (slot === 0) break;
      expect(this.wheel.slab.due(slot)).toBe(this.queue.nextDue);
      const name = this.wheel.slab.carried(slot);
      this.nowMs = this.wheel.slab.due(slot);
      this.wheel.drop(slot);
      expect(name).toBe(this.queue.takeNext());
      taken += 1;
      each();
    }
    if (taken < count) {
      expect(this.queue.nextDue).toBeGreaterThan(limitMs);
      this.nowMs = limitMs;
    }
    return taken;
  }
}

describe("EventWheel", () => {
  it("keeps the order of equal times, whatever the way down", () => {
    const twins = new Twins();
    for (const startMs of [0, 20, 5_000, 65_530, 65_552, 70_000, 99_999]) {
      twins.runTo(startMs);
      for (let count = 0; count < 3; count += 1) twins.put(100_000 - startMs);
    }
    expect(twins.runTo(100_000)).toBe(21);
  });

  it.each([
    ["within a tick", 1e-4],
    ["of a packet", 5],
    ["across pages", 100],
    ["of timers", 100_000],
    ["of hours", 1e7],
    ["of days", 3e9],
  ])("agrees with a heap on delays %s", (_, mostMs) => {
    const random = new Random(mostMs);
    const twins = new Twins();
    for (let count = 0; count < 300; count += 1) twins.put(random.real() * mostMs);
    let left = 3_000;
    const each = (): void => {
      if (left === 0) return;
      left -= 1;
      const draw = random.below(8);
      twins.put(draw === 7 ? 0 : random.real() * mostMs);
      if (draw < 2) twins.put(random.real() * 10 * mostMs);
      if (draw > 4) twins.cancel(random.below(10_000));
    };
    while (twins.wheel.size > 0) twins.runTo(twins.nowMs + random.real() * 3 * mostMs, each);
    expect(left).toBe(0);
    expect(twins.wheel.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });

  it("says what is next without opening it, so that earlier ones may still come", () => {
    const random = new Random(7);
    const twins = new Twins();
    for (let turn = 0; turn < 2_000; turn += 1) {
      const mostMs = [1e-3, 10, 1_000, 1e6, 1e9][random.below(5)] ?? 1;
      twins.put(random.real() * mostMs);
      if (turn % 3 === 0) twins.cancel(random.below(10_000));
      const dueMs = twins.wheel.nextDue();
      if (turn % 5 === 0 && dueMs < Number.POSITIVE_INFINITY) {
        expect(twins.wheel.first(dueMs)).not.toBe(0);
        if (turn % 2 === 0) twins.runTo(dueMs, () => {}, 1);
      }
    }
    while (twins.wheel.size > 0) twins.runTo(twins.wheel.nextDue());
  });

  it("sorts many in one bucket, keeping the order of equals", () => {
    const random = new Random(9);
    const twins = new Twins();
    for (let count = 0; count < 5_000; count += 1) twins.put(8 + random.below(50) * 1e-6);
    expect(twins.runTo(10)).toBe(5_000);
  });

  it("takes in thousands that are due at once while it fires them", () => {
    const twins = new Twins();
    let left = 10_000;
    const each = (): void => {
      left -= 1;
      if (left > 0) twins.put(left % 2 === 0 ? 0 : 1e-5);
      if (left > 5_000) twins.put(0);
    };
    twins.put(0);
    twins.runTo(10, each);
    expect(left).toBeLessThan(1);
  });

  it("cancels once, and never an event that came after in the same place", () => {
    const wheel = new EventWheel();
    const putKey = (dueMs: number): number => wheel.slab.keyOf(put(wheel, dueMs, "x"));
    const first = putKey(5);
    wheel.cancel(first);
    wheel.cancel(first);
    expect(wheel.size).toBe(0);
    const second = putKey(5);
    expect(second).not.toBe(first);
    wheel.cancel(first);
    expect([wheel.size, wheel.nextDue()]).toEqual([1, 5]);
    wheel.first(5);
    wheel.cancel(second);
    wheel.cancel(second);
    expect([wheel.size, wheel.first(10)]).toEqual([0, 0]);
  });

  it("uses its places again", () => {
    const wheel = new EventWheel();
    const slots = new Set<number>();
    for (let round = 1; round < 2_000; round += 1) {
      for (const delayMs of [0.5, 40, 80_000]) {
        const slot = put(wheel, round + delayMs, "x");
        slots.add(slot);
        if (delayMs === 80_000) wheel.cancel(wheel.slab.keyOf(slot));
      }
      for (let slot = wheel.first(round); slot !== 0; slot = wheel.first(round)) wheel.drop(slot);
    }
    expect(slots.size).toBeLessThan(60);
  });
});
