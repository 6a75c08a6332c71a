import { describe, expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { DeltaBudget, HAS_NOTHING, type PeerHas } from "./delta-budget.ts";
import type { StateDelta } from "./node-state.messages.ts";
import { type ApplyOutcome, StateCopy } from "./state-copy.ts";

const owner = makeOrigin("A", 1);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const room = (): boolean => true;

function shown(copy: StateCopy): string {
  const entries = [...copy.after(0)].map(
    ({ key, status, version }) => `${status === "set" ? "" : "†"}${key}${version}`,
  );
  return `G=${copy.gcVersion},M=${copy.maxVersion}: ${entries.join(" ")}`;
}

function deltaFor(copy: StateCopy, has: PeerHas, budgetBytes = 1_000): StateDelta | undefined {
  const budget = new DeltaBudget({ ordering: "depth", random: new Random(1), budgetBytes });
  budget.want(copy, has);
  return budget.take().deltas[0];
}

function take(copy: StateCopy, delta: StateDelta | undefined): ApplyOutcome {
  if (delta === undefined) throw new Error("there is no delta");
  return copy.apply(delta, 0, room);
}

/** Budget of a delta with one entry of this kind. */
const ONE_ENTRY_BYTES = 14;

/** The owner of the spec's trace, and a peer that has come to version 3. */
function trace(peerMax: 3 | 4): { a: StateCopy; b: StateCopy } {
  const a = new StateCopy(owner);
  const b = new StateCopy(owner);
  for (const key of ["a", "b", "c"]) a.write({ key, value: bytes(key), status: "set" }, 0);
  take(b, deltaFor(a, HAS_NOTHING));
  a.write({ key: "b", value: bytes(""), status: "deleted" }, 0);
  if (peerMax === 4) take(b, deltaFor(a, b));
  a.write({ key: "d", value: bytes("d"), status: "set" }, 0);
  a.write({ key: "a", value: bytes("A"), status: "set" }, 0);
  a.collect({ untilMs: 0 });
  return { a, b };
}

describe("the trace of the spec, §5", () => {
  it("resets a copy that may have missed a deletion", () => {
    const { a, b } = trace(3);
    expect(shown(a)).toBe("G=4,M=6: c3 d5 a6");
    expect(shown(b)).toBe("G=0,M=3: a1 b2 c3");
    const delta = deltaFor(a, b);
    expect(delta).toMatchObject({ from: 0, gcVersion: 4, maxVersion: 6 });
    expect(delta?.entries.map(({ key, version }) => `${key}${version}`)).toEqual([
      "c3",
      "d5",
      "a6",
    ]);
    expect(take(b, delta)).toMatchObject({ kind: "applied", former: { maxVersion: 3 } });
    expect(shown(b)).toBe("G=4,M=6: c3 d5 a6");
  });

  it("only adds to a copy that knew of the deletion: the boundary is included", () => {
    const { a, b } = trace(4);
    const delta = deltaFor(a, b);
    expect(delta?.entries.map(({ key }) => key)).toEqual(["d", "a"]);
    expect(take(b, delta)).toMatchObject({ kind: "applied", former: undefined });
    expect(shown(b)).toBe("G=0,M=6: c3 †b4 d5 a6");
  });

  it("goes on after a reset that a budget has cut", () => {
    const { a, b } = trace(3);
    take(b, deltaFor(a, b, ONE_ENTRY_BYTES));
    expect(shown(b)).toBe("G=4,M=3: c3");
    const next = deltaFor(a, b);
    expect(next).toMatchObject({ from: 3, maxVersion: 6 });
    take(b, next);
    expect(shown(b)).toBe("G=4,M=6: c3 d5 a6");
  });
});

describe("a copy", () => {
  it("takes nothing from the future, nothing stale, and no reset that does not begin at 0", () => {
    const { a, b } = trace(3);
    expect(take(b, { origin: owner, from: 4, gcVersion: 0, entries: [], maxVersion: 5 }).kind).toBe(
      "future",
    );
    expect(take(b, { origin: owner, from: 3, gcVersion: 4, entries: [], maxVersion: 6 }).kind).toBe(
      "incompatible",
    );
    take(b, deltaFor(a, b));
    expect(take(b, deltaFor(a, HAS_NOTHING)).kind).toBe("stale");
  });

  it("that is half way through a reset does not take from one who missed the deletion", () => {
    const { a, b } = trace(3);
    const late = new StateCopy(owner);
    take(late, { ...(deltaFor(b, HAS_NOTHING) as StateDelta) });
    const reset = new StateCopy(owner);
    take(reset, { origin: owner, from: 0, gcVersion: 4, entries: [], maxVersion: 1 });
    expect(take(reset, deltaFor(late, reset)).kind).toBe("incompatible");
    take(reset, deltaFor(a, reset));
    expect(shown(reset)).toBe("G=4,M=6: c3 d5 a6");
  });

  it("knows that it has come to the end when all there was is collected", () => {
    const a = new StateCopy(owner);
    a.write({ key: "k", value: bytes("k"), status: "set" }, 0);
    a.write({ key: "k", value: bytes(""), status: "deleted" }, 0);
    a.collect({ version: 9 });
    const b = new StateCopy(owner);
    const delta = deltaFor(a, HAS_NOTHING);
    expect(delta).toEqual({ origin: owner, from: 0, gcVersion: 2, entries: [], maxVersion: 2 });
    take(b, delta);
    expect(shown(b)).toBe("G=2,M=2: ");
  });

  it("keeps what fades readable until it is collected", () => {
    const a = new StateCopy(owner);
    a.write({ key: "k", value: bytes("k"), status: "fading" }, 5);
    expect(a.collect({ untilMs: 4 })).toEqual([]);
    expect(a.get("k")?.status).toBe("fading");
    expect(a.collect({ untilMs: 5 })).toMatchObject([{ key: "k", after: undefined }]);
    expect(shown(a)).toBe("G=1,M=1: ");
  });

  it("stops where there is no room, and knows all before", () => {
    const { a } = trace(3);
    const b = new StateCopy(owner);
    const outcome = b.apply(deltaFor(a, HAS_NOTHING) as StateDelta, 0, (copy) => copy.size < 2);
    expect(outcome.kind).toBe("full");
    expect(shown(b)).toBe("G=4,M=5: c3 d5");
  });

  it("takes a whole state that was fetched, unless it would go back", () => {
    const { a, b } = trace(3);
    const whole = { entries: [...a.after(0)], gcVersion: a.gcVersion, maxVersion: a.maxVersion };
    const changes = b.replace(whole, 0);
    expect(changes?.map(({ after, key }) => `${key}${after?.version ?? "†"}`)).toEqual([
      "b†",
      "d5",
      "a6",
    ]);
    expect(shown(b)).toBe("G=4,M=6: c3 d5 a6");
    expect(b.replace(whole, 0)).toBeUndefined();
    const behind = new StateCopy(owner);
    take(behind, { origin: owner, from: 0, gcVersion: 9, entries: [], maxVersion: 1 });
    expect(behind.replace({ ...whole, maxVersion: 8 }, 0)).toBeUndefined();
  });

  it("finds what is above a version also when much was overwritten", () => {
    const a = new StateCopy(owner);
    for (let at = 0; at < 1_000; at += 1) {
      a.write({ key: `k${at % 7}`, value: bytes(""), status: "set" }, 0);
    }
    expect([...a.after(996)].map(({ version }) => version)).toEqual([997, 998, 999, 1_000]);
    expect(a.countAfter(0)).toBe(7);
  });
});
