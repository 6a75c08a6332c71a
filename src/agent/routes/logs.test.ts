import { afterEach, expect, test } from "vitest";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import type { Agent } from "../run-agent.ts";
import type { LogAnswer, LogAppendAnswer, LogEntryAnswer, LogsAnswer } from "./logs.messages.ts";
import { asked, startAgents } from "./routes-rig.ts";

let agents: Agent[] = [];

afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
});

const append = (at: number, value: string, more: object = {}): Promise<LogAppendAnswer> =>
  asked(agents[at]!, "/v1/logs/chat", { method: "POST", body: { value, ...more } });

/** By value, the values of the direct causes. */
async function graph(at: number, query: string): Promise<Readonly<Record<string, unknown>>> {
  const { entries } = await asked<LogAnswer>(agents[at]!, `/v1/logs/chat?${query}`);
  const name = ({ origin, seq }: LogEntryAnswer["dot"]): string => `${origin}:${seq}`;
  const byDot = new Map(entries.map(({ dot, value }) => [name(dot), value]));
  const causesOf = (entry: LogEntryAnswer) =>
    entry.causes?.map((dot) => byDot.get(name(dot)) ?? "?");
  return Object.fromEntries(entries.map((entry) => [String(entry.value), causesOf(entry)?.sort()]));
}

test("two that knew nothing of each other, and a third that saw both", async () => {
  agents = await startAgents(memoryNetwork(), ["p1", "p2", "p3"]);
  const root = await append(0, "root");
  // Each has seen the root and no more, whatever its agent has heard meanwhile.
  const one = await append(0, "one", { after: root.after });
  const other = await append(1, "other", { after: root.after });
  for (const { after } of [one, other]) {
    const read = await asked<LogAnswer>(agents[2]!, `/v1/logs/chat?after=${after}`);
    expect(read.status).toBe("ok");
  }
  const both = await append(2, "both");
  await append(2, "next");
  const last = await append(2, "for itself", { after: "nothing" });
  await append(2, "whenever", { order: "commutative" });
  expect(both.status).toBe("written");
  const wanted = {
    root: [],
    one: ["root"],
    other: ["root"],
    both: ["one", "other"],
    next: ["both"],
    "for itself": [],
    whenever: [],
  };
  expect(await graph(2, "count=1000")).toEqual(wanted);
  // The same on a node that only heard of it.
  const heard = `after=${last.after}`;
  await expect.poll(async () => Object.keys(await graph(0, heard)).length).toBe(7);
  expect(await graph(0, heard)).toEqual(wanted);
});

test("pages of a log, and the logs that there are", async () => {
  agents = await startAgents(memoryNetwork(), ["p1"]);
  for (let at = 0; at < 5; at += 1) await append(0, `v${at}`);
  const page = async (query: string) => {
    const answer = await asked<LogAnswer>(agents[0]!, `/v1/logs/chat?${query}`);
    return [answer.entries.map(({ index }) => index), answer.first, answer.next, answer.end];
  };
  expect(await page("count=2")).toEqual([[3, 4], 0, 5, 5]);
  expect(await page("from=1&count=2")).toEqual([[1, 2], 0, 3, 5]);
  expect(await page("from=9")).toEqual([[], 0, 9, 5]);
  const { logs } = await asked<LogsAnswer>(agents[0]!, "/v1/logs");
  expect(logs).toEqual([{ name: "chat", isOpen: true, nodesCount: 1 }]);
});
