import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { bitsFor, GroupLayout } from "./grouping.ts";
import { monitorOptions } from "./monitor.options.ts";

const options = monitorOptions();
const members = (count: number, bucketOf: (index: number) => string = () => "") =>
  Array.from({ length: count }, (_, index) => {
    return { peer: peerId(`node-${index}`), bucket: bucketOf(index) };
  });

describe("groups", () => {
  it.each([
    [1, 1],
    [64, 1],
    [65, 4],
    [128, 8],
    [256, 16],
    [1_000, 32],
    [4_096, 64],
    [10_000, 128],
  ])("of %d members there are %d", (count, groupsCount) => {
    expect(1 << bitsFor(count, options)).toBe(groupsCount);
    const layout = new GroupLayout(members(count), options);
    expect(layout.groups.size).toBe(groupsCount);
    expect(layout.size).toBe(count);
    const sizes = [...layout.groups.values()].map((group) => group.members.length);
    if (count > 64) expect(Math.min(...sizes)).toBeGreaterThanOrEqual(6);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.max(64, 2 * Math.sqrt(count)));
  });

  it("are a function of the members alone, whatever the order they are known in", () => {
    const one = new GroupLayout(members(300), options);
    const other = new GroupLayout(members(300).reverse(), options);
    expect([...one.groups]).toEqual([...other.groups]);
  });

  it("stay as they are when somebody comes or goes", () => {
    const before = new GroupLayout(members(300), options);
    const after = new GroupLayout(members(301).slice(1), options);
    for (const { peer } of members(300).slice(1)) {
      expect(after.groupOf(peer)?.id).toBe(before.groupOf(peer)?.id);
    }
    const [group] = before.groups.values();
    expect(group && after.isShapeOf(group)).toBe(true);
    const larger = new GroupLayout(members(3_000), options);
    expect(group && larger.isShapeOf(group)).toBe(false);
  });

  it("are those of a tag when there is one, and its own parts where there are too many", () => {
    const racks = new GroupLayout(
      members(130, (index) => (index < 30 ? "rack-a" : "rack-b")),
      options,
    );
    expect([...racks.groups.keys()]).toEqual([
      "rack-a",
      "rack-b.1/4",
      "rack-b.2/4",
      "rack-b.3/4",
      "rack-b.4/4",
    ]);
    expect(racks.groupOf(peerId("node-3"))?.members).toHaveLength(30);
    expect(racks.groupOf(peerId("nobody"))).toBeUndefined();
  });

  it("have names of their own, whatever the tags are", () => {
    const odd = ["", "all", "x.1/4", "x-1/4", "y".repeat(400)];
    const layout = new GroupLayout(
      members(5, (index) => odd[index] ?? ""),
      options,
    );
    const names = [...layout.groups].map(([id, group]) => [id, group.members.length]);
    expect(names).toEqual([
      ["all", 2],
      ["x-1/4", 2],
      ["y".repeat(100), 1],
    ]);
    // A character that the cut would halve: nobody else could read the name.
    const bucket = `${"z".repeat(99)}🦊`;
    const halved = new GroupLayout([{ peer: peerId("a"), bucket }], options);
    expect([...halved.groups.keys()]).toEqual([`${"z".repeat(99)}-`]);
  });

  it("are one when no layers are wanted", () => {
    const flat = new GroupLayout(members(1_000), monitorOptions({ layers: "flat" }));
    expect([...flat.groups.keys()]).toEqual(["all"]);
  });
});
