import { expect, test } from "vitest";
import { FakeNode, fakeMember } from "../agent/fake-node.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";

test("members --detector shows verdicts and levels, and of the unknown nothing", async () => {
  const fake = new FakeNode("p1");
  for (const name of ["p1", "p2", "p3"]) fake.members.set(name, fakeMember(name));
  const phi = { detector: "phi-accrual", deadLevel: 8 } as const;
  fake.suspicions.set("p1", {
    ...phi,
    name: "p1",
    status: "unknown",
    level: 0,
    since: undefined,
    heardAt: undefined,
  });
  fake.suspicions.set("p2", {
    ...phi,
    name: "p2",
    status: "dead",
    level: Number.POSITIVE_INFINITY,
    since: 2_000,
    heardAt: 1_000,
  });
  const agent = await startFakeAgent(fake);
  try {
    const { out } = await runAt(agent, ["members", "--detector"]);
    const rows = out.split("\n").map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(["By phi-accrual; dead from level 8 on."]);
    expect(rows[1]).toEqual(["NAME", "VERDICT", "LEVEL", "LAST HEARD"]);
    expect(rows[2]?.slice(0, 2)).toEqual(["p2", "dead"]);
    expect(rows[3]).toEqual(["p3", "unknown", "-", "-"]);
    const json = JSON.parse((await runAt(agent, ["members", "--detector", "--json"])).out);
    expect(json).toMatchObject({
      detector: "phi-accrual",
      deadLevel: 8,
      members: [{ name: "p2", status: "dead", level: Number.MAX_VALUE }, { name: "p3" }],
    });
  } finally {
    await agent.stop();
  }
});
