import { expect, test } from "vitest";
import { FakeNode } from "../agent/fake-node.ts";
import type { PathKind, ReachabilityPath, ReachabilityPicture } from "../node/api.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";

function path(
  from: string,
  to: string,
  kind: PathKind,
  more: Partial<ReachabilityPath> = {},
): ReachabilityPath {
  const packets = kind === "direct" ? "answered" : "unanswered";
  return { from, to, kind, packets, streams: "unknown", ...more };
}

function picture(members: readonly string[]): ReachabilityPicture {
  const exceptions = [
    path("p1", "p2", "oneWayIn", { ageMs: 0, sinceMs: 12_400, via: "p3" }),
    path("p2", "p1", "oneWayOut", { ageMs: 3_000, sinceMs: 15_000 }),
    path("p3", "p4", "direct", { ageMs: 1_000, sinceMs: 2_000, streams: "down" }),
  ];
  return {
    local: "p1",
    members,
    row: [path("p1", "p2", "oneWayIn"), path("p1", "p3", "direct"), path("p1", "p4", "unknown")],
    exceptions,
    sides: [
      { members: members.slice(2), cutFrom: [] },
      { members: ["p1"], cutFrom: ["p2"] },
      { members: ["p2"], cutFrom: ["p1"] },
    ],
    silent: ["p4"],
    relayed: [{ peer: "p2", via: "p3" }],
    path,
    isCutFrom: () => false,
  } as unknown as ReachabilityPicture;
}

test("a few members make a square, many only a list of what is wrong", async () => {
  const fake = new FakeNode("p1");
  fake.picture = picture(["p1", "p2", "p3", "p4"]);
  const agent = await startFakeAgent(fake);
  try {
    const { out } = await runAt(agent, ["members", "--matrix"]);
    const lines = out.split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(lines[1]).toEqual(["1", "p1 (this agent)", "<", "=", "?"]);
    expect(lines[2]).toEqual(["2", "p2", ">", "=", "="]);
    expect(lines[3]).toEqual(["3", "p3", "=", "=", "p"]);
    // A plain memberlist, of which nobody knows whom it reaches.
    expect(lines[4]).toEqual(["4", "p4", "?", "?", "?"]);
    expect(out).toMatch(/p1 +p2 +< +hears, is not heard +p3 +12 s +here/);
    expect(out).toMatch(/p2 +p1 +> +sends, gets no answer +- +15 s +3 s ago/);
    expect(out).toContain("p1: cut off from p2");
    expect(out).toContain("The link to p2 leads by way of p3.");
    const json = JSON.parse((await runAt(agent, ["members", "--matrix", "--json"])).out);
    expect(json.exceptions).toEqual(fake.picture?.exceptions);

    fake.picture = picture(Array.from({ length: 40 }, (_, at) => `p${at + 1}`));
    const many = (await runAt(agent, ["members", "--matrix"])).out;
    expect(many).toMatch(/^40 members; only what is not direct is shown/);
    expect(many).toContain("hears, is not heard");
  } finally {
    await agent.stop();
  }
});
