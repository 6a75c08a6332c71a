import { expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { DeltaBudget, HAS_NOTHING } from "./delta-budget.ts";
import type { NodeStateOptions } from "./node-state.options.ts";
import { StateCopy } from "./state-copy.ts";

const small = makeOrigin("small", 1);
const NODES = 10;
const MESSAGES = 40;

/** Large states that are never done, and a small one: in which message does it get its turn? */
function turnOfTheSmallOne(ordering: NodeStateOptions["ordering"]): number | undefined {
  const random = new Random(5);
  const value = new Uint8Array(100);
  const large = Array.from({ length: NODES }, (_, at) => new StateCopy(makeOrigin(`n${at}`, 1)));
  const little = new StateCopy(small);
  for (const key of ["a", "b"]) little.write({ key, value, status: "set" }, 0);
  const has = new Map(large.map((copy) => [copy.origin, 1]));
  let written = 0;
  const writeAll = (): void => {
    written += 1;
    for (const copy of large) copy.write({ key: `k${written % 50}`, value, status: "set" }, 0);
  };
  for (let at = 0; at < 50; at += 1) writeAll();
  for (let message = 1; message <= MESSAGES; message += 1) {
    writeAll();
    // Five entries and their heads.
    const budget = new DeltaBudget({ ordering, random, budgetBytes: 600 });
    for (const copy of large) {
      budget.want(copy, { gcVersion: 0, maxVersion: has.get(copy.origin) ?? 0 });
    }
    budget.want(little, { gcVersion: 0, maxVersion: 1 });
    for (const { maxVersion, origin } of budget.take().deltas) {
      if (origin === small) return message;
      has.set(origin, maxVersion);
    }
  }
  return undefined;
}

it("by breadth everybody has a turn soon, by depth perhaps never", () => {
  expect(turnOfTheSmallOne("breadth")).toBeLessThan(10);
  expect(turnOfTheSmallOne("random")).toBeLessThanOrEqual(MESSAGES);
  expect(turnOfTheSmallOne("depth")).toBeUndefined();
});

it("by depth what nobody told the peer of comes first, the smallest of it foremost", () => {
  const value = new Uint8Array(10);
  const copies = [3, 1, 2].map((count) => {
    const copy = new StateCopy(makeOrigin(`n${count}`, 1));
    for (let at = 0; at < count; at += 1) copy.write({ key: `${at}`, value, status: "set" }, 0);
    return copy;
  });
  const known = new StateCopy(makeOrigin("known", 1));
  for (let at = 0; at < 9; at += 1) known.write({ key: `${at}`, value, status: "set" }, 0);
  const budget = new DeltaBudget({ ordering: "depth", random: new Random(1), budgetBytes: 1e6 });
  budget.want(known, { gcVersion: 0, maxVersion: 1 });
  for (const copy of copies) budget.want(copy, HAS_NOTHING);
  const order = budget.take().deltas.map(({ origin }) => origin);
  expect(order).toEqual(["n1#1", "n2#1", "n3#1", "known#1"]);
});

it("a peer that has all, or more, gets nothing", () => {
  const copy = new StateCopy(small);
  copy.write({ key: "k", value: new Uint8Array(0), status: "set" }, 0);
  const budget = new DeltaBudget({ ordering: "depth", random: new Random(1), budgetBytes: 1e6 });
  budget.want(copy, { gcVersion: 0, maxVersion: 1 });
  budget.want(copy, { gcVersion: 0, maxVersion: 9 });
  expect(budget.take()).toEqual({ deltas: [], cut: [] });
});
