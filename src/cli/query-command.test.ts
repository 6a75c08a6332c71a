import { afterEach, beforeEach, expect, test } from "vitest";
import type { Agent } from "../agent/run-agent.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { runAt, startTwoAgents } from "./agents-rig.ts";

let agents: readonly [Agent, Agent];

beforeEach(async () => {
  agents = await startTwoAgents(memoryNetwork());
  for (const { node } of agents) {
    node.queries.define<{ path: string }>("disk-free").handle(({ path }, { via }) => {
      if (path === "/none" && node.name === "p2") throw new Error("no such disk");
      return { path, free: 7n, via };
    });
    node.queries.define("version", { codec: "raw" }).handle(() => Buffer.from("2.1"));
    await node.settled({ timeoutMs: 20_000 });
  }
});

afterEach(async () => {
  for (const agent of agents) await agent.stop();
});

const lines = (text: string) => text.trimEnd().split("\n").sort();

test("typed queries are asked by links, and failures are told with a summary", async () => {
  const args = ["query", "disk-free", "--value", '{"path":"/"}'];
  const asked = await runAt(agents[0], args);
  expect(asked.code).toBe(0);
  const answer = '{"path":"/","free":{"$bigint":"7"},"via":"links"}';
  expect(lines(asked.out)).toEqual([`p1  ${answer}`, `p2  ${answer}`]);
  expect(asked.err).toMatch(/^2 of 2 answered in \d+ ms \(complete\)\n$/);

  const failing = ["query", "disk-free", "--value", '{"path":"/none"}'];
  const some = await runAt(agents[0], failing);
  expect(some.code).toBe(0);
  expect(some.out).toContain("p2  failed: no such disk");
  expect(some.err).toMatch(/^1 of 2 answered .*\n {2}failed: p2 \(failed: no such disk\)\n$/);
  expect(await runAt(agents[0], [...failing, "--all"])).toMatchObject({ code: 1 });
});

test("bare queries are asked by either way; nobody's answer is a failure", async () => {
  for (const via of ["links", "serf", "auto"]) {
    const asked = await runAt(agents[0], ["query", "version", "--via", via, "--ack"]);
    expect(lines(asked.out)).toEqual(["p1  2.1", "p1  got it", "p2  2.1", "p2  got it"]);
  }
  const nobody = await runAt(agents[0], ["query", "unheard", "--timeout", "20000"]);
  expect(nobody).toMatchObject({ code: 1, out: "" });
  expect(nobody.err).toMatch(/do not answer it: p1, p2\n$/);
  const strict = ["query", "version", "--all"];
  expect(await runAt(agents[0], strict)).toMatchObject({ code: 0 });
  for (const more of [["--node=p1", "--node=p9"], ["--tag=role=none"]]) {
    expect(await runAt(agents[0], [...strict, ...more])).toMatchObject({ code: 1 });
  }
  const json = await runAt(agents[0], ["query", "version", "--node", "p2", "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({
    acks: ["p2"],
    answers: [{ from: "p2", text: "2.1" }],
    summary: { ended: "complete", askedCount: 1, counts: { answered: 1 } },
  });
});

test("an info is waited for until it is everywhere, with the evidence", async () => {
  const [one, two] = agents;
  two.node.infos.watch("*", () => {});
  await runAt(one, ["info", "set", "flag", "on"]);
  const waited = await runAt(one, ["info", "everywhere", "flag"]);
  expect(waited.code).toBe(0);
  const [head, ...table] = waited.out.trimEnd().split("\n");
  expect(head).toMatch(/^Everywhere: 2 of 2 members are known to have p1#\d+:1\.$/);
  expect(table[1]).toMatch(/^p1#\d+ +held +own +in memory +\d{4}-/);
  expect(table[2]).toMatch(/^p2#\d+ +held +asked +in memory +\d{4}-/);
  const late = ["info", "everywhere", "flag", "--view", "p2,p9", "--timeout", "100"];
  const short = await runAt(one, late);
  expect(short.code).toBe(1);
  expect(short.out).toMatch(/^Not everywhere: 1 of 2 members/);
  expect(short.out).toMatch(/p9 +missing +nobody of this name lives/);
  expect(await runAt(one, ["info", "everywhere", "none"])).toMatchObject({ code: 1, out: "" });
  expect(await runAt(one, ["info", "everywhere", "flag", "--proof", "x"])).toMatchObject({
    code: 2,
  });
});
