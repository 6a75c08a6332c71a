import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeNode } from "../agent/fake-node.ts";
import type { Agent } from "../agent/run-agent.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";
import { FakeIo } from "./fake-io.ts";
import { runCli } from "./run-cli.ts";

let fake: FakeNode;
let agent: Agent;

beforeEach(async () => {
  fake = new FakeNode("p1");
  agent = await startFakeAgent(fake);
});

afterEach(() => agent.stop());

const info = (...args: readonly string[]) => runAt(agent, ["info", ...args]);

test("infos are set, read, listed and removed", async () => {
  expect(await info("set", "load:p1", "0.5", "--ttl", "60s")).toMatchObject({ code: 0, err: "" });
  await info("set", "load:p2", "idle");
  await info("set", "other", '{"a":[1]}');
  expect(fake.infos.values.get("load:p2")).toBe("idle");
  expect((await info("get", "load:p1")).out).toBe("0.5\n");
  expect((await info("get", "other")).out).toBe('{"a":[1]}\n');
  const listed = await info("ls", "load:*");
  expect(listed.out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["KEY", "VALUE", "FROM", "ENDS"],
    ["load:p1", "0.5", "p1", "never"],
    ["load:p2", '"idle"', "p1", "never"],
    [""],
  ]);
  const json = JSON.parse((await info("ls", "--json")).out);
  expect(json).toMatchObject({ cursor: "p1#7:3", infos: [{ key: "load:p1", value: 0.5 }, {}, {}] });
  expect((await info("rm", "load:p1")).out).toBe("deleted load:p1\n");
  expect(await info("get", "load:p1")).toMatchObject({ code: 1 });
  expect((await info("get", "load:p1")).err).toMatch(/INFO_UNKNOWN.*load:p1/);
  expect(await info("rm", "load:p1")).toMatchObject({ code: 1 });
  expect((await info("ls", "none*")).out).toBe("No key fits.\n");
});

test("infos are watched, first those that there are", async () => {
  await info("set", "a", "1");
  const io = new FakeIo();
  const watching = runCli(["info", "watch", "*", "--json", "--admin", agent.adminUrl], io);
  await expect.poll(() => io.stdout).toContain('"what":"set"');
  await info("rm", "a");
  await expect.poll(() => io.stdout).toContain('"what":"delete"');
  await agent.stop();
  expect(await watching).toBe(0);
  const lines = io.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const told = lines.map(({ kind, what }) => what ?? kind);
  expect(told).toEqual(["ready", "set", "delete", "end"]);
  expect(lines[1]).toMatchObject({ kind: "info", key: "a", value: 1, cursor: "p1#7:1" });
});

test.each([
  [["set"], "Say which key"],
  [["set", "k"], "Say which value"],
  [["put", "k", "1"], "none of set, get, rm, ls, watch, everywhere, status and sentinel"],
  [["set", "k", "1", "--ttl", "soon"], "a time such as 500ms"],
  [["set", "k", "1", "--ttl", "0s"], "a time such as 500ms"],
])("%j is refused with 2", async (args, hint) => {
  const { code, err, out } = await info(...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(hint);
});
