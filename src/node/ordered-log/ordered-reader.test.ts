import { describe, expect, it } from "vitest";
import type { Origin } from "../../core/peer.ts";
import type { OrderedItem } from "../../data/ordered-log/ordered-log.contract.ts";
import { StoredValues } from "../versions/stored-values.ts";
import { FoldedState } from "./folded-state.ts";
import type { OrderedEntry, OrderedGap } from "./ordered-log.api.ts";
import { NodeOrderedReader } from "./ordered-reader.ts";
import { entryReader } from "./ordered-values.ts";

const values = new StoredValues({ codec: "json" });
const unread: string[] = [];
const entryOf = entryReader(values, (detail) => unread.push(detail));

function event(index: number, bytes = values.write(`v${index}`, "a value")): OrderedItem {
  const dot = { origin: "p1#7" as Origin, seq: index };
  const hlc = { ms: 5, counter: index };
  return { kind: "event", orderIndex: index, place: index, dot, clock: new Map(), hlc, bytes };
}

const note: OrderedItem = { kind: "note", orderIndex: 2, place: 3, bytes: Uint8Array.of(1) };

function reader(options: ConstructorParameters<typeof NodeOrderedReader>[1] = {}) {
  const calls: string[] = [];
  const made = new NodeOrderedReader(
    {
      log: "orders",
      entryOf,
      resume: () => calls.push("resume"),
      onTold: () => calls.push("told"),
      onClosed: () => calls.push("closed"),
      onCallbackError: (where) => calls.push(where),
    },
    options,
  );
  return { calls, made };
}

const next = async (made: NodeOrderedReader): Promise<unknown> => {
  const { done, value } = await made.next();
  return done === true ? "end" : [value.index, value.value, value.from];
};

describe("a reader of an ordered log", () => {
  it("is told entries as users see them; notes are of those below", async () => {
    const { made } = reader();
    expect(made.onItems([event(1), note, event(2)])).toBe("more");
    expect([await next(made), await next(made)]).toEqual([
      [1, "v1", "p1"],
      [2, "v2", "p1"],
    ]);
  });

  it("that is slow has the log wait, and go on when it has read the half", async () => {
    const { calls, made } = reader({ queueMax: 4 });
    expect(made.onItems([event(1), event(2), event(3)])).toBe("more");
    expect(made.onItems([event(4)])).toBe("pause");
    await next(made);
    expect(calls).not.toContain("resume");
    await next(made);
    expect(calls.at(-1)).toBe("resume");
    expect(() => reader({ queueMax: 0 })).toThrow(/CONFIG_OPTION/);
  });

  it("ends where entries are gone, or is told which and goes on", async () => {
    const strict = reader();
    strict.made.onItems([event(1)]);
    strict.made.onGap({ place: 9, orderIndex: 8 });
    expect(await next(strict.made)).toEqual([1, "v1", "p1"]);
    await expect(next(strict.made)).rejects.toThrow(/LOG_TRIMMED.*entries 2 to 8/);
    expect(await next(strict.made)).toBe("end");
    const gaps: OrderedGap[] = [];
    const lenient = reader({ onGap: (gap) => gaps.push(gap) });
    lenient.made.onGap({ place: 9, orderIndex: 8 });
    lenient.made.onItems([event(9)]);
    expect(gaps).toEqual([{ afterIndex: 0, throughIndex: 8 }]);
    expect(await next(lenient.made)).toEqual([9, "v9", "p1"]);
  });

  it("hears no more once it is closed, or its signal is aborted", async () => {
    const controller = new AbortController();
    const { calls, made } = reader({ signal: controller.signal });
    const waiting = next(made);
    controller.abort();
    expect(await waiting).toBe("end");
    expect(calls).toEqual(["closed"]);
    made.onItems([event(1)]);
    expect(await next(made)).toBe("end");
  });

  it("leaves out what it cannot read, and says so", async () => {
    const { made } = reader();
    made.onItems([event(1, Uint8Array.of(2, 123)), event(2)]);
    expect(await next(made)).toEqual([2, "v2", "p1"]);
    expect(unread[0]).toContain("entry 1");
  });
});

describe("a state that follows a log", () => {
  function folded() {
    const errors: string[] = [];
    const apply = (sum: number, { index, value }: OrderedEntry<unknown>): number => {
      if (value === "v2") throw new Error("not this one");
      return sum + index;
    };
    const state = new FoldedState(
      {
        where: "state sum of ordered log orders",
        states: values,
        entryOf,
        read: async () => {},
        afterStep: (body) => body(),
        onTold: () => {},
        onCallbackError: (where) => errors.push(where),
        onClosed: () => {},
      },
      { initial: 0, apply: (sum, entry) => apply(Number(sum), entry) },
    );
    return { errors, state };
  }

  it("stays as it was where apply throws, and is told to listeners", () => {
    const { errors, state } = folded();
    const heard: unknown[] = [];
    const stop = state.on((sum, index) => heard.push([sum, index]));
    state.onItems([event(1), event(2), event(3)]);
    expect([state.state, state.index]).toEqual([4, 3]);
    expect(heard).toEqual([[4, 3]]);
    expect(errors).toEqual(["apply of state sum of ordered log orders"]);
    stop();
    state.onItems([event(4)]);
    expect(heard).toHaveLength(1);
  });

  it("is given to newcomers whole, and refuses what it cannot read", async () => {
    const { state } = folded();
    state.onItems([event(1), event(3)]);
    const newcomer = folded();
    const bytes = state.snapshot() ?? Uint8Array.of();
    expect(newcomer.state.restore({ place: 3, orderIndex: 3 }, bytes)).toBe(true);
    expect([await newcomer.state.read(), newcomer.state.index]).toEqual([4, 3]);
    expect(newcomer.state.restore({ place: 9, orderIndex: 9 }, Uint8Array.of(77))).toBe(false);
    expect(newcomer.state.index).toBe(3);
  });
});
