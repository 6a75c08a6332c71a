/** Whoever reaches the admin port: broken JSON, absurd bodies and headers, endless requests. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminApp } from "../../src/agent/admin-app.ts";
import { type AdminServer, listenAdmin } from "../../src/agent/admin-server.ts";
import { agentDefaults } from "../../src/agent/agent.options.ts";
import { FakeNode } from "../../src/agent/fake-node.ts";
import { Random } from "../../src/core/random.ts";
import { heldBytes } from "./memory-curve.ts";
import { byteMutations } from "./mutation/byte-mutations.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const errors: string[] = [];
const fake = new FakeNode("p1");
const app = adminApp(fake.node, {
  version: "1.2.3",
  logger: { ...quiet, error: (message) => void errors.push(message) },
  leave: async () => ({ name: "p1", end: "left" }),
  limits: { bodyMaxBytes: 65_536 },
});
const CONNECTIONS_MAX_COUNT = 32;
let server: AdminServer;
/** As the other, but that it waits for nobody, which a slow machine takes for an attack. */
let hasty: AdminServer;

beforeAll(async () => {
  const place = { host: "127.0.0.1", port: 0 };
  const numbers = { ...agentDefaults, connectionsMaxCount: CONNECTIONS_MAX_COUNT };
  server = await listenAdmin(place, numbers);
  hasty = await listenAdmin(place, { ...numbers, requestTimeoutMs: 300 });
  for (const one of [server, hasty]) one.serve(app.fetch);
});
afterAll(() => Promise.all([server.close(), hasty.close()]));

const port = (): number => Number(new URL(server.url).port);
const routes = ["join", "publish/T", "event", "query", "keyring/install", "members/p1/leave"];
const bodies = [
  { addresses: ["127.0.0.1:7946"] },
  { value: { a: [1, "ü", null] } },
  { name: "deploy", payload: "AAAA", coalesce: true },
  { name: "load", payload: "", timeoutMs: 10, filters: {} },
  { key: "AAAAAAAAAAAAAAAAAAAAAA==" },
  { prune: true },
].map((body) => Buffer.from(JSON.stringify(body)));

/** Sends `bytes` as they are; what comes back until the server closes, or `waitMs` are over. */
function raw(bytes: Uint8Array | string, waitMs = 15_000, to = port()): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(to, "127.0.0.1", () => socket.write(bytes));
    const done = (): void => {
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(done, waitMs);
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.on("error", done);
  });
}

async function statusOf(path: string, body: Uint8Array): Promise<number> {
  const response = await fetch(`${server.url}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: Buffer.from(body),
  });
  await response.arrayBuffer();
  return response.status;
}

describe("the admin API", () => {
  it("answers mutated bodies with a status, and never with a failure of its own", async () => {
    const random = new Random(5);
    const mutations = Object.values(byteMutations);
    for (let at = 0; at < 600; at += 1) {
      const path = routes[at % routes.length] ?? "";
      const body = bodies[(at + random.below(2)) % bodies.length] ?? new Uint8Array(0);
      const mutate = mutations[random.below(mutations.length)];
      const other = bodies[random.below(bodies.length)] ?? body;
      const status = await statusOf(path, mutate?.(body, random, other) ?? body);
      expect([200, 400, 404, 409, 413, 502], `${path} ${at}`).toContain(status);
    }
    expect(errors).toEqual([]);
  });

  it.each([
    ["deep arrays", `{"value":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
    ["deep objects", `${'{"value":'.repeat(6_000)}1${"}".repeat(6_000)}`],
    ["a field of the language", '{"value":1,"__proto__":{"prune":true}}'],
    ["a number without end", `{"value":${"9".repeat(60_000)}}`],
    ["bytes that are no text", Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ["half a surrogate", '{"value":"\\ud800"}'],
  ])("takes %s for what they are", async (_, body) => {
    expect([200, 400]).toContain(await statusOf("publish/T", Buffer.from(body)));
    expect(errors).toEqual([]);
    expect(Reflect.has(Object.prototype, "prune")).toBe(false);
  });

  it("stops reading a body that grows beyond its bound", async () => {
    const before = heldBytes();
    const head = `POST /v1/event HTTP/1.1\r\nhost: 127.0.0.1:${port()}\r\n`;
    const chunked = `${head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    expect(await raw(chunked + chunk.repeat(20))).toMatch(/^HTTP\/1\.1 413 /);
    const lying = `${head}content-type: application/json\r\ncontent-length: 99999999999\r\n\r\n`;
    expect(await raw(`${lying}x`)).toMatch(/^HTTP\/1\.1 413 /);
    expect(heldBytes() - before).toBeLessThan(4 * 2 ** 20);
  });

  it.each([
    ["a header of 64 KiB", `GET / HTTP/1.1\r\nhost: x\r\na: ${"b".repeat(65_536)}\r\n\r\n`],
    ["ten thousand headers", `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(10_000)}\r\n`],
    ["no host", "GET /v1/status HTTP/1.1\r\n\r\n"],
    ["another's host", "GET /v1/status HTTP/1.1\r\nhost: evil.example\r\n\r\n"],
    ["no HTTP", "\u0016\u0003\u0001\u0000"],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    ],
    ["a path of escapes", "GET /v1/members/%ff%00%2e%2e/why HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"],
    ["a path that is none", "GET http://[ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"],
  ])("refuses %s", async (_, request) => {
    const answer = await raw(request, 700);
    expect(answer === "" || /^HTTP\/1\.1 4\d\d /.test(answer), answer.slice(0, 80)).toBe(true);
    expect(errors).toEqual([]);
  });

  it("lets nobody keep it busy by never ending a request", async () => {
    const head = "POST /v1/event HTTP/1.1\r\nhost: x\r\n";
    const body = `${head}content-type: application/json\r\ncontent-length: 9\r\n\r\n{`;
    const to = Number(new URL(hasty.url).port);
    const slow = Array.from({ length: 40 }, (_, at) => raw(at % 2 === 0 ? head : body, 15_000, to));
    // All but those that were one too many are told that they are late, and make room.
    const answers = await Promise.all(slow);
    const told = answers.filter((answer) => /^HTTP\/1\.1 4(08|03) /.test(answer)).length;
    expect(told).toBe(CONNECTIONS_MAX_COUNT);
    expect((await fetch(`${hasty.url}/v1/status`)).status).toBe(200);
  });
});
