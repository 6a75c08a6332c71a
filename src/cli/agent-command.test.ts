import { expect, test } from "vitest";
import { historiesOf, nodeOptions, ordersOf } from "./agent-command.ts";
import type { AgentFlags } from "./commands/agent.ts";
import { FakeIo } from "./fake-io.ts";
import { makeProgram } from "./run-cli.ts";

async function parse(args: readonly string[]) {
  const program = await makeProgram(["agent"], new FakeIo());
  const [agent] = program.commands;
  agent!.action(() => {});
  await program.parseAsync(["agent", ...args], { from: "user" });
  return agent!.opts<AgentFlags>();
}

test("the flags of an agent become the options of a node", async () => {
  const flags = await parse(
    (
      "--name a --bind 127.0.0.1:0 --advertise 10.0.0.1:1 --join h:1 --join h:2 --join-min 1 " +
      "--tag role=db --tag zone=a=b --key AAAA --key BBBB --label blue --data-dir d " +
      "--profile wan --wire memberlist --overlay hyparview --swim probeIntervalMs=200 --swim mode=x"
    ).split(" "),
  );
  expect(nodeOptions(flags)).toEqual({
    name: "a",
    bind: "127.0.0.1:0",
    advertise: "10.0.0.1:1",
    join: ["h:1", "h:2"],
    joinMin: 1,
    tags: { role: "db", zone: "a=b" },
    keys: ["AAAA", "BBBB"],
    label: "blue",
    dataDir: "d",
    profile: "wan",
    wire: "memberlist",
    overlay: "hyparview",
    swim: { probeIntervalMs: 200, mode: "x" },
  });
  expect(flags).toMatchObject({ logLevel: "info" });
});

test("a topic's past may be given a length, and names may hold any sign", () => {
  expect(historiesOf(["Commit", "a=b", "Log=500", "x=y=7"])).toEqual({
    Commit: {},
    "a=b": {},
    Log: { keptMaxCount: 500 },
    "x=y": { keptMaxCount: 7 },
  });
});

test("a topic may be told in causal order, alone or in a group", () => {
  expect(ordersOf(["talk", "votes=town", "a=b=c"])).toEqual({
    talk: { order: "causal" },
    votes: { order: "causal", causalGroup: "town" },
    "a=b": { order: "causal", causalGroup: "c" },
  });
});

test("what was not asked for is left to the node", async () => {
  expect(nodeOptions(await parse([]))).toEqual({});
});
