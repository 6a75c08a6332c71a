import { describe, expect, it, test } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import { replicaContract } from "../../testing/replica-contract.ts";
import { replicaSetContract } from "../../testing/replica-set-contract.ts";
import { type HistoryOptions, historyDefaults } from "./history.options.ts";
import { History } from "./history.ts";

let nowMs = 1_000_000;

function make(origin: Origin, options: Partial<HistoryOptions> = {}): History {
  const wiring = {
    origin: () => origin,
    wallClock: () => nowMs,
    afterStep: (body: () => void) => body(),
  };
  return new History(wiring, { ...historyDefaults, ...options });
}

function stateOf(history: History): string {
  const held = [...history.entries()].map(
    ([{ origin, seq }, { payload }]) => `${origin} ${seq} ${[...payload].join()}`,
  );
  return held.sort((a, b) => (a < b ? -1 : 1)).join("\n");
}

replicaContract({ describe, test }, "history", (origin) => {
  const replica = make(origin);
  return {
    replica,
    write: (random) => replica.append(Uint8Array.from({ length: random.below(100) }, () => 7)),
    state: () => stateOf(replica),
  };
});

replicaSetContract(
  { describe, test },
  "history",
  (origin) => {
    const wiring = { origin, wallClock: () => nowMs, afterStep: (body: () => void) => body() };
    const replica = new History(wiring, historyDefaults);
    return {
      replica,
      write: (random) => replica.append(Uint8Array.of(random.below(256))),
      state: () => stateOf(replica),
      // What is stable is no reason to drop it: a history has bounds.
      purge: () => {},
      discard: () => replica.discard(),
    };
  },
  20,
);

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 1);

function filled(count: number, options: Partial<HistoryOptions>): History {
  const history = make(a, options);
  for (let step = 0; step < count; step += 1) {
    nowMs += 10;
    history.append(Uint8Array.of(step, step));
  }
  return history;
}

describe("a history's bounds", () => {
  it.each([
    ["count", { keptMaxCount: 4 }],
    ["bytes", { keptMaxBytes: 8 }],
    ["age", { keptMaxMs: 40 }],
  ])("drop the oldest by %s, and name it forgotten", (_, options) => {
    const history = filled(10, options);
    expect(history.size).toBe(4);
    expect(history.payloadBytes).toBe(8);
    expect([...history.forgotten].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(history.seen.prefix(a)).toBe(10);
  });

  it("tell a reader of the gap, once, and go on behind it", () => {
    const history = filled(10, { keptMaxCount: 4 });
    const page = history.read(new DotSet(), 3);
    expect(page.updates.map(([dot]) => dot.seq)).toEqual([7, 8, 9]);
    expect(page.more).toBe(true);
    expect([...page.gap].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    const read = page.gap.union(DotSet.of(...page.updates.map(([dot]) => dot)));
    const rest = history.read(read, 10);
    expect(rest.updates.map(([dot]) => dot.seq)).toEqual([10]);
    expect(rest.gap.isEmpty && !rest.more).toBe(true);
  });

  it("hand on what was forgotten as forgotten, and the receiver is told", () => {
    const history = filled(10, { keptMaxCount: 4 });
    const other = make(b);
    const gaps: number[] = [];
    other.subscribe({ onNews: () => {}, onForgotten: (dots) => gaps.push(dots.size) });
    const delta = history.collect(history.seen, other.seen, 1_000_000);
    for (const [dot, update] of delta.updates) other.apply(dot, update);
    other.cover(delta.covers, delta.forgotten);
    expect(other.seen.equals(history.seen)).toBe(true);
    expect(gaps).toEqual([6]);
    other.cover(delta.covers, delta.forgotten);
    expect(gaps).toEqual([6]);
    // A node that still holds one is too late: this one has been told that it is gone.
    const [dot] = [...delta.forgotten];
    if (dot !== undefined) expect(other.apply(dot, { atMs: nowMs, payload: a1 })).toBe("known");
  });

  it("forget at once what is older than all that is kept, and do not call it news", () => {
    const history = filled(4, { keptMaxCount: 4 });
    const news: number[] = [];
    history.subscribe({ onNews: (dot) => news.push(dot.seq) });
    const late = { origin: b, seq: 1 };
    expect(history.apply(late, { atMs: 5, payload: a1 })).toBe("superseded");
    expect(history.seen.has(late) && history.forgotten.has(late)).toBe(true);
    expect(news).toEqual([]);
    expect(history.size).toBe(4);
  });

  it("believe a clock that runs ahead for 5 s, so that its updates grow old too", () => {
    const history = make(a, { keptMaxMs: 1_000 });
    history.apply({ origin: b, seq: 1 }, { atMs: nowMs + 1e9, payload: a1 });
    nowMs += 5_000;
    history.expire();
    expect(history.size).toBe(1);
    nowMs += 1_000;
    history.expire();
    expect(history.size).toBe(0);
  });
});

const a1 = Uint8Array.of(1);

describe("a history", () => {
  it("rejects what is too large or has no time, and passes it on to nobody", () => {
    const history = make(a, { payloadMaxBytes: 2 });
    const dot = { origin: b, seq: 1 };
    expect(history.apply(dot, { atMs: 1, payload: new Uint8Array(3) })).toBe("rejected");
    expect(history.apply({ origin: b, seq: 2 }, { atMs: -1, payload: a1 })).toBe("rejected");
    expect(history.seen.size).toBe(2);
    expect(history.collect(history.seen, new DotSet(), 100).updates).toEqual([]);
    expect(() => history.append(new Uint8Array(3))).toThrow("at most 2");
  });

  it("is not worn out by a peer who wants more than there can be", () => {
    const history = filled(3, {});
    const all = new DotSet();
    all.addRange(a, 1, Number.MAX_SAFE_INTEGER - 1);
    all.addRange(b, 1, Number.MAX_SAFE_INTEGER - 1);
    expect(history.collect(all, new DotSet(), 1e9).updates).toHaveLength(3);
  });
});
