import { expect, test } from "vitest";
import { FakeNode, fakeMember } from "../agent/fake-node.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";

test("a member that says that it is busy is shown as degraded, beside its status", async () => {
  const fake = new FakeNode("p1");
  const degraded = { since: 1_700_000_000_000, delayMs: 20_083, gcMs: 42 };
  fake.members.set("p2", fakeMember("p2", { degraded }));
  fake.members.set("p3", fakeMember("p3"));
  const agent = await startFakeAgent(fake);
  try {
    const { out } = await runAt(agent, ["members"]);
    expect(out).toMatch(/p2 +127.0.0.1:7946 +alive, degraded /);
    expect(out).toMatch(/p3 +127.0.0.1:7946 +alive +/);
    const { members } = JSON.parse((await runAt(agent, ["members", "--json"])).out);
    expect(members).toContainEqual(expect.objectContaining({ name: "p2", degraded }));
  } finally {
    await agent.stop();
  }
});
