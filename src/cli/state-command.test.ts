import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeNode } from "../agent/fake-node.ts";
import type { Agent } from "../agent/run-agent.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";

let fake: FakeNode;
let agent: Agent;

beforeEach(async () => {
  fake = new FakeNode("p1");
  agent = await startFakeAgent(fake);
});

afterEach(() => agent.stop());

const state = (...args: readonly string[]) => runAt(agent, ["state", ...args]);

test("the own state is set, read, listed and removed", async () => {
  fake.state.of("p2").values.set("role", { kind: "web" });
  expect(await state("set", "role", "db", "--ttl", "60s")).toMatchObject({ code: 0, err: "" });
  await state("set", "load", "0.5");
  expect(fake.state.values.get("load")).toBe(0.5);
  expect((await state("get", "role")).out).toBe('"db"\n');
  expect((await state("get", "role", "--member", "p2")).out).toBe('{"kind":"web"}\n');
  const listed = await state("ls");
  expect(listed.out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["MEMBER", "KEY", "VALUE"],
    ["p1", "load", "0.5"],
    ["p1", "role", '"db"'],
    ["p2", "role", '{"kind":"web"}'],
    [""],
  ]);
  const json = JSON.parse((await state("ls", "ro*", "--member", "p2", "--json")).out);
  expect(json).toMatchObject({ states: [{ member: "p2", key: "role", dot: { origin: "p2#7" } }] });
  expect((await state("rm", "role")).out).toBe("deleted role\n");
  expect((await state("get", "role")).err).toMatch(/STATE_UNKNOWN.*p1.*role/);
  expect(await state("rm", "role")).toMatchObject({ code: 1 });
  expect((await state("ls", "none*")).out).toBe("No key fits.\n");
});

test("what makes no sense is a usage error", async () => {
  expect(await state("sing")).toMatchObject({ code: 2 });
  expect(await state("set", "a")).toMatchObject({ code: 2 });
  expect(await state("get")).toMatchObject({ code: 2 });
  expect((await state("set", "a", "1", "--member", "p2")).err).toMatch(/Nobody writes the state/);
});
