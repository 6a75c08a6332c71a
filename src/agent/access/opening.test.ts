import { afterAll, beforeAll, expect, test } from "vitest";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import { raft } from "../node.ts";
import { type Agent, runAgent } from "../run-agent.ts";
import { AdminTokens } from "./admin-tokens.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let agent: Agent;

beforeAll(async () => {
  const orderer = raft({ voters: ["p1"], storage: "memory" });
  const transport = memoryNetwork();
  const tokens = new AdminTokens([
    { role: "read", token: "reader" },
    { role: "write", token: "writer" },
  ]);
  const node = { name: "p1", transport, bind: "127.0.0.1:0", orderer } as const;
  agent = await runAgent({ node, admin: "127.0.0.1:0", logger: silent, tokens });
  await agent.node.order.ready();
});
afterAll(() => agent.stop());

async function ask(token: string, path: string, method = "GET", body?: object) {
  const response = await fetch(`${agent.adminUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return [response.status, await response.text()] as const;
}

test.each([
  ["/v1/versions/a%20store", "PUT", "/v1/versions/a%20store/k"],
  ["/v1/versions/a%20store/k", "PUT", "/v1/versions/a%20store/k"],
  ["/v1/logs/chat", "POST", "/v1/logs/chat"],
  ["/v1/ledgers/audit", "POST", "/v1/ledgers/audit"],
  ["/v1/order/logs/orders", "POST", "/v1/order/logs/orders"],
])("who may only read has %s once it is there, and makes none", async (path, method, write) => {
  const fresh = path.replace(/(versions|logs|ledgers)\/[^/]+/, "$1/unheard-of");
  for (const how of ["GET", "HEAD"]) expect((await ask("reader", fresh, how))[0]).toBe(404);
  const [status, text] = await ask("reader", fresh);
  expect([status, JSON.parse(text).message]).toEqual([
    404,
    expect.stringMatching(/unheard-of.*wri/),
  ]);
  expect(agent.node.replicas.list().filter(({ replica }) => /unheard/.test(replica))).toEqual([]);
  expect(agent.node.order.status().machines.join()).not.toContain("unheard");
  expect((await ask("writer", write, method, { value: 1 }))[0]).toBe(200);
  expect((await ask("reader", path))[0]).toBe(200);
});

test("who may write opens what there was not, for what comes", async () => {
  expect((await ask("writer", "/v1/versions/fresh"))[0]).toBe(200);
  expect((await ask("reader", "/v1/versions/fresh"))[0]).toBe(200);
});
