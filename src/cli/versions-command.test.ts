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

const versions = (...args: readonly string[]) => versionsAt(0, ...args);
const versionsAt = (at: 0 | 1, ...args: readonly string[]) =>
  runAt(agents[at], ["versions", ...args]);

const contextIn = (out: string): string => /^context (.+)$/m.exec(out)?.[1] ?? "";

test("values are put, read with their context, replaced and removed", async () => {
  const first = await versions("put", "cart", "ann", '["bread"]');
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/^written\ncontext \S+\n$/);
  const read = await versions("get", "cart", "ann");
  expect(read.out).toMatch(/^VALUE +FROM +WRITTEN\n\["bread"\] +p1 +\S+Z\ncontext \S+\n$/);
  const blind = await versions("put", "cart", "ann", "milk");
  expect(blind).toMatchObject({ code: 1, out: "" });
  expect(blind.err).toMatch(/VERSION_REFUSED.*something else was written.*--context/);
  const context = contextIn(read.out);
  const second = await versions("put", "cart", "ann", "milk", "--context", context);
  expect(second.code).toBe(0);
  const json = JSON.parse((await versions("get", "cart", "ann", "--json")).out);
  expect(json).toMatchObject({ store: "cart", key: "ann", values: ["milk"] });
  expect((await versions("put", "cart", "bob", "1", "--context", context)).err).toMatch(
    /CONTEXT_INVALID.*"bob" of cart/,
  );
  expect((await versions("ls", "cart")).out).toMatch(/^KEY +CONFLICT *\nann *\n$/);
  expect(JSON.parse((await versions("ls", "cart", "b*", "--json")).out)).toEqual({
    store: "cart",
    keys: [],
  });
  expect((await versions("rm", "cart", "ann")).code).toBe(1);
  expect((await versions("rm", "cart", "ann", "--context", json.context)).out).toMatch(/^written/);
  expect((await versions("get", "cart", "ann")).out).toMatch(/^No value.\ncontext/);
  expect((await versions("rm", "cart", "nobody")).out).toMatch(/^nothing to delete/);
  expect((await versions("ls", "cart")).out).toBe("No key fits.\n");
});

test("an agent that hears of a store for the first time knows what others hold of it", async () => {
  await versions("put", "cart", "ann", '["bread"]');
  expect(JSON.parse((await versionsAt(1, "get", "cart", "ann", "--json")).out)).toMatchObject({
    values: [["bread"]],
    siblings: [{ from: "p1" }],
  });
});

test.each([
  [["get", "cart"], "Say which key"],
  [["put", "cart", "k"], "Say which value"],
  [["put", "cart", "k", "1", "2"], "Too many words"],
  [["set", "cart", "k", "1"], "none of get, put, rm and ls"],
])("%j is refused with 2", async (args, hint) => {
  const { code, err, out } = await versions(...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(hint);
});
