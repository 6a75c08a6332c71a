import { expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { Resolver, type ResolverRule } from "./resolver.ts";
import { versionTreeDefaults } from "./version-tree.options.ts";
import { headsText, rig, send } from "./version-tree-rig.ts";

const text = (value: string): Uint8Array => encodeUtf8(value);
const keys = ["last/k", "last/manual/k", "longest/k", "other/k"];
const rules: readonly ResolverRule[] = [
  { prefix: "last/", resolve: "lww" },
  { prefix: "last/manual/", resolve: "manual" },
  {
    prefix: "longest/",
    resolve: (_, versions) =>
      versions
        .map(({ update }) => update.value ?? new Uint8Array())
        .reduce((longest, value) => (value.length > longest.length ? value : longest)),
  },
];

/** Two nodes that wrote all keys without a word to each other, and then met. */
function split() {
  const [one, other] = [rig(makeOrigin("a", 1)), rig(makeOrigin("b", 1))];
  for (const key of keys) one.tree.put(key, text("early and long"));
  other.nowMs += 10;
  for (const key of keys) other.tree.put(key, text("late"));
  send(one.tree, other.tree);
  send(other.tree, one.tree);
  return [one.tree, other.tree] as const;
}

it("one node ends conflicts, by the rule of the longest prefix, and all hold the same", () => {
  const [one, other] = split();
  const options = { ...versionTreeDefaults, conflict: "reject-stale", resolveMaxCount: 1 } as const;
  const [mine, theirs] = [
    new Resolver({ tree: one, isMine: () => true }, rules, options),
    new Resolver({ tree: other, isMine: () => false }, rules, options),
  ];
  expect([mine.resolve(), mine.resolve(), mine.resolve(), theirs.resolve()]).toEqual([1, 1, 0, 0]);
  send(one, other);
  const both = "early and long,late";
  for (const tree of [one, other]) {
    expect(keys.map((key) => headsText(tree, key))).toEqual(["late", both, "early and long", both]);
  }
  expect(one.seen.equals(other.seen)).toBe(true);
});

it("a deletion that comes last deletes", () => {
  const [one, other] = split();
  const { context } = one.read("last/k");
  send(one, other);
  one.put("last/k", text("again"), { context });
  other.put("last/k", text("too"), { context });
  const late = other.read("last/k").context;
  other.delete("last/k", { context: late });
  send(other, one);
  expect(headsText(one, "last/k")).toBe("again,gone");
  const options = { ...versionTreeDefaults, conflict: "reject-stale" } as const;
  new Resolver({ tree: one, isMine: () => true }, rules, options).resolve();
  expect(headsText(one, "last/k")).toBe("gone");
});
