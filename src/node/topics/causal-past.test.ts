import { expect, test } from "vitest";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import type { HistoryEntry } from "../../data/history/history.messages.ts";
import type { Cause } from "../api.ts";
import { inCausalOrder } from "./causal-past.ts";

const [a, b, c] = [makeOrigin("a", 1), makeOrigin("b", 1), makeOrigin("c", 1)];

class Past {
  readonly tag = "t";
  readonly entries: HistoryEntry[] = [];
  private readonly causes = new Map<unknown, readonly Cause[]>();

  add(origin: Origin, seq: number, ...after: readonly [Origin, number][]): this {
    const update = { atMs: this.entries.length, payload: new Uint8Array() };
    this.entries.push([{ origin, seq }, update]);
    this.causes.set(
      update,
      after.map(([of, upTo]) => ({ tag: "t", origin: of, seq: upTo })),
    );
    return this;
  }

  causesOf(update: unknown): readonly Cause[] {
    return this.causes.get(update) ?? [];
  }

  get ordered(): string[] {
    return inCausalOrder(this, this.entries).map(([{ origin, seq }]) => `${origin[0]}${seq}`);
  }
}

test("what time has in order stays as it is", () => {
  expect(new Past().add(a, 1).add(b, 1, [a, 1]).add(a, 2).add(c, 1).ordered).toEqual([
    "a1",
    "b1",
    "a2",
    "c1",
  ]);
});

test("what wrong clocks put before its causes comes after them", () => {
  const past = new Past().add(c, 1, [b, 2]).add(b, 2, [a, 7]).add(a, 1).add(b, 1).add(a, 3);
  expect(past.ordered).toEqual(["a1", "a3", "b1", "b2", "c1"]);
});

test("causes in a circle, which are forged, end nothing", () => {
  expect(new Past().add(a, 1, [b, 1]).add(b, 1, [a, 1]).ordered).toEqual(["b1", "a1"]);
});

test("a long chain against time takes no depth", () => {
  const past = new Past();
  for (let seq = 20_000; seq >= 1; seq -= 1) past.add(a, seq, [b, seq]);
  expect(past.ordered.slice(0, 2)).toEqual(["a1", "a2"]);
});
