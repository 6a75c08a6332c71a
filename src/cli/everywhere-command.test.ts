import { afterEach, beforeEach, expect, test } from "vitest";
import type { Agent } from "../agent/run-agent.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { runAt, startTwoAgents } from "./agents-rig.ts";

let agents: readonly [Agent, Agent];

beforeEach(async () => {
  agents = await startTwoAgents(memoryNetwork());
});

afterEach(async () => {
  for (const agent of agents) await agent.stop();
});

test("what a write printed is waited for on all who keep the replica", async () => {
  await runAt(agents[1], ["log", "tail", "chat"]);
  const { out } = await runAt(agents[0], ["log", "append", "chat", "hello"]);
  const [, update = ""] = /^appended as (\S+)$/m.exec(out) ?? [];
  const replica = "operations/chat";
  const names = ["--view", "p1,p2"];
  const all = await runAt(agents[0], ["everywhere", replica, update, ...names]);
  expect(all).toMatchObject({ code: 0, err: "" });
  expect(all.out).toContain(`Everywhere: 2 of 2 members are known to have ${update}.`);
  const never = await runAt(agents[0], ["everywhere", replica, `${update}9`, "--timeout", "0"]);
  expect(never.code).toBe(1);
  expect(never.out).toContain("Not everywhere: 0 of ");
});

test.each([
  [["everywhere", "operations/chat", "p1:1"], "no update such as"],
  [["everywhere", "operations/chat", "p1#1:0"], "no update such as"],
  [["everywhere", "operations/chat", "p1#1:1", "--proof", "some"], "none of held, seen"],
])("%j is refused", async (args, why) => {
  const { code, err } = await runAt(agents[0], args);
  expect([code, err]).toEqual([2, expect.stringContaining(why)]);
});
