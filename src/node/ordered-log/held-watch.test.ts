import { expect, test } from "vitest";
import { EventStore } from "../../data/ordered-log/event-store.ts";
import { OrderState } from "../../data/ordered-log/order-state.ts";
import { orderedLogOptions } from "../../data/ordered-log/ordered-log.options.ts";
import { HeldWatch, heldRatio } from "./held-watch.ts";

test("a log that is nearly full is told of once, and again when it was not in between", () => {
  const held = {
    options: orderedLogOptions({ heldMaxBytes: 1_000 }),
    state: new OrderState(),
    store: new EventStore(),
  };
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const watch = new HeldWatch("l", held, { debug() {}, info() {}, warn, error() {} });
  const toldAt = (heldBytes: number): number => {
    held.store.heldBytes = heldBytes;
    watch.look();
    return warnings.length;
  };
  expect([0, 799, 800, 900, 700, 800].map(toldAt)).toEqual([0, 0, 1, 1, 1, 2]);
  expect(warnings[0]).toMatch(/ordered log l is nearly full/);
  expect(heldRatio(held)).toBe(0.8);
});
