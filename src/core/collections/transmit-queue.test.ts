import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { TransmitQueue, type Transmittable } from "./transmit-queue.ts";
import { type Entry, TransmitTier } from "./transmit-tier.ts";

const item = (key: string, byteLength: number): Transmittable => ({ key, byteLength });
const keys = (items: readonly Transmittable[]) => items.map((one) => one.key);

describe("TransmitQueue", () => {
  it("picks the least sent, then the longest, then the newest", () => {
    const queue = new TransmitQueue<Transmittable>();
    queue.queue(item("old-10", 10));
    expect(keys(queue.take(100, 2, 3))).toEqual(["old-10"]);
    for (const one of [item("a-20", 20), item("b-20", 20), item("c-30", 30)]) queue.queue(one);
    expect(keys(queue.take(1000, 2, 3))).toEqual(["c-30", "b-20", "a-20", "old-10"]);
  });

  it("takes a shorter one where the longest does not fit", () => {
    const queue = new TransmitQueue<Transmittable>();
    for (const length of [50, 40, 7]) queue.queue(item(`n${length}`, length));
    expect(keys(queue.take(55, 2, 9))).toEqual(["n50"]);
    expect(keys(queue.take(51, 2, 9))).toEqual(["n40", "n7"]);
  });

  it("fills a round of packets with each item once, and counts every copy", () => {
    const queue = new TransmitQueue<Transmittable>();
    for (const key of ["a", "b", "c", "d", "e"]) queue.queue(item(key, 10));
    const round = { budgetBytes: 24, overheadBytes: 2, limitCount: 6, copiesCount: 3 };
    const taken = () => queue.takeRound({ ...round, packetsMaxCount: 9 }).map(keys);
    expect(taken()).toEqual([["e", "d"], ["c", "b"], ["a"]]);
    expect(queue.takeRound({ ...round, packetsMaxCount: 1 }).map(keys)).toHaveLength(1);
    expect(queue.size).toBe(3);
    expect(taken().flat()).toHaveLength(3);
    expect(taken()).toEqual([]);
  });

  it("lets an item go after its count, and sends once even with a limit of 0", () => {
    const queue = new TransmitQueue<Transmittable>();
    queue.queue(item("a", 5));
    expect([1, 2, 3, 4].map(() => keys(queue.take(100, 2, 3)).length)).toEqual([1, 1, 1, 0]);
    queue.queue(item("b", 5));
    expect([1, 2].map(() => queue.take(100, 2, 0).length)).toEqual([1, 0]);
    expect(queue.size).toBe(0);
  });

  it("replaces an item with the same key, which starts its count anew", () => {
    const queue = new TransmitQueue<Transmittable>();
    queue.queue(item("a", 5));
    queue.take(100, 2, 2);
    queue.queue(item("a", 6));
    expect(queue.size).toBe(1);
    expect(queue.take(100, 2, 2).map((one) => one.byteLength)).toEqual([6]);
    expect(queue.take(100, 2, 2)).toHaveLength(1);
    expect(queue.take(100, 2, 2)).toHaveLength(0);
  });

  it("trims the most sent first, and among them the shortest and oldest", () => {
    const queue = new TransmitQueue<Transmittable>();
    for (const one of [item("sent-9", 9), item("sent-8", 8)]) queue.queue(one);
    queue.take(100, 2, 5);
    for (const one of [item("new-1", 1), item("new-2", 2)]) queue.queue(one);
    queue.trim(3);
    expect(keys(queue.take(100, 2, 5))).toEqual(["new-2", "new-1", "sent-9"]);
    queue.trim(0);
    expect(queue.size).toBe(0);
  });

  it("behaves as a plain list sorted anew for each packet", () => {
    const command = fc.oneof(
      fc.record({ put: fc.integer({ min: 0, max: 9 }), length: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ budget: fc.integer({ min: 0, max: 150 }) }),
      fc.record({ trim: fc.integer({ min: 0, max: 6 }) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const queue = new TransmitQueue<Transmittable>();
        const model = new Model();
        for (const one of commands) {
          if ("put" in one) {
            queue.queue(item(`k${one.put}`, one.length));
            model.queue(item(`k${one.put}`, one.length));
          } else if ("trim" in one) {
            queue.trim(one.trim);
            model.trim(one.trim);
          } else expect(keys(queue.take(one.budget, 2, 3))).toEqual(model.take(one.budget));
          expect(queue.size).toBe(model.rows.length);
        }
      }),
    );
  });
});

class Model {
  rows: { key: string; length: number; serial: number; sent: number }[] = [];
  private serial = 0;

  queue(one: Transmittable): void {
    this.rows = this.rows.filter((row) => row.key !== one.key);
    this.serial += 1;
    this.rows.push({ key: one.key, length: one.byteLength, serial: this.serial, sent: 0 });
  }

  take(budget: number): string[] {
    let left = budget;
    const taken = this.inOrder().filter((row) => {
      if (row.length + 2 > left) return false;
      left -= row.length + 2;
      return true;
    });
    for (const row of taken) row.sent += 1;
    this.rows = this.rows.filter((row) => row.sent < 3);
    return taken.map((row) => row.key);
  }

  trim(max: number): void {
    this.rows = this.inOrder().slice(0, max);
  }

  private inOrder() {
    return [...this.rows].sort(
      (a, b) => a.sent - b.sent || b.length - a.length || b.serial - a.serial,
    );
  }
}

test("a tier gives back the longest and newest first, whatever came and went", () => {
  const step = fc.record({
    what: fc.constantFrom("put", "putOld", "remove", "next", "least"),
    length: fc.integer({ min: 1, max: 6 }),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const tier = new TransmitTier<Transmittable>();
      let model: Entry<Transmittable>[] = [];
      const order = (a: Entry<Transmittable>, b: Entry<Transmittable>): number =>
        b.item.byteLength - a.item.byteLength || b.serial - a.serial;
      let serial = 1_000;
      for (const { what, length, pick } of steps) {
        model.sort(order);
        if (what === "put" || what === "putOld") {
          serial += 1;
          const own = what === "put" ? serial : -serial;
          const entry = { item: { key: String(own), byteLength: length }, serial: own };
          tier.put(entry);
          model.push(entry);
        } else if (what === "remove") {
          const entry = model[pick % Math.max(1, model.length)];
          if (entry === undefined) continue;
          tier.remove(entry);
          model = model.filter((other) => other !== entry);
        } else {
          const fitting = model.filter(({ item }) => item.byteLength <= length);
          const wanted = what === "next" ? fitting[0] : model.at(-1);
          expect(what === "next" ? tier.takeNext(length) : tier.takeLeast()).toBe(wanted);
          model = model.filter((other) => other !== wanted);
        }
      }
    }),
  );
});
