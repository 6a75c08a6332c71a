import { describe, expect, it, test } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin, type Origin, peerId } from "../../core/peer.ts";
import { replicaContract } from "../../testing/replica-contract.ts";
import type { PlaceRecord } from "./replica-set.messages.ts";
import { decodePlace, encodePlace } from "./replica-set.wire.ts";
import { ReplicaSets } from "./replica-sets.ts";

const RECORDS_MAX_COUNT = 10_000;

/** The sets of one node, which may begin another life. */
class Rig {
  origin: Origin;
  readonly sets: ReplicaSets;
  readonly heard: string[] = [];
  readonly counts = new Map<string, number>();

  constructor(origin: Origin, recordsMaxCount = RECORDS_MAX_COUNT) {
    this.origin = origin;
    const wiring = {
      origin: () => this.origin,
      afterStep: (body: () => void) => body(),
      counters: {
        add: (name: string, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
      },
    };
    this.sets = new ReplicaSets(wiring, { recordsMaxCount });
    this.sets.listen({
      onEvicted: (replica, { by, state }) =>
        this.heard.push(`${replica}: ${by} says out, ${state}`),
      onOverruled: (replica) => this.heard.push(`${replica}: overruled`),
      onOutdated: (replica) => this.heard.push(`${replica}: outdated`),
    });
  }
}

const origin = (name: string, boot = 1) => makeOrigin(name, boot);

function stateOf({ places }: ReplicaSets): string {
  const lines = [...places.replicas()].flatMap((replica) =>
    places.all(replica).map(({ origin: who, standing }) => `${replica} ${who} ${standing}`),
  );
  return lines.sort((a, b) => (a < b ? -1 : 1)).join("\n");
}

replicaContract({ describe, test }, "replica sets", (who) => {
  const rig = new Rig(who);
  return {
    replica: rig.sets,
    write: (random) => {
      const replica = random.pick(["x", "y"]) ?? "x";
      const boot = random.below(4);
      const dice = random.real();
      const seq = rig.sets.seen.last(who) + 1;
      if (dice < 0.4) rig.sets.announce(replica, random.below(2));
      else if (dice < 0.5) rig.sets.leave(replica);
      else rig.sets.evict(replica, origin(random.pick(["q", "r"]) ?? "q", boot), random.below(3));
      const dot = { origin: who, seq };
      const record = rig.sets.get(dot);
      if (record === undefined) throw new Error("what was written is not held");
      return [dot, record];
    },
    state: () => stateOf(rig.sets),
  };
});

/** Everything that one knows, told to another. */
function tell(from: ReplicaSets, to: ReplicaSets): void {
  const delta = from.collect(from.seen.difference(to.seen), to.seen.clone(), 1e9);
  for (const [dot, record] of delta.updates) to.apply(dot, record, peerId("peer"));
  to.cover(delta.covers, delta.forgotten);
}

function agree(...all: readonly ReplicaSets[]): void {
  for (const from of all) for (const to of all) tell(from, to);
  for (const from of all) for (const to of all) tell(from, to);
}

describe("places in a replica set", () => {
  it("are those who announced opening it, less those who left or were evicted", () => {
    const [a, b] = [new Rig(origin("a")), new Rig(origin("b"))];
    a.sets.announce("x", 1);
    b.sets.announce("x", 1);
    agree(a.sets, b.sets);
    expect(a.sets.members("x")).toEqual(["a#1", "b#1"]);
    b.sets.leave("x");
    tell(b.sets, a.sets);
    expect(a.sets.members("x")).toEqual(["a#1"]);
    expect(a.sets.standingOf("x", origin("b"))).toBe("left");
  });

  it("go to the next life of a name, which brings its state along", () => {
    const [a, b] = [new Rig(origin("a")), new Rig(origin("b"))];
    a.sets.announce("x", 1);
    a.origin = origin("a", 2);
    a.sets.announce("x", 1);
    tell(a.sets, b.sets);
    expect(b.sets.members("x")).toEqual(["a#2"]);
    expect(b.sets.standingOf("x", origin("a", 1))).toBe("former");
  });

  it("tell a life whose disk was restored from an old copy that it is one", () => {
    const b = new Rig(origin("b"));
    for (const boot of [1, 5]) {
      const life = new Rig(origin("a", boot));
      life.sets.announce("x", 1);
      tell(life.sets, b.sets);
    }
    // Of life 5 its disk knows nothing, and it says that it has its state from life 1.
    const restored = new Rig(origin("a", 9));
    restored.sets.announce("x", 1);
    tell(b.sets, restored.sets);
    expect(restored.heard).toEqual(["x: outdated"]);
    const empty = new Rig(origin("a", 10));
    empty.sets.announce("x", 10);
    tell(b.sets, empty.sets);
    expect(empty.heard).toEqual([]);
  });

  it("are not taken by a forged life that would leave no number for the ones to come", () => {
    const a = new Rig(origin("a"));
    a.sets.announce("x", 1);
    const forged = makeOrigin("a", Number.MAX_SAFE_INTEGER);
    const record = { kind: "announced", replica: "x", origin: forged, sinceBoot: 1 } as const;
    expect(a.sets.apply({ origin: forged, seq: 1 }, record, peerId("m"))).toBe("rejected");
    expect(a.sets.members("x")).toEqual(["a#1"]);
    const out = { kind: "evicted", replica: "x", origin: forged, weight: 1, known: [] } as const;
    expect(a.sets.apply({ origin: origin("m"), seq: 1 }, out, peerId("m"))).toBe("rejected");
  });

  it("are lost by all lives that have the state of one that was evicted", () => {
    const [a, b] = [new Rig(origin("a")), new Rig(origin("b"))];
    a.sets.announce("x", 1);
    agree(a.sets, b.sets);
    b.sets.evict("x", origin("a", 1), 1);
    a.origin = origin("a", 2);
    a.sets.announce("x", 1);
    agree(a.sets, b.sets);
    expect(b.sets.members("x")).toEqual([]);
    expect(b.sets.standingOf("x", origin("a", 2))).toBe("evicted");
    expect(a.heard).toEqual(["x: b#1 says out, discards"]);
    a.origin = origin("a", 3);
    a.sets.announce("x", 3);
    agree(a.sets, b.sets);
    expect(b.sets.members("x")).toEqual(["a#3"]);
    expect(b.sets.standingOf("x", origin("a", 1))).not.toBe("member");
  });

  it("are kept where an eviction of one life comes after the next began with nothing", () => {
    const [a, b] = [new Rig(origin("a")), new Rig(origin("b"))];
    a.sets.announce("x", 1);
    a.origin = origin("a", 2);
    a.sets.announce("x", 2);
    b.sets.evict("x", origin("a", 1), 1);
    agree(a.sets, b.sets);
    expect(b.sets.members("x")).toEqual(["a#2"]);
    // Had it anything by then, it might have it from somebody who was put out.
    expect(a.heard).toEqual(["x: overruled"]);
  });

  it("are told by nobody but their owner, and no record without sense is believed", () => {
    const a = new Rig(origin("a"));
    const forged: PlaceRecord[] = [
      { kind: "announced", replica: "x", origin: origin("b"), sinceBoot: 1 },
      { kind: "left", replica: "x", origin: origin("b") },
      { kind: "announced", replica: "x", origin: origin("c"), sinceBoot: 2 },
      { kind: "evicted", replica: "x", origin: origin("c"), weight: 1, known: [] },
      { kind: "left", replica: "", origin: origin("c") },
    ];
    for (const [at, record] of forged.entries()) {
      expect(a.sets.apply({ origin: origin("c"), seq: at + 1 }, record, peerId("c"))).toBe(
        "rejected",
      );
    }
    expect(stateOf(a.sets)).toBe("");
    // Nobody is asked for them again, and nobody asks.
    expect(a.sets.seen.size).toBe(5);
    const record: PlaceRecord = { kind: "left", replica: "x", origin: origin("a") };
    expect(a.sets.apply({ origin: origin("a"), seq: 1 }, record, peerId("c"))).toBe("rejected");
    expect(a.sets.seen.size).toBe(5);
  });

  it("are bounded: what comes on top is put off", () => {
    const [a, b] = [new Rig(origin("a")), new Rig(origin("b"), 3)];
    for (let at = 0; at < 5; at += 1) a.sets.announce(`x${at}`, 1);
    tell(a.sets, b.sets);
    expect(b.sets.size).toBe(3);
    expect(b.counts.get("replicaSets.deferred")).toBe(2);
    expect(b.sets.seen.size).toBe(3);
  });
});

describe("two sides that evict each other", () => {
  /** Three against two; then all is told to all. */
  function split() {
    const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) => new Rig(origin(name)));
    if (!a || !b || !c || !d || !e) throw new Error("five nodes");
    const all = [a, b, c, d, e];
    for (const { sets } of all) sets.announce("x", 1);
    agree(...all.map(({ sets }) => sets));
    for (const name of ["d", "e"]) a.sets.evict("x", origin(name), 3);
    for (const name of ["a", "b", "c"]) d.sets.evict("x", origin(name), 2);
    agree(a.sets, b.sets, c.sets);
    agree(d.sets, e.sets);
    return { a, b, c, d, e, all };
  }

  it("all begin new lives; the larger side keeps what it has", () => {
    const { all, a, b, d, e } = split();
    agree(...all.map(({ sets }) => sets));
    expect(a.heard).toEqual(["x: d#1 says out, keeps"]);
    expect(b.heard).toEqual(["x: d#1 says out, keeps"]);
    expect(d.heard.at(-1)).toBe("x: a#1 says out, discards");
    expect(e.heard.at(-1)).toBe("x: a#1 says out, discards");
    for (const rig of all) {
      rig.origin = origin(String(rig.origin).slice(0, 1), 2);
      rig.sets.announce("x", 2);
    }
    agree(...all.map(({ sets }) => sets));
    for (const { sets } of all) {
      expect(sets.members("x")).toEqual(["a#2", "b#2", "c#2", "d#2", "e#2"]);
    }
  });

  it("who joined the smaller side meanwhile has the wrong state, and is told", () => {
    const { a, d } = split();
    const [late, fresh] = [new Rig(origin("late")), new Rig(origin("fresh"))];
    tell(d.sets, late.sets);
    late.sets.announce("x", 1);
    tell(a.sets, fresh.sets);
    fresh.sets.announce("x", 1);
    agree(a.sets, late.sets);
    agree(d.sets, fresh.sets);
    expect(late.heard).toContain("x: overruled");
    expect(fresh.heard).toEqual([]);
  });
});

describe("what is stable", () => {
  it("may be dropped once it says nothing any more, and who comes late is told so", () => {
    const a = new Rig(origin("a"));
    for (let boot = 1; boot <= 5; boot += 1) {
      a.origin = origin("a", boot);
      a.sets.announce("x", 1);
    }
    const before = stateOf(a.sets);
    a.sets.purge(DotSet.of({ origin: origin("a", 2), seq: 1 }, { origin: origin("a", 5), seq: 1 }));
    expect(a.sets.size).toBe(4);
    a.sets.purge(a.sets.seen);
    expect(a.sets.size).toBe(1);
    expect(stateOf(a.sets)).toBe(before);
    const late = new Rig(origin("late"));
    tell(a.sets, late.sets);
    expect(late.sets.size).toBe(1);
    expect(late.sets.seen.equals(a.sets.seen)).toBe(true);
    expect(stateOf(late.sets)).toBe(before);
  });

  it("bytes of a record are read back as it was, and others are refused", () => {
    const records: PlaceRecord[] = [
      { kind: "announced", replica: "topic:ä", origin: origin("a#b", 7), sinceBoot: 3 },
      { kind: "left", replica: "x", origin: origin("a") },
      { kind: "evicted", replica: "x", origin: origin("a"), weight: 12, known: [1, 2 ** 32 - 1] },
    ];
    for (const record of records) {
      const bytes = encodePlace(record);
      expect(decodePlace(bytes)).toEqual(record);
      for (let end = 0; end < bytes.length; end += 1) {
        expect(decodePlace(bytes.subarray(0, end))).toBeUndefined();
      }
      expect(decodePlace(Uint8Array.of(...bytes, 0))).toBeUndefined();
      expect(decodePlace(Uint8Array.of(9, ...bytes.subarray(1)))).toBeUndefined();
    }
  });
});
