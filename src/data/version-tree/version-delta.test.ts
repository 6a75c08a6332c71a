import { expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { versionTreeDefaults } from "./version-tree.options.ts";
import { VersionTree } from "./version-tree.ts";

const noDots = new DotSet();

function tree(name: string): VersionTree {
  const origin = makeOrigin(name, 1);
  const counters = { add: () => {} };
  const wiring = { origin: () => origin, counters, now: () => 0, wallClock: () => 1 };
  const options = { ...versionTreeDefaults, conflict: "siblings" } as const;
  return new VersionTree({ ...wiring, afterStep: (body) => body() }, options);
}

it("passes on a write that was only covered here, when whoever knew its key is gone", () => {
  const [first, second, third, late] = ["a", "b", "c", "d"].map(tree);
  const value = Uint8Array.of(1);
  const write = first?.put("k", value);
  if (write?.status !== "ok" || write.dot === undefined) throw new Error("not written");
  const { dot } = write;
  const told = first?.get(dot);
  if (told === undefined) throw new Error("not held");
  second?.apply(dot, told);
  const next = second?.put("k", Uint8Array.of(2), { context: second.read("k").context });
  if (next?.status !== "ok" || next.dot === undefined) throw new Error("not written");
  const winner = second?.get(next.dot);
  if (winner === undefined) throw new Error("not held");
  // The third hears that the first write is superseded, and not of what key it was.
  third?.apply(next.dot, winner);
  third?.cover(DotSet.of(dot), noDots);
  // Of the late one it knows nothing but what that one lacks: its digest came in pieces.
  const delta = third?.collect(DotSet.of(dot), noDots, 1_000);
  expect(delta?.updates).toEqual([[dot, { ...winner, writtenAs: next.dot }]]);
  for (const [place, update] of delta?.updates ?? []) late?.apply(place, update);
  expect(late?.seen.size).toBe(2);
  expect(late?.read("k").values.map((one) => one.dot)).toEqual([next.dot]);
});
