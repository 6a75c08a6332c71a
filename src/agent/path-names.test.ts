import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nameOfSegment, pathSegment } from "../core/path-name.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { AdminTokens } from "./access/admin-tokens.ts";
import { AdminClient } from "./admin-client.ts";
import { raft } from "./node.ts";
import { type Agent, runAgent } from "./run-agent.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const odd = [
  ".",
  "..",
  "~.",
  "~..",
  "~~.",
  "...",
  "~",
  "~x",
  "%2E",
  "%2e%2e",
  "a/../b",
  "a b",
  "ä",
];
let agent: Agent;
let writer: AdminClient;
let reader: AdminClient;

beforeAll(async () => {
  const orderer = raft({ voters: ["."], storage: "memory" });
  const node = { name: ".", transport: memoryNetwork(), bind: "127.0.0.1:0", orderer } as const;
  const tokens = new AdminTokens([
    { role: "write", token: "writer" },
    { role: "read", token: "reader" },
  ]);
  agent = await runAgent({ node, admin: "127.0.0.1:0", logger: silent, tokens });
  await agent.node.order.ready();
  writer = new AdminClient({ url: agent.adminUrl, token: "writer" });
  reader = new AdminClient({ url: agent.adminUrl, token: "reader" });
});
afterAll(() => agent.stop());

const texts = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom(...odd),
  fc
    .array(fc.constantFrom("~", ".", "%"), { minLength: 1, maxLength: 5 })
    .map((all) => all.join("")),
);

test("any name is one segment of a path, and is read as it was", () => {
  fc.assert(
    fc.property(texts, texts, (name, key) => {
      const url = new URL(`v1/versions/${pathSegment(name)}/${pathSegment(key)}`, "http://x/");
      const [, v1, versions, ...rest] = url.pathname.split("/");
      expect([v1, versions]).toEqual(["v1", "versions"]);
      expect(rest.map(decodeURIComponent).map(nameOfSegment)).toEqual([name, key]);
    }),
  );
});

test.each([".", "..", "~..", "%2E"])(
  "what is called %j is reached as anything else",
  async (name) => {
    const published = await writer.publish(name, 1);
    expect(published.topic).toBe(name);
    await writer.setInfo(name, { value: `info ${name}` });
    expect((await reader.info(name)).value).toBe(`info ${name}`);
    await writer.setState(name, { value: `state ${name}` });
    expect((await reader.state(".", name)).value).toBe(`state ${name}`);
    await writer.putVersion(name, name, { value: `version ${name}` });
    const { siblings } = await reader.version(name, name);
    expect(siblings.map(({ value }) => value)).toEqual([`version ${name}`]);
    await writer.removeInfo(name);
    await expect(reader.info(name)).rejects.toMatchObject({ code: "INFO_UNKNOWN" });
  },
);

test("logs, ledgers and members are, too", async () => {
  await writer.appendToLog("..", { value: "a" });
  expect((await reader.log("..", {})).entries.map(({ value }) => value)).toEqual(["a"]);
  await writer.appendOrdered("..", { value: "b" });
  expect((await reader.orderedLog("..", {})).entries.map(({ value }) => value)).toEqual(["b"]);
  expect((await reader.near(".")).from).toBe(".");
  await expect(reader.ledger("..")).rejects.toMatchObject({ code: "ADMIN_NOT_FOUND" });
});
