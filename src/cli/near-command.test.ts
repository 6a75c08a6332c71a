import { expect, test } from "vitest";
import { FakeNode, fakeMember } from "../agent/fake-node.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";

test("members are listed by their distance, and what is not known is said", async () => {
  const fake = new FakeNode("p1");
  fake.members.set("p2", fakeMember("p2"));
  fake.near = [
    { name: "p2", rttMs: 12.34, errorRatio: 0.25, measuredMs: 12 },
    { name: "p3", rttMs: undefined, errorRatio: undefined, measuredMs: undefined },
  ];
  const agent = await startFakeAgent(fake);
  try {
    const { out } = await runAt(agent, ["members", "--near"]);
    const rows = out.split("\n").map((line) => line.split(/ {2,}/));
    // Of another one the fake node knows nothing.
    expect(rows[0]).toEqual(["NAME", "ESTIMATE", "MAY BE OFF BY", "MEASURED"]);
    const json = JSON.parse((await runAt(agent, ["members", "--near", "p2", "--json"])).out);
    expect(json).toEqual({ from: "p2", near: [fake.near[0], { name: "p3" }] });
    expect(rows.slice(1, 3)).toEqual([
      ["p2", "12.3 ms", "25 %", "12.0 ms"],
      ["p3", "-", "-", "-"],
    ]);
    expect((await runAt(agent, ["members", "--near", "p9"])).err).toMatch(/no member "p9"/);
  } finally {
    await agent.stop();
  }
});
