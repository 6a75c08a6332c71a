import { expect, test } from "vitest";
import { FakeNode, fakeMember } from "../agent/fake-node.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";

test("the past of members is told with the evidence of each moment", async () => {
  const fake = new FakeNode("p1");
  const agent = await startFakeAgent(fake);
  try {
    expect((await runAt(agent, ["timeline"])).out).toMatch(/^Nothing has happened since /);
    fake.emit({ kind: "join", member: fakeMember("p2"), at: 1_000 });
    fake.evidence.set("p2", [{ at: 2_000, what: "suspected", text: "p3 got no answer of p2" }]);
    const suspect = fakeMember("p2", { status: "suspect" });
    fake.emit({ kind: "suspect", member: suspect, at: 2_000 });
    fake.evidence.set("p2", [{ at: 3_000, what: "refuted", text: "p2 objected" }]);
    fake.emit({ kind: "alive", member: fakeMember("p2"), at: 3_000 });
    const lines = (await runAt(agent, ["timeline", "p2", "--evidence"])).out.trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/\d\d:\d\d:\d\d[.]\d{3}/, "TIME"))).toEqual([
      "TIME  p2 joined",
      "TIME  p2 is suspected",
      "                TIME  p3 got no answer of p2",
      "TIME  p2 is alive again",
      "                TIME  p2 objected",
    ]);
    const json = JSON.parse((await runAt(agent, ["timeline", "--last", "1", "--json"])).out);
    expect(json).toMatchObject({
      lastNumber: 3,
      lostCount: 0,
      events: [{ number: 3, name: "p2" }],
    });
    expect((await runAt(agent, ["timeline", "p9"])).out).toMatch(/^p9 did nothing since /);
  } finally {
    await agent.stop();
  }
});
