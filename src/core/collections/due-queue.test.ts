import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { DueQueue } from "./due-queue.ts";

describe("DueQueue", () => {
  it("gives items out by time, and by age among equal times", () => {
    const queue = new DueQueue<string>();
    queue.put(5, "late");
    queue.put(1, "first");
    queue.put(1, "second");
    queue.put(0, "now");
    expect(queue.nextDue).toBe(0);
    expect([1, 2, 3, 4, 5].map(() => queue.takeNext())).toEqual([
      "now",
      "first",
      "second",
      "late",
      undefined,
    ]);
    expect(queue.nextDue).toBe(Number.POSITIVE_INFINITY);
  });

  it("takes an item out of the middle once, and does not mistake a later one for it", () => {
    const queue = new DueQueue<string>();
    const key = queue.put(1, "a");
    queue.put(2, "b");
    expect(queue.take(key)).toBe("a");
    expect(queue.take(key)).toBeUndefined();
    queue.put(0, "c");
    expect(queue.take(key)).toBeUndefined();
    expect(queue.size).toBe(2);
    expect(queue.takeNext()).toBe("c");
    queue.clear();
    expect(queue.size).toBe(0);
    expect(queue.takeNext()).toBeUndefined();
  });

  it("agrees with a sorted list over many random puts and takes", () => {
    const random = new Random(7);
    const queue = new DueQueue<number>();
    let model: { due: number; item: number; key: number }[] = [];
    for (let item = 0; item < 20_000; item += 1) {
      const die = random.below(10);
      if (die < 6) {
        const due = random.below(50);
        model.push({ due, item, key: queue.put(due, item) });
      } else if (die < 8 && model.length > 0) {
        const at = random.below(model.length);
        expect(queue.take(model[at]?.key ?? -1)).toBe(model[at]?.item);
        model.splice(at, 1);
      } else {
        const next = model.reduce<(typeof model)[0] | undefined>(
          (best, one) => (best === undefined || one.due < best.due ? one : best),
          undefined,
        );
        expect(queue.takeNext()).toBe(next?.item);
        model = model.filter((one) => one !== next);
      }
      expect(queue.size).toBe(model.length);
      if (model.length > 300) model = model.filter((one) => queue.take(one.key) !== one.item);
    }
  });
});
