import { afterAll, beforeAll, expect, test } from "vitest";
import { raft } from "../agent/node.ts";
import { type Agent, runAgent } from "../agent/run-agent.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { runAt, silent } from "./agents-rig.ts";
import { FakeIo } from "./fake-io.ts";

let agents: readonly Agent[] = [];
const VOTERS = ["p1", "p2"];

beforeAll(async () => {
  const transport = memoryNetwork();
  const started: Agent[] = [];
  for (const name of [...VOTERS, "p3"]) {
    const join = started.slice(0, 1).map(({ node }) => node.address);
    const orderer = raft({ voters: VOTERS, storage: "memory" });
    const node = { name, transport, bind: "127.0.0.1:0", join, orderer } as const;
    started.push(await runAgent({ node, admin: "127.0.0.1:0", logger: silent }));
  }
  agents = started;
  await Promise.all(agents.map(({ node }) => node.order.ready()));
});

afterAll(async () => {
  for (const agent of agents) await agent.stop();
});

const at = (name: string): Agent => {
  const found = agents.find(({ node }) => node.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const order = (name: string, ...args: readonly string[]) => runAt(at(name), ["order", ...args]);
const leader = (): string => agents[0]?.node.order.status().leader ?? "";
const follower = (): string => VOTERS.find((name) => name !== leader()) ?? "";

test("its members are shown and changed at the agent that leads", async () => {
  const shown = await order("p3", "status");
  expect(shown).toMatchObject({ code: 0, err: "" });
  expect(shown.out).toMatch(/^group main by raft: running, this node is learner\nleader p[12], /);
  const refused = await order(follower(), "transfer", "p3");
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(`ask ${leader()}`)]);
  const promoted = await order(leader(), "promote", "p3", "--json");
  expect(JSON.parse(promoted.out).voters.toSorted()).toEqual(["p1", "p2", "p3"]);
  const heir = follower();
  expect((await order(leader(), "transfer", heir)).code).toBe(0);
  await expect.poll(leader).toBe(heir);
  const removed = JSON.parse((await order(leader(), "remove", "p3", "--json")).out);
  expect(removed.voters.toSorted()).toEqual(VOTERS);
});

test("a log is appended to at one agent and is the same at all", async () => {
  // Whom the test before has removed comes back as a learner when it finds itself without a leader.
  await at("p3").node.order.read({ timeoutMs: 15_000 });
  expect((await order("p3", "tail", "orders")).out).toBe("The log is empty here.\n");
  const first = await order("p3", "append", "orders", '{"buy":3}');
  expect(first.out).toMatch(/^entry 1, p3#\d+:1\n$/);
  const second = await order("p1", "append", "orders", "sell", "--json");
  expect(JSON.parse(second.out)).toMatchObject({ index: 2, durable: false });
  for (const name of ["p1", "p2", "p3"]) {
    const { entries, next, status } = JSON.parse(
      (await order(name, "tail", "orders", "--json")).out,
    );
    expect(entries.map(({ value }: { value: unknown }) => value)).toEqual([{ buy: 3 }, "sell"]);
    expect([next, status]).toEqual([3, "ok"]);
  }
  const io = new FakeIo();
  const following = runAt(at("p2"), ["order", "tail", "orders", "--follow"], io);
  await order("p1", "append", "orders", "more");
  await expect.poll(() => io.stdout).toContain("3  ");
  await at("p2").stop();
  expect((await following).code).toBe(1);
});

test.each([
  [["status", "x"], "Too many words"],
  [["promote"], "Say which: hearsay order promote NAME"],
  [["append", "orders"], "Say which value"],
  [["show"], "none of status"],
  [["tail", "orders", "--count", "0"], "whole number"],
])("%j is refused", async (args, why) => {
  const { code, err } = await order("p1", ...args);
  expect([code, err]).toEqual([2, expect.stringContaining(why)]);
});
