/** The trace of docs/protocols/version-tree.md is what the class gives. */
import { expect, it } from "vitest";
import type { Dot } from "../../core/dot.ts";
import { makeOrigin } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import { Session } from "./session.ts";
import type { VersionUpdate } from "./version-tree.messages.ts";
import type { VersionTree } from "./version-tree.ts";
import { rig } from "./version-tree-rig.ts";

const trees = new Map<string, VersionTree>();
const lines: string[] = [];

function treeOf(name: string): VersionTree {
  const tree = trees.get(name) ?? rig(makeOrigin(name, 1)).tree;
  trees.set(name, tree);
  return tree;
}

const short = ({ origin, seq }: Dot) => `${origin.slice(0, 1)}:${seq}`;
const textOf = ({ value }: VersionUpdate) => (value === undefined ? "gone" : decodeUtf8(value));

function note(what: string, name: string): void {
  const { context, values } = treeOf(name).read("cart");
  const held = values.map(({ dot, update }) => `${short(dot)} ${textOf(update)}`).join(" | ");
  const ranges = [...context.ranges()].map(({ first, last, origin }) => {
    return `${origin.slice(0, 1)}:${first}-${last}`;
  });
  lines.push(`${what.padEnd(38)}${name} holds ${held}, context ${ranges.join(" ")}`);
}

function put(who: string, name: string, session: Session, value: string): void {
  const { status } = session.put(treeOf(name), "cart", encodeUtf8(value));
  note(`${who} puts ${value} at ${name}: ${status}`, name);
}

function read(who: string, name: string, session: Session): void {
  const { status } = session.read(treeOf(name), "cart");
  lines.push(`${who} reads at ${name}: ${status}`);
}

/** One way, as an exchange does it, with all that travels. */
function send(from: string, to: string): void {
  const [source, target] = [treeOf(from), treeOf(to)];
  const theirs = target.seen.clone();
  const delta = source.collect(source.seen.difference(theirs), theirs, 1_000_000);
  for (const [dot, update] of delta.updates) {
    lines.push(`${from} → ${to}  ${short(dot)} ${update.key} = ${textOf(update)}`);
    target.apply(dot, update);
  }
  if (!delta.covers.isEmpty) {
    lines.push(`${from} → ${to}  superseded: ${[...delta.covers].map(short).sort().join(" ")}`);
  }
  target.cover(delta.covers, delta.forgotten);
}

it("is what the page says", () => {
  const [alice, bob] = [new Session(), new Session()];
  put("alice", "p", alice, "milk");
  send("p", "q");
  read("bob", "q", bob);
  treeOf("p").put("hat", encodeUtf8("red"));
  put("alice", "p", alice, "milk+eggs");
  put("bob", "q", bob, "milk+tea");
  read("alice", "q", alice);
  const { status } = treeOf("q").put("cart", encodeUtf8("wine"));
  lines.push(`carol, who has read nothing, puts wine at q: ${status}`);
  send("p", "q");
  send("q", "p");
  note("both have both", "p");
  read("alice", "q", alice);
  put("alice", "q", alice, "milk+eggs+tea");
  send("q", "r");
  note("a newcomer", "r");
  expect(shownTrace("protocols/version-tree.md", "cart")).toBe(lines.join("\n"));
});
