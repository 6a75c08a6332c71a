import { afterEach, beforeEach, expect, test } from "vitest";
import type { Agent } from "../agent/run-agent.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { runAt, startTwoAgents } from "./agents-rig.ts";
import { FakeIo } from "./fake-io.ts";
import { runCli } from "./run-cli.ts";

let agents: readonly [Agent, Agent];

beforeEach(async () => {
  agents = await startTwoAgents(memoryNetwork());
});

afterEach(async () => {
  for (const agent of agents) await agent.stop();
});

const log = (at: 0 | 1, ...args: readonly string[]) => runAt(agents[at], ["log", ...args]);

const tokenIn = (out: string): string => /^after (.+)$/m.exec(out)?.[1] ?? "";

test("entries appended on one agent are read on another, a reply behind its cause", async () => {
  const post = await log(0, "append", "chat", "post");
  expect(post).toMatchObject({ code: 0, err: "" });
  expect(post.out).toMatch(/^appended as p1#\d+:1\nafter \S+\n$/);
  const reply = await log(1, "append", "chat", '{"re":1}', "--after", tokenIn(post.out), "--json");
  const { after, status } = JSON.parse(reply.out);
  expect(status).toBe("written");
  const tail = await log(0, "tail", "chat", "--after", after);
  expect(
    tail.out.split("\n").map((line) => line.split("  ").filter((_, part) => part !== 1)),
  ).toEqual([["0", "p1", '"post"'], ["1", "p2", '{"re":1}'], [""]]);
  const last = JSON.parse((await log(1, "tail", "chat", "--count", "1", "--json")).out);
  expect(last).toMatchObject({ status: "ok", next: 2, entries: [{ index: 1, value: { re: 1 } }] });
  expect((await log(0, "tail", "other")).out).toBe("The log is empty here.\n");
});

test("an id is appended once, and a total order needs no leader", async () => {
  const first = await log(0, "append", "moves", "e2e4", "--order", "total", "--id", "m1");
  expect(first.out).toMatch(/^appended/);
  expect((await log(0, "append", "moves", "e2e4", "--id", "m1")).out).toMatch(/^known already/);
});

test("a log is followed", async () => {
  const io = new FakeIo();
  const url = agents[0]?.adminUrl ?? "";
  const following = runCli(["log", "tail", "chat", "--follow", "--json", "--admin", url], io);
  for (const word of ["a", "b"]) await log(0, "append", "chat", word);
  await expect.poll(() => io.stdout).toContain('"b"');
  await agents[0]?.stop();
  expect(await following).toBe(1);
});

test.each([
  [["append", "chat"], "Say which value"],
  [["show", "chat"], "none of append and tail"],
  [["tail", "chat", "--count", "0"], "whole number"],
  [["append", "chat", "x", "--order", "any"], "order"],
])("%j is refused", async (args, why) => {
  const { code, err } = await log(0, ...args);
  expect([code, err]).toEqual([2, expect.stringContaining(why)]);
});

test("a token that is none is refused", async () => {
  const { code, err } = await log(0, "append", "chat", "x", "--after", "none");
  expect([code, err]).toEqual([1, expect.stringContaining("TOKEN_INVALID")]);
});
