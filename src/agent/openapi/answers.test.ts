import { afterAll, beforeAll, expect, test } from "vitest";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import { raft } from "../node.ts";
import { type Agent, runAgent } from "../run-agent.ts";
import { docOf, routeDocs } from "./route-catalog.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let agent: Agent;

beforeAll(async () => {
  const transport = memoryNetwork();
  const orderer = raft({ voters: ["p1"], storage: "memory" });
  const node = { name: "p1", transport, bind: "127.0.0.1:0", orderer } as const;
  agent = await runAgent({ node, admin: "127.0.0.1:0", logger: silent });
  await agent.node.order.ready();
  await agent.node.infos.set("k", { a: 1 }, { ttlMs: 60_000 });
  await agent.node.state.set("role", "db");
  for (const path of ["v1/logs/log", "v1/order/logs/log", "v1/ledgers/ledger"]) {
    await send("POST", path, { value: 1 });
  }
  await send("PUT", "v1/versions/store/k", { value: 1 });
});
afterAll(() => agent.stop());

async function send(method: string, path: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const init = { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${agent.adminUrl}/${path}`, init);
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
}

/** What stands for the parameters of a route. */
const parameters: Readonly<Record<string, string>> = {
  name: "p1",
  member: "p1",
  store: "store",
  log: "log",
  ledger: "ledger",
  which: "0",
  index: "1",
};
/** Routes of what a node must be started with, and of messages that it must have got. */
const ELSEWHERE = /\/(info-network|aggregates\/|traces|overlays|suspicions)/;

const asked = Object.keys(routeDocs).filter((route) => {
  return route.startsWith("GET") && typeof docOf(route)?.answer === "object";
});

test.each(asked.filter((route) => !ELSEWHERE.test(route)))(
  "%s answers as documented",
  async (route) => {
    const path = route.slice(4).replace("/state/:member/:key", "/state/p1/role");
    const update = `replica=versions/store&seq=1&origin=${encodeURIComponent(agent.node.origin)}`;
    const filled = path
      .replace("/v1/everywhere", `/v1/everywhere?${update}`)
      .replaceAll(":key", "k")
      .replaceAll(/:(\w+)/g, (_, name: string) => parameters[name] ?? name);
    const response = await fetch(`${agent.adminUrl}${filled}`);
    const body: unknown = JSON.parse(await response.text());
    expect([response.status, body]).toEqual([200, body]);
    const answer = docOf(route)?.answer;
    if (typeof answer === "object") expect(answer.parse(body)).toEqual(body);
  },
);

test("an ordered entry tells its vector clock", async () => {
  const response = await fetch(`${agent.adminUrl}/v1/order/logs/log`);
  const { entries } = JSON.parse(await response.text());
  expect(entries).toMatchObject([{ vectorClock: { [agent.node.origin]: 1 } }]);
});
