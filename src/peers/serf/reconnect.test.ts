import { describe, expect, it } from "vitest";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

/** How often a node with these others dials in a thousand chances. */
function dialsOf(counts: { alive: number; failed: number; left: number }): string[] {
  const node = new Bench({ codec: serfCodec, options: { reconnectTimeoutMs: 1e12 } });
  const named = (kind: string, count: number) =>
    Array.from({ length: count }, (_, i) => recordOf(`${kind}${i}`, i + 2));
  const failed = named("failed", counts.failed);
  const left = named("left", counts.left);
  for (const record of [...named("alive", counts.alive), ...failed, ...left]) {
    node.serf.onMemberJoin(record);
  }
  for (const { name } of left) node.hear({ kind: "leave", lTime: 5, node: name, prune: false });
  for (const record of [...failed, ...left]) node.serf.onMemberLeave(record);
  for (let chance = 0; chance < 1_000; chance += 1) node.advance(30_000);
  expect(node.tally.of("serf.reconnects")).toBe(node.membership.asked.length);
  return node.membership.asked;
}

describe("reconnecting", () => {
  it("never dials when nobody failed", () => {
    expect(dialsOf({ alive: 3, failed: 0, left: 2 })).toEqual([]);
  });

  it("dials at every chance when as many failed as are present", () => {
    const dials = dialsOf({ alive: 0, failed: 2, left: 0 });
    expect(dials).toHaveLength(1_000);
    const first = dials.filter((line) => line === "join failed0").length;
    expect(first).toBeGreaterThan(400);
    expect(first).toBeLessThan(600);
  });

  it("dials with probability failed / (members - failed - left)", () => {
    const dials = dialsOf({ alive: 9, failed: 2, left: 4 });
    expect(dials.length).toBeGreaterThan(140);
    expect(dials.length).toBeLessThan(260);
    expect(new Set(dials)).toEqual(new Set(["join failed0", "join failed1"]));
  });

  it("ends when this node leaves", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.onMemberJoin(recordOf("b", 2));
    node.serf.onMemberLeave(recordOf("b", 2));
    node.serf.leave();
    node.advance(300_000);
    expect(node.membership.asked).toEqual(["leave"]);
  });
});
