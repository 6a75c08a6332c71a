import { describe, expect, it, test } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { replicaContract } from "../../testing/replica-contract.ts";
import { type InfoOptions, infoDefaults } from "./info.options.ts";
import { type InfoChange, InfoStore } from "./info.ts";

let nowMs = 1_000_000;

interface Rig {
  readonly store: InfoStore;
  readonly counts: Map<string, number>;
  stable: DotSet | undefined;
}

function rig(origin: Origin, options: Partial<InfoOptions> = {}): Rig {
  const counts = new Map<string, number>();
  const made: { stable: DotSet | undefined } = { stable: undefined };
  const store = new InfoStore(
    {
      origin: () => origin,
      wallClock: () => nowMs,
      afterStep: (body) => body(),
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
      stable: () => made.stable ?? new DotSet(),
    },
    { ...infoDefaults, ...options },
  );
  return Object.assign(made, { store, counts });
}

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 1);
const text = (value: string): Uint8Array => encodeUtf8(value);

function read(store: InfoStore, key: string): string | undefined {
  const value = store.entry(key)?.update.value;
  return value && decodeUtf8(value);
}

function stateOf(store: InfoStore): string {
  const lines = [...store.allEntries()].map(({ dot, update }) => {
    const { expiresAtMs, key, value } = update;
    return `${key} ${dot.origin} ${dot.seq} ${expiresAtMs ?? "-"} ${value?.join() ?? "gone"}`;
  });
  return lines.sort((one, other) => (one < other ? -1 : 1)).join("\n");
}

/** All of one to the other, as an exchange brings it. */
function send(from: InfoStore, to: InfoStore, budgetBytes = 2 ** 40): boolean {
  const theirs = to.seen.clone();
  const delta = from.collect(from.seen.difference(theirs), theirs, budgetBytes);
  for (const [dot, update] of delta.updates) to.apply(dot, update);
  to.cover(delta.covers, delta.forgotten);
  return delta.more;
}

// Few supersessions are remembered, so that both rules of covers are used.
for (const supersededMaxCount of [100_000, 3]) {
  replicaContract({ describe, test }, `info, ${supersededMaxCount} remembered`, (origin) => {
    const { store } = rig(origin, { supersededMaxCount });
    return {
      replica: store,
      state: () => stateOf(store),
      write: (random) => {
        const key = `k${random.below(6)}`;
        nowMs += random.below(3);
        const gone = random.below(4) === 0 ? store.delete(key) : undefined;
        const expiresAtMs = random.below(3) === 0 ? nowMs + 1e9 : undefined;
        const { dot, update } = gone ?? store.set(key, text(`${random.below(9)}`), expiresAtMs);
        return [dot, update];
      },
    };
  });
}

describe("an info store", () => {
  it("reads what was written, by whoever, and the later write wins", () => {
    const [one, other] = [rig(a).store, rig(b).store];
    one.set("load", text("1"));
    send(one, other);
    expect(read(other, "load")).toBe("1");
    other.set("load", text("2"));
    send(other, one);
    expect([read(one, "load"), read(other, "load")]).toEqual(["2", "2"]);
    expect([...one.entries()].map(({ update }) => update.key)).toEqual(["load"]);
  });

  it("lets who writes overwrite what it has read, however fast the other's clock is", () => {
    const [fast, slow] = [rig(a).store, rig(b).store];
    nowMs += 3_600_000;
    fast.set("k", text("from the future"));
    nowMs -= 3_600_000;
    send(fast, slow);
    slow.set("k", text("now"));
    send(slow, fast);
    expect([read(fast, "k"), read(slow, "k")]).toEqual(["now", "now"]);
  });

  it("ends a value at its time to the millisecond, and tells of it", () => {
    const { store } = rig(a);
    const changes: InfoChange[] = [];
    store.onChange((change) => changes.push(change));
    store.set("k", text("x"), nowMs + 10);
    expect(store.nextExpiryMs).toBe(nowMs + 10);
    nowMs += 9;
    store.expire();
    expect(read(store, "k")).toBe("x");
    nowMs += 1;
    expect(read(store, "k")).toBeUndefined();
    store.expire();
    expect(changes.map(({ kind }) => kind)).toEqual(["set", "expire"]);
    expect([store.nextExpiryMs, store.tombstonesCount]).toEqual([Infinity, 1]);
  });

  it("does not bring back a value without end that an expired one had overwritten", () => {
    // DESIGN section 3: a partitioned replica saw the expiring info only as a covered dot.
    const [here, there] = [rig(a).store, rig(b).store];
    here.set("k", text("for ever"));
    send(here, there);
    here.set("k", text("for a moment"), nowMs + 5);
    nowMs += 10;
    here.expire();
    send(here, there);
    expect([read(here, "k"), read(there, "k")]).toEqual([undefined, undefined]);
    send(there, here);
    expect([read(here, "k"), read(there, "k")]).toEqual([undefined, undefined]);
  });

  it("keeps what is deleted deleted, until all have seen it and after", () => {
    const [here, there] = [rig(a), rig(b)];
    here.store.set("k", text("old"));
    send(here.store, there.store);
    here.store.delete("k");
    expect(here.store.delete("k")).toBeUndefined();
    expect(here.store.forgetStable()).toBe(0);
    send(there.store, here.store);
    expect(read(here.store, "k")).toBeUndefined();
    send(here.store, there.store);
    here.stable = here.store.seen.clone();
    expect([here.store.forgetStable(), here.store.survivingCount]).toEqual([0, 1]);
    nowMs += infoDefaults.tombstoneMinMs;
    expect([here.store.forgetStable(), here.store.survivingCount]).toEqual([1, 0]);
    expect(here.store.heldBytes).toBe(0);
    // A newcomer is told that it was seen, and asks no more.
    const newcomer = rig(makeOrigin("c", 1)).store;
    expect(send(here.store, newcomer)).toBe(false);
    expect(newcomer.seen.equals(here.store.seen)).toBe(true);
    expect(newcomer.survivingCount).toBe(0);
  });

  it("does not bring back a key by a write that everybody's deletion had overtaken", () => {
    const [author, deleter, late] = [rig(a), rig(b), rig(makeOrigin("c", 1))];
    const { dot: old, update } = author.store.set("k", text("old"));
    nowMs += 10;
    deleter.store.set("k", text("newer"));
    const gone = deleter.store.delete("k");
    if (gone === undefined) throw new Error("nothing was deleted");
    // All have seen the deletion; one of them not what it has overwritten, which is on its way.
    late.store.apply(gone.dot, gone.update);
    late.stable = DotSet.of(gone.dot);
    nowMs += 60_000;
    expect(late.store.forgetStable()).toBe(0);
    expect(late.store.apply(old, update)).toBe("superseded");
    expect(read(late.store, "k")).toBeUndefined();
  });

  it("tells a late watcher what has changed since, each key once", () => {
    const { store } = rig(a);
    for (const key of ["x", "y", "x"]) store.set(key, text(key));
    const mark = store.lastChange;
    store.set("z", text("1"));
    store.set("z", text("2"));
    store.delete("y");
    const later = store.changesSince(mark).map(({ entry, kind }) => `${kind} ${entry.update.key}`);
    expect(later).toEqual(["set z", "delete y"]);
    expect(store.changesSince(0)).toHaveLength(3);
  });

  it("covers a write whose key it no longer knows only for who gets everything", () => {
    const { store } = rig(a, { supersededMaxCount: 1 });
    for (const key of ["k", "k", "j", "j"]) store.set(key, text(key));
    const dots = (...seqs: number[]): DotSet =>
      DotSet.of(...seqs.map((seq) => ({ origin: a, seq })));
    const coversOf = (wanted: DotSet, theirs: DotSet): number[] =>
      [...store.collect(wanted, theirs, 1_000).covers].map(({ seq }) => seq);
    expect(coversOf(dots(1), dots())).toEqual([]);
    expect(coversOf(dots(1, 2), dots())).toEqual([]);
    expect(coversOf(dots(3, 4), dots())).toEqual([3]);
    expect(coversOf(dots(1, 2, 3), dots(4))).toEqual([1, 3]);
    expect(coversOf(dots(1, 2, 3, 4), dots())).toEqual([1, 3]);
  });

  it("says that a value is the same as before, when only its end is new", () => {
    const { store } = rig(a);
    const told: boolean[] = [];
    store.onChange(({ isRedundant }) => told.push(isRedundant));
    for (const value of ["1", "1", "2"]) store.set("k", text(value), nowMs + 1_000);
    expect(told).toEqual([false, true, false]);
  });
});

describe("an info store's bounds", () => {
  it("refuse the caller, by name, and take what makes things smaller", () => {
    const { store } = rig(a, { keysMaxCount: 2, valueMaxBytes: 5, keyMaxBytes: 4 });
    store.set("a", text("1"));
    store.set("b", text("2"));
    expect(() => store.set("c", text("3"))).toThrow(/STORE_FULL.*keysMaxCount \(2\)/);
    expect(() => store.set("a", text("123456"))).toThrow(/VALUE_TOO_LARGE/);
    expect(() => store.set("abcde", text("1"))).toThrow(/1 … 4 bytes/);
    expect(() => store.set("", text("1"))).toThrow(/1 … 4 bytes/);
    store.set("a", text("4"));
    store.delete("b");
    expect(store.survivingCount).toBe(2);
  });

  it("leave a remote write unseen while there is no room", () => {
    const [full, other] = [rig(a, { keysMaxCount: 1 }), rig(b)];
    full.store.set("a", text("1"));
    const { dot, update } = other.store.set("b", text("2"));
    expect(full.store.apply(dot, update)).toBe("deferred");
    expect(full.store.seen.has(dot)).toBe(false);
    expect(full.counts.get("info.deferred")).toBe(1);
  });

  it.each([
    ["no key", "malformed", { key: "" }],
    ["a long key", "refused", { key: "x".repeat(2_000) }],
    ["no time", "malformed", { stamp: { ms: -1, counter: 0 } }],
    ["a time in years to come", "refused", { stamp: { ms: nowMs + 4e10, counter: 0 } }],
    ["an end that is none", "malformed", { expiresAtMs: Number.NaN }],
    ["a large value", "refused", { value: new Uint8Array(2 ** 20 + 1) }],
  ])("reject a write with %s, and ask no more: it is %s", (_, why, wrong) => {
    const { counts, store } = rig(a);
    const right = { key: "k", stamp: { ms: nowMs, counter: 0 }, expiresAtMs: undefined };
    const dot = { origin: b, seq: 1 };
    expect(store.apply(dot, { ...right, value: text("x"), ...wrong })).toBe("rejected");
    expect(store.seen.has(dot)).toBe(true);
    expect(counts.get(`info.dropped.${why}`)).toBe(1);
    expect(store.survivingCount).toBe(0);
  });
});
