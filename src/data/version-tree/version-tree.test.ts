import { describe, expect, it, test } from "vitest";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { makeOrigin, type Origin, peerId } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { replicaContract } from "../../testing/replica-contract.ts";
import { decodeContext, encodeContext } from "./version-context.ts";
import type { VersionWrite } from "./version-tree.contract.ts";
import { dots, headsText, rig, send, stateText } from "./version-tree-rig.ts";

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 1);
const text = (value: string): Uint8Array => encodeUtf8(value);

function upTo(origin: Origin, last: number): DotSet {
  const set = new DotSet();
  set.addRange(origin, 1, last);
  return set;
}

function contextText(context: ReadonlyDotSet): string {
  const ranges = [...context.ranges()].map(({ origin, first, last }) => {
    return first === 1 ? `${origin[0]}${last}` : `${origin[0]}${first}-${last}`;
  });
  return ranges.sort().join(",");
}

function okContext(write: VersionWrite): ReadonlyDotSet {
  if (write.status !== "ok") throw new Error(write.status);
  return write.context;
}

// Few supersessions are remembered, so that both rules of covers are used.
for (const conflict of ["reject-stale", "siblings"] as const) {
  for (const supersededMaxCount of [100_000, 3]) {
    const name = `versions, ${conflict}, ${supersededMaxCount} remembered`;
    replicaContract({ describe, test }, name, (origin) => {
      const { tree } = rig(origin, { conflict, supersededMaxCount });
      return {
        replica: tree,
        state: () => stateText(tree),
        write: (random) => {
          const key = `k${random.below(5)}`;
          // What a client may have seen: all, or some of the values, or in this mode nothing.
          const heads = tree.headsOf(key).filter(() => random.below(3) > 0);
          const few = new DotSet();
          for (const { dot, update } of heads) {
            few.addAll(update.parents);
            few.addRange(dot.origin, update.first, dot.seq);
          }
          const some = conflict === "siblings" ? few : tree.read(key).context;
          const isGone = random.below(4) === 0 && !some.isEmpty;
          const written = isGone
            ? tree.delete(key, { context: some })
            : tree.put(key, text(`${random.below(9)}`), { context: some });
          if (written.status !== "ok" || written.dot === undefined) throw new Error("not written");
          const update = tree.get(written.dot);
          if (update === undefined) throw new Error("not held");
          return [written.dot, update];
        },
      };
    });
  }
}

describe("the vectors of the spec", () => {
  it("come out as they are, with siblings", () => {
    const [one, other] = [rig(a, { conflict: "siblings" }).tree, rig(b).tree];
    const shown = (tree = one) => `${contextText(tree.read("k").context)}: ${headsText(tree, "k")}`;
    one.put("k", text("v1"));
    expect(shown()).toBe("a1: v1");
    one.put("k", text("v2"));
    expect(shown()).toBe("a2: v1,v2");
    one.put("k", text("v3"), { context: upTo(a, 1) });
    expect(shown()).toBe("a3: v2,v3");
    one.put("k", text("v4"), { context: upTo(a, 1) });
    expect(shown()).toBe("a4: v2,v3,v4");
    send(one, other);
    other.put("k", text("v5"), { context: upTo(a, 2) });
    expect(shown(other)).toBe("a4,b1: v3,v4,v5");
    one.put("k", text("v6"), { context: upTo(a, 4) });
    expect(shown()).toBe("a5: v6");
    send(one, other);
    send(other, one);
    expect([shown(), shown(other)]).toEqual(["a5,b1: v5,v6", "a5,b1: v5,v6"]);
  });

  it("come out as they are, with stale writes refused", () => {
    const { counts, tree } = rig(a);
    tree.put("k", text("v1"));
    const second = tree.put("k", text("v2"));
    expect(second.status).toBe("stale");
    expect(
      second.status === "stale" && decodeUtf8(second.values[0]?.update.value ?? text("")),
    ).toBe("v1");
    expect([headsText(tree, "k"), counts.get("versions.stale")]).toEqual(["v1", 1]);
    expect(tree.put("k", text("v2"), { context: second.context }).status).toBe("ok");
    expect(headsText(tree, "k")).toBe("v2");
  });

  it.each([1, 4, 50])("two clients who alternate %i times leave two values", (times) => {
    const { tree } = rig(a, { conflict: "siblings" });
    let [x, y]: ReadonlyDotSet[] = [new DotSet(), new DotSet()];
    for (let time = 1; time <= times; time += 1) {
      // Another key in between: numbers of the store are not numbers of the key.
      tree.put(`other ${time}`, text("z"));
      x = okContext(tree.put("k", text(`x${time}`), { context: x ?? new DotSet() }));
      y = okContext(tree.put("k", text(`y${time}`), { context: y ?? new DotSet() }));
    }
    expect(headsText(tree, "k")).toBe(`x${times},y${times}`);
    const { context } = tree.read("k");
    expect(context.rangesCount).toBe(1);
  });
});

describe("a version tree", () => {
  it("refuses a blind write onto a deleted key, and takes one that has read it", () => {
    const { tree } = rig(a);
    tree.put("k", text("1"));
    expect(tree.delete("k").status).toBe("stale");
    tree.delete("k", { context: tree.read("k").context });
    expect([tree.read("k").values.length, tree.tombstonesCount]).toEqual([0, 1]);
    expect(tree.put("k", text("2")).status).toBe("stale");
    expect(tree.put("k", text("2"), { context: tree.read("k").context }).status).toBe("ok");
    const first = okContext(rig(a).tree.put("k", text("1")));
    expect(tree.delete("k", { context: first }).status).toBe("stale");
    const lax = rig(a, { conflict: "siblings" }).tree;
    const { context } = lax.put("k", text("1"));
    lax.put("k", text("2"), { context });
    expect(lax.delete("k", { context })).toMatchObject({ status: "ok", dot: undefined });
    expect(headsText(lax, "k")).toBe("2");
    expect(tree.delete("nothing")).toMatchObject({ status: "ok", dot: undefined });
  });

  it("keeps what a deletion had not seen", () => {
    const options = { conflict: "siblings" } as const;
    const [one, other] = [rig(a, options).tree, rig(b, options).tree];
    one.put("k", text("1"));
    send(one, other);
    const { context } = other.read("k");
    one.put("k", text("2"), { context: one.read("k").context });
    other.delete("k", { context });
    send(one, other);
    send(other, one);
    expect([one, other].map((tree) => tree.read("k").values.length)).toEqual([1, 1]);
    expect(headsText(one, "k")).toBe("2,gone");
  });

  it("keeps both of two writes that did not know of each other, in both modes", () => {
    const [one, other] = [rig(a).tree, rig(b).tree];
    one.put("k", text("1"));
    other.put("k", text("2"));
    send(one, other);
    send(other, one);
    expect([headsText(one, "k"), headsText(other, "k")]).toEqual(["1,2", "1,2"]);
    expect([...one.splitKeys()]).toEqual(["k"]);
    one.put("k", text("3"), { context: one.read("k").context });
    send(one, other);
    expect([headsText(other, "k"), [...other.splitKeys()]]).toEqual(["3", []]);
  });

  it("takes contexts of what has not come yet, and drops it when it comes", () => {
    const [one, other] = [rig(a).tree, rig(b).tree];
    const { context } = one.put("k", text("1"));
    other.put("k", text("2"), { context });
    const delta = one.collect(one.seen, other.seen, 1_000);
    for (const [dot, update] of delta.updates) {
      expect(other.apply(dot, update, peerId("a"))).toBe("superseded");
    }
    expect(headsText(other, "k")).toBe("2");
  });

  it("brings nothing back that was deleted before it came everywhere", () => {
    const [one, other] = [rig(a), rig(b)];
    const { context } = one.tree.put("k", text("1"));
    const late = one.tree.get({ origin: a, seq: 1 });
    const { dot } = one.tree.delete("k", { context }) as { dot: { origin: Origin; seq: 2 } };
    const tombstone = one.tree.get(dot);
    if (late === undefined && tombstone === undefined) throw new Error("nothing held");
    const wanted = dots([a, 2]);
    const delta = one.tree.collect(wanted, other.tree.seen, 1_000);
    for (const [name, update] of delta.updates) other.tree.apply(name, update);
    // All have seen the tombstone, but not yet what it deleted.
    other.stable = dots([a, 2]);
    expect(other.tree.forgetStable()).toBe(0);
    if (late !== undefined) other.tree.apply({ origin: a, seq: 1 }, late);
    expect(other.tree.read("k").values).toEqual([]);
    other.stable = dots([a, 1], [a, 2]);
    expect([other.tree.forgetStable(), other.tree.keysCount]).toEqual([1, 0]);
    expect([other.tree.heldBytes, other.tree.missing("k", context).isEmpty]).toEqual([0, true]);
    // A newcomer is told that it was seen, and asks no more.
    const newcomer = rig(makeOrigin("c", 1)).tree;
    expect(send(other.tree, newcomer)).toBe(false);
    expect(newcomer.seen.equals(other.tree.seen)).toBe(true);
  });

  it("answers a request that comes again as the first time, and writes once", () => {
    const made = rig(a, { requestsMaxCount: 2, requestKeepMs: 100 });
    const { tree } = made;
    const first = tree.put("k", text("1"), { requestId: "r1" });
    const again = tree.put("k", text("1"), { requestId: "r1" });
    expect(again).toEqual(first);
    expect(tree.put("k", text("2"), { requestId: "r2" }).status).toBe("stale");
    const context = okContext(first);
    expect(tree.put("k", text("2"), { context, requestId: "r2" }).status).toBe("stale");
    expect(tree.seen.size).toBe(1);
    made.nowMs += 100;
    expect(tree.put("k", text("2"), { context, requestId: "r2" }).status).toBe("ok");
  });

  it("hears of another write under a dot it holds", () => {
    const [one, other] = [rig(a), rig(b)];
    one.tree.put("k", text("1"));
    send(one.tree, other.tree);
    const dot = { origin: a, seq: 1 };
    const update = one.tree.get(dot);
    if (update === undefined) throw new Error("not held");
    other.tree.apply(dot, update);
    expect(other.counts.get("versions.corruption")).toBeUndefined();
    other.tree.apply(dot, { ...update, value: text("2") });
    expect(other.counts.get("versions.corruption")).toBe(1);
    expect(headsText(other.tree, "k")).toBe("1");
  });
});

describe("a context as a token", () => {
  it("makes the round trip, for its own key of its own store only", () => {
    const context = dots([a, 1], [a, 2], [b, 7]);
    const token = encodeContext(context, "cart", "k");
    expect(decodeContext(token, "cart", "k")?.equals(context)).toBe(true);
    expect(decodeContext(token, "cart", "j")).toBeUndefined();
    expect(decodeContext(token, "card", "k")).toBeUndefined();
    expect(decodeContext(encodeContext(context, "a", "bc"), "ab", "c")).toBeUndefined();
    for (let end = 0; end < token.length; end += 1) {
      expect(decodeContext(token.slice(0, end), "cart", "k")).toBeUndefined();
    }
    expect(decodeContext("%%%", "cart", "k")).toBeUndefined();
    // Of all bits each counts: a context that was read wrongly would overwrite what nobody saw.
    for (let at = 0; at < token.length; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
      expect(decodeContext(changed, "cart", "k")).toBeUndefined();
    }
  });

  it("of another life is refused", () => {
    const { tree } = rig(a);
    const write = () => tree.put("k", text("1"), { context: upTo(a, 1) });
    expect(write).toThrow(/CONTEXT_INVALID.*read the key again/);
  });
});

describe("a version tree's bounds", () => {
  it("refuse the caller, by name", () => {
    const { counts, tree } = rig(a, {
      conflict: "siblings",
      keysMaxCount: 2,
      valueMaxBytes: 5,
      keyMaxBytes: 4,
      siblingsMaxCount: 2,
    });
    tree.put("a", text("1"));
    tree.put("b", text("2"));
    expect(() => tree.put("c", text("3"))).toThrow(/STORE_FULL.*keysMaxCount \(2\)/);
    expect(() => tree.put("a", text("123456"))).toThrow(/VALUE_TOO_LARGE/);
    expect(() => tree.put("abcde", text("1"))).toThrow(/1 … 4 bytes/);
    expect(tree.put("a", text("2")).status).toBe("ok");
    expect(tree.put("a", text("3")).status).toBe("too-many-siblings");
    expect(counts.get("versions.tooManySiblings")).toBe(1);
    expect(tree.put("a", text("3"), { context: tree.read("a").context }).status).toBe("ok");
    expect(headsText(tree, "a")).toBe("3");
  });

  it("leave a remote write unseen while there is no room, but take a deletion", () => {
    const [full, other] = [rig(a, { keysMaxCount: 1 }), rig(b)];
    full.tree.put("a", text("1"));
    send(full.tree, other.tree);
    other.tree.put("b", text("2"));
    other.tree.delete("a", { context: other.tree.read("a").context });
    send(other.tree, full.tree);
    expect(full.counts.get("versions.deferred")).toBe(1);
    expect(full.tree.seen.has({ origin: b, seq: 1 })).toBe(false);
    expect(full.tree.read("a").values).toEqual([]);
  });

  const dot = { origin: b, seq: 2 };
  const right = { key: "k", stamp: { ms: 1, counter: 0 }, parents: new DotSet(), first: 1 };

  it.each([
    ["no key", { key: "" }],
    ["no time", { stamp: { ms: -1, counter: 0 } }],
    ["itself among what it has seen", { parents: upTo(b, 2) }],
    ["a first after itself", { first: 3 }],
    ["a first before all", { first: 0 }],
  ])("reject a write with %s, once and for all", (_, wrong) => {
    const { counts, tree } = rig(a);
    const update = { ...right, value: text("x"), ...wrong };
    expect(tree.apply(dot, update, peerId("b"))).toBe("rejected");
    expect(tree.seen.has(dot)).toBe(true);
    expect(counts.get("versions.dropped.malformed")).toBe(1);
    expect(tree.keysCount).toBe(0);
    expect([...tree.collect(tree.seen, new DotSet(), 1_000).forgotten]).toEqual([dot]);
  });

  it("let a key be deleted whose context has become too long for values", () => {
    const { stable, tree } = rig(a, { contextRangesMaxCount: 2 });
    for (let boot = 1; boot <= 3; boot += 1) {
      const { tree: life } = rig(makeOrigin("b", boot));
      send(tree, life);
      life.put("k", text(`${boot}`), { context: life.read("k").context });
      send(life, tree);
    }
    const { context } = tree.read("k");
    expect(() => tree.put("k", text("4"), { context })).toThrow(/STORE_FULL.*delete the key/);
    expect(tree.delete("k", { context }).status).toBe("ok");
    stable.addAll(tree.seen);
    expect([tree.forgetStable(), tree.put("k", text("5")).status]).toEqual([1, "ok"]);
  });

  it.each([
    ["a long key", { key: "x".repeat(2_000) }],
    ["a time in years to come", { stamp: { ms: 4e12, counter: 0 } }],
    ["a large value", { value: new Uint8Array(2 ** 20 + 1) }],
    ["a context of many ranges", { parents: dots([a, 1], [a, 3], [a, 5]) }],
  ])("refuse a write with %s, which others may take", (_, wrong) => {
    const { counts, tree } = rig(a, { contextRangesMaxCount: 2 });
    const update = { ...right, value: text("x"), ...wrong };
    expect(tree.apply(dot, update, peerId("b"))).toBe("rejected");
    expect(counts.get("versions.dropped.refused")).toBe(1);
    expect([tree.seen.has(dot), tree.snapshot().seen.has(dot), tree.keysCount]).toEqual([
      true,
      false,
      0,
    ]);
    // Nobody is told that it is superseded, nor that it is forgotten.
    const delta = tree.collect(tree.seen, new DotSet(), 1_000);
    expect([delta.covers.isEmpty, delta.forgotten.isEmpty]).toEqual([true, true]);
  });

  it("refuse a write in the place of one that it has not seen", () => {
    const { counts, tree } = rig(a);
    const update = { ...right, value: text("x"), writtenAs: dot };
    expect(tree.apply({ origin: b, seq: 1 }, update, peerId("b"))).toBe("rejected");
    expect([counts.get("versions.dropped.malformed"), tree.seen.has(dot)]).toEqual([1, false]);
    expect(tree.snapshot().seen.isEmpty).toBe(true);
  });
});
