/** The worked trace of the spec (infostore §11), stamp by stamp; docs/protocols shows it. */
import { expect, it } from "vitest";
import { shownTrace } from "../../testing/page-rig.ts";
import type { StampedInfo } from "./info-network.messages.ts";
import { type RigNode, StreamRig } from "./stream-rig.ts";

const rig = new StreamRig();
const [n1, n2, n3] = [rig.add(1), rig.add(2), rig.add(3)];

const held = (node: RigNode, key: string): StampedInfo | undefined => node.store.getInfo(key)?.info;
const way = (node: RigNode, key: string) => {
  const info = held(node, key);
  return info === undefined ? undefined : [info.hops, info.peerId];
};
const stamps = (node: RigNode) =>
  [...node.store.highWater].sort(([a], [b]) => a - b).map(([id, stamp]) => `${id}:${stamp}`);

/** What was delivered since the last call. */
function lines(): string[] {
  const since = rig.lines.slice(seenCount);
  seenCount = rig.lines.length;
  return since;
}
let seenCount = 0;

/** One thing at a time, as the spec tells it. */
const fire = (...nodes: RigNode[]) => {
  for (const node of nodes) node.fireSends();
  rig.deliver();
};

it("gives the stamps of the spec", () => {
  n1.write("cluster-id", "c", { at: 100n });
  n1.write("node:1", "d1", { at: 110n });
  n1.write("sentinel", "", { at: 120n, ttl: 150n });
  n2.write("node:2", "d2", { at: 200n });
  n3.write("node:3", "d3", { at: 210n });
  expect(held(n1, "cluster-id")?.origStamp).toBe(101n);
  expect(held(n1, "node:1")?.origStamp).toBe(111n);
  expect(held(n1, "sentinel")).toMatchObject({ origStamp: 121n, wallTime: 120n, ttlStamp: 270n });
  expect(held(n2, "node:2")?.origStamp).toBe(201n);
  expect(held(n3, "node:3")?.origStamp).toBe(211n);
  for (const node of rig.nodes) node.wall = 220n;
});

it("1: n2 dials n1 and gets all", () => {
  n2.dial(n1);
  rig.deliver();
  expect(lines()).toEqual([
    "n2 → n1  hw{2:201}",
    "n1 → n2  delta{cluster-id, node:1, sentinel} hw{1:121}",
  ]);
  for (const key of ["cluster-id", "node:1", "sentinel"]) expect(way(n2, key)).toEqual([1, 1]);
  expect(stamps(n2)).toEqual(["1:121", "2:201"]);
});

it("2: n2's first send brings one that is fresh, and a marker that is not", () => {
  fire(n2);
  expect(lines()).toEqual(["n2 → n1  delta{node:1, node:2} hw{1:121}", "n1 → n2  hw{2:201}"]);
  expect(way(n1, "node:2")).toEqual([1, 2]);
  expect(way(n1, "node:1")).toEqual([0, 0]);
  expect(n1.count("infosFresh")).toBe(1);
  fire(n1);
  expect(lines()).toEqual([]);
});

it("3: n3 dials n2", () => {
  n3.dial(n2);
  rig.deliver();
  expect(lines()).toEqual([
    "n3 → n2  hw{3:211}",
    "n2 → n3  delta{cluster-id, node:1, node:2, sentinel} hw{1:121, 2:201}",
  ]);
  for (const key of ["cluster-id", "node:1", "sentinel"]) expect(way(n3, key)).toEqual([2, 2]);
  expect(way(n3, "node:2")).toEqual([1, 2]);
  const before = n2.count("infosFresh");
  n3.fireSends();
  rig.deliver();
  expect(lines()).toEqual([
    "n3 → n2  delta{node:1, node:2, node:3} hw{1:121, 2:201}",
    "n2 → n3  hw{3:211}",
  ]);
  expect(n2.count("infosFresh") - before).toBe(1);
  expect(way(n2, "node:3")).toEqual([1, 3]);
});

it("4: n2 tells n1 of n3", () => {
  fire(n2);
  expect(lines()).toEqual(["n2 → n1  delta{node:3} hw{3:211}", "n1 → n2  hw{3:211}"]);
  expect(way(n1, "node:3")).toEqual([2, 2]);
  fire(n1, n2, n3);
  expect(lines()).toEqual([]);
});

it("5: the sentinel again: one info a stream, and only redundant watchers hear", () => {
  for (const node of rig.nodes) {
    node.changed.length = 0;
    node.redundant.length = 0;
  }
  n1.write("sentinel", "", { at: 260n, ttl: 150n });
  for (const node of [n2, n3]) node.wall = 260n;
  expect(held(n1, "sentinel")).toMatchObject({ origStamp: 261n, ttlStamp: 410n });
  fire(n1);
  fire(n2);
  fire(n3);
  expect(lines()).toEqual([
    "n1 → n2  delta{sentinel} hw{1:261}",
    "n2 → n3  delta{sentinel} hw{1:261}",
  ]);
  expect(way(n3, "sentinel")).toEqual([2, 2]);
  expect(stamps(n3)).toEqual(["1:261", "2:201", "3:211"]);
  for (const node of rig.nodes) {
    expect(node.changed).toEqual([]);
    expect(node.redundant).toEqual(["sentinel"]);
  }
});

it("6: n3 dials n1: nothing new, but markers make ways shorter", () => {
  n3.dial(n1);
  rig.deliver();
  fire(n3);
  expect(lines()).toEqual([
    "n3 → n1  hw{1:261, 2:201, 3:211}",
    "n1 → n3  delta{node:1, node:2, node:3} hw{1:261, 2:201, 3:211}",
    "n3 → n1  delta{node:1, node:2, node:3}",
    "n1 → n3  nothing",
  ]);
  expect(way(n3, "node:1")).toEqual([1, 1]);
  expect(way(n3, "sentinel")).toEqual([2, 2]);
  expect(way(n1, "node:3")).toEqual([1, 3]);
});

it("7: of n1 and n2, n1 is the less useful to n3", () => {
  expect(n3.store.originsBy([1, 2])).toEqual(
    new Map([
      [1, 1],
      [2, 2],
    ]),
  );
});

it("8: n1 dies, and its sentinel expires everywhere", () => {
  for (const pipe of rig.pipes.filter(({ accepter }) => accepter === n1)) rig.break(pipe);
  for (const node of [n2, n3]) {
    node.wall = 409n;
    expect(held(node, "sentinel")).toBeDefined();
    node.wall = 410n;
    expect(held(node, "sentinel")).toBeUndefined();
    expect(held(node, "cluster-id")).toBeDefined();
  }
});

it("is what the page says", () => {
  expect(shownTrace("protocols/info-network.md", "three")).toBe(rig.lines.join("\n"));
});
