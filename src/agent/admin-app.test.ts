import { beforeEach, expect, test } from "vitest";
import { HearsayError } from "../core/errors.ts";
import type { Logger } from "../node/api.ts";
import { AdminTokens, type GivenToken } from "./access/admin-tokens.ts";
import { keyId } from "./access/key-id.ts";
import { type AdminApp, adminApp } from "./admin-app.ts";
import { FakeNode, fakeMember } from "./fake-node.ts";
import { docOf, routeDocs } from "./openapi/route-catalog.ts";

const logged: string[] = [];
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (message) => void logged.push(message),
};
const host = { host: "127.0.0.1:7980" };
const json = { "content-type": "application/json" };

let fake: FakeNode;
let app: AdminApp;

beforeEach(() => {
  fake = new FakeNode("p1");
  app = makeApp();
  logged.length = 0;
});

interface Choice {
  readonly tokens?: readonly GivenToken[];
  readonly bodyMaxBytes?: number;
  readonly clients?: number;
  readonly requestsPerSecond?: number;
}

function makeApp(options: Choice = {}) {
  return adminApp(fake.node, {
    tokens: new AdminTokens(options.tokens),
    version: "1.2.3",
    logger,
    leave: async () => ({ name: "p1", end: "left" }),
    limits: {
      ...(options.bodyMaxBytes === undefined ? {} : { bodyMaxBytes: options.bodyMaxBytes }),
      ...(options.requestsPerSecond === undefined
        ? {}
        : { requestsPerSecond: options.requestsPerSecond }),
      ...(options.clients === undefined ? {} : { watchClientsMaxCount: options.clients }),
    },
  });
}

async function get(path: string, headers: Record<string, string> = {}) {
  const request = new Request(`http://x${path}`, { headers: { ...host, ...headers } });
  const answered = await answerOf(await app.fetch(request));
  expectDocumented("GET", path, answered);
  return answered;
}

async function post(path: string, body: unknown, headers: Record<string, string> = json) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request = { method: "POST", headers: { ...host, ...headers }, body: text };
  const answered = await answerOf(await app.fetch(new Request(`http://x${path}`, request)));
  expectDocumented("POST", path, answered);
  return answered;
}

async function answerOf(response: Response) {
  const body: unknown = JSON.parse(await response.text());
  return { status: response.status, body };
}

/** What was answered is what the document says of this route, and no more. */
function expectDocumented(method: string, path: string, { status, body }: Answered): void {
  if (status !== 200) return;
  const route = app.routes.find((one) => {
    const pattern = one.split(" ")[1]!.replaceAll(/:\w+/g, "[^/]+");
    return one.startsWith(method) && new RegExp(`^${pattern}$`).test(path.split("?")[0]!);
  });
  const answer = docOf(route ?? "")?.answer;
  if (typeof answer === "string") return;
  expect(answer?.parse(body), route).toEqual(body);
}

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

const refused = (status: number, code: string) => ({
  status,
  body: { code, message: expect.not.stringContaining(code) },
});

test("status counts members by status and tells of keys", async () => {
  fake.members.set("p2", fakeMember("p2", { status: "failed" }));
  fake.keys = ["AAAAAAAAAAAAAAAAAAAAAA=="];
  const { status, body } = await get("/v1/status");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    name: "p1",
    version: "1.2.3",
    pid: process.pid,
    keys: 1,
    order: "none",
    members: { alive: 1, suspect: 0, leaving: 0, left: 0, failed: 1 },
  });
});

test("members, view and metrics are the node's own", async () => {
  const members = await get("/v1/members");
  expect(members.body).toMatchObject({ local: "p1", members: [{ name: "p1", status: "alive" }] });
  expect((await get("/v1/view")).body).toMatchObject({ protocol: "swim", size: 0 });
  expect((await get("/v1/metrics")).body).toEqual({ probesCount: 3, watchClientsCount: 0 });
});

test("why gives the evidence of a known member and refuses an unknown one", async () => {
  fake.members.set("a/b", fakeMember("a/b", { status: "suspect" }));
  fake.evidence.set("a/b", [{ at: 5, what: "suspect", by: "p1", text: "p1 suspects a/b." }]);
  expect((await get("/v1/members/a%2Fb/why")).body).toEqual({
    name: "a/b",
    status: "suspect",
    evidence: [{ at: 5, what: "suspect", by: "p1", text: "p1 suspects a/b." }],
  });
  expect(await get("/v1/members/nobody/why")).toEqual(refused(404, "MEMBER_UNKNOWN"));
});

test("join tells of each address and fails only when none answered", async () => {
  const some = await post("/v1/join", { addresses: ["127.0.0.1:1", "bad:2"] });
  expect(some.body).toEqual({
    joined: 1,
    addresses: [
      { address: "127.0.0.1:1", joined: true },
      { address: "bad:2", joined: false, error: "bad:2 did not answer." },
    ],
  });
  expect(await post("/v1/join", { addresses: ["bad:2"] })).toEqual(refused(502, "JOIN_FAILED"));
  expect(await post("/v1/join", {})).toEqual(refused(400, "ADMIN_BAD_REQUEST"));
});

test("leave and forced leave reach the node", async () => {
  expect((await post("/v1/leave", {})).body).toEqual({ name: "p1", end: "left" });
  fake.members.set("p2", fakeMember("p2", { status: "failed" }));
  await post("/v1/members/p2/leave", { prune: true });
  expect(fake.calls).toContainEqual(["forceLeave", "p2", { prune: true }]);
  const unknown = await post("/v1/members/p3/leave", {});
  expect(unknown).toEqual(refused(404, "MEMBER_UNKNOWN"));
});

test("publish carries values that JSON cannot say", async () => {
  const seen: unknown[] = [];
  fake.node.topic("Commit").subscribe((message) => seen.push(message.value));
  const value = { key: "Doom", value: { $bytes: "AQI=" }, at: { $bigint: "12" } };
  const { body } = await post("/v1/publish/Commit", { value });
  expect(body).toEqual({ topic: "Commit", dot: { origin: "p1#7", seq: 1 }, durable: false });
  expect(seen).toEqual([{ key: "Doom", value: new Uint8Array([1, 2]), at: 12n }]);
  expect(await post("/v1/publish/Commit", {})).toEqual(refused(400, "ADMIN_BAD_REQUEST"));
});

test("events and queries go out; answers come back as text and base64", async () => {
  await post("/v1/event", { name: "deploy", payload: "v2" });
  expect(fake.calls).toContainEqual(["event", "deploy", "v2", { coalesce: false }]);
  fake.node.serf.onQuery((query) => void query.respond(new Uint8Array([255])));
  fake.node.serf.onQuery((query) => void query.respond("ok"));
  const { body } = await post("/v1/query", { name: "load", ack: true, timeoutMs: 50 });
  expect(body).toEqual({
    acks: ["p1"],
    answers: [
      { from: "p1", base64: "/w==" },
      { from: "p1", base64: "b2s=", text: "ok" },
    ],
  });
  expect(fake.calls).toContainEqual(["query", "load", "", { ack: true, timeoutMs: 50 }]);
});

test("the keyring is driven by ids and never given out", async () => {
  const [first, second] = ["AAAAAAAAAAAAAAAAAAAAAA==", "AQEBAQEBAQEBAQEBAQEBAQ=="] as const;
  fake.keys = [first];
  const installed = await post("/v1/keyring/install", { key: second });
  expect(installed.body).toEqual({
    keys: [
      { id: keyId(first), primary: true },
      { id: keyId(second), primary: false },
    ],
  });
  await post("/v1/keyring/use", { key: keyId(second) });
  expect(fake.keys[0]).toBe(second);
  await post("/v1/keyring/remove", { key: first });
  expect(fake.keys).toEqual([second]);
  expect(await post("/v1/keyring/use", { key: first })).toEqual(refused(400, "KEY_UNKNOWN"));
  expect(JSON.stringify((await get("/v1/keyring")).body)).not.toContain(second);
});

test("a web page can neither send requests nor use a name of its own", async () => {
  const forbidden = refused(403, "ADMIN_FORBIDDEN");
  expect(await get("/v1/status", { host: "evil.example:7980" })).toEqual(forbidden);
  expect(await get("/v1/status", { host: "127.0.0.1.evil.example" })).toEqual(forbidden);
  expect(await get("/v1/status", { origin: "http://evil.example" })).toEqual(forbidden);
  expect(await get("/v1/status", { origin: "null" })).toEqual(forbidden);
  expect(await get("/v1/watch", { "sec-fetch-site": "cross-site" })).toEqual(forbidden);
  const plain = { "content-type": "text/plain" };
  expect(await post("/v1/leave", {}, plain)).toEqual(refused(415, "ADMIN_CONTENT_TYPE"));
  const own = await get("/v1/status", {
    origin: "http://127.0.0.1:7980",
    "sec-fetch-site": "same-origin",
  });
  expect(own.status).toBe(200);
});

test("with a token every request must show it, by whatever name the agent is reached", async () => {
  app = makeApp({ tokens: [{ role: "admin", token: "secret" }] });
  const elsewhere = { host: "db.internal:7980" };
  expect(await get("/v1/status", elsewhere)).toEqual(refused(401, "ADMIN_UNAUTHORIZED"));
  const wrong = { ...elsewhere, authorization: "Bearer secreT" };
  expect(await get("/v1/status", wrong)).toEqual(refused(401, "ADMIN_UNAUTHORIZED"));
  const [none, bad] = [await get("/v1/status", elsewhere), await get("/v1/status", wrong)];
  expect(none.body).toMatchObject({ message: expect.stringMatching(/set HEARSAY_TOKEN/) });
  expect(bad.body).toMatchObject({ message: expect.stringMatching(/none of this agent's/) });
  const right = { ...elsewhere, authorization: "Bearer secret" };
  expect((await get("/v1/status", right)).status).toBe(200);
});

test("a token may do what its role may, and no more", async () => {
  app = makeApp({
    tokens: [
      { role: "read", token: "r" },
      { role: "write", token: "w" },
      { role: "admin", token: "a" },
    ],
  });
  const of = (token: string) => ({ ...json, authorization: `Bearer ${token}` });
  const forbidden = refused(403, "ADMIN_FORBIDDEN");
  expect((await get("/v1/status", of("r"))).status).toBe(200);
  expect(await get("/v1/keyring", of("w"))).toEqual(forbidden);
  expect(await post("/v1/publish/t", { value: 1 }, of("r"))).toEqual(forbidden);
  expect((await post("/v1/publish/t", { value: 1 }, of("w"))).status).toBe(200);
  expect(await post("/v1/leave", {}, of("w"))).toEqual(forbidden);
  expect((await post("/v1/leave", {}, of("a"))).status).toBe(200);
});

test("a client that asks too often is told to wait; one that guesses tokens, sooner", async () => {
  app = makeApp({ requestsPerSecond: 3 });
  const statuses: number[] = [];
  for (let at = 0; at < 5; at += 1) statuses.push((await get("/v1/status")).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const response = await app.fetch(new Request("http://x/v1/status", { headers: host }));
  expect(response.headers.get("retry-after")).toBe("1");
  const other = await app.fetch(new Request("http://x/v1/status", { headers: host }), "10.0.0.9");
  expect(other.status).toBe(200);
  app = makeApp({ requestsPerSecond: 100, tokens: [{ role: "read", token: "r" }] });
  const guesses: number[] = [];
  for (let at = 0; at < 8; at += 1) {
    guesses.push((await get("/v1/status", { authorization: `Bearer ${at}` })).status);
  }
  expect(guesses.slice(0, 4)).toEqual([401, 401, 401, 401]);
  expect(guesses.at(-1)).toBe(429);
  expect((await get("/v1/status", { authorization: "Bearer r" })).status).toBe(200);
});

test("neither probes nor pages that are refused count as asking", async () => {
  app = makeApp({ requestsPerSecond: 2 });
  const page = { origin: "http://evil.example" };
  for (let at = 0; at < 5; at += 1) expect((await get("/v1/status", page)).status).toBe(403);
  for (let at = 0; at < 3; at += 1) await get("/v1/status");
  expect((await get("/v1/status")).status).toBe(429);
  expect((await get("/livez")).status).toBe(200);
});

test("probes need no token, and are told no more than they need", async () => {
  app = makeApp({ tokens: [{ role: "read", token: "r" }] });
  const pod = { host: "10.0.0.1:7980" };
  expect(await get("/livez", pod)).toEqual({ status: 200, body: { status: "live" } });
  await expect.poll(async () => (await get("/readyz", pod)).status).toBe(200);
  expect((await get("/readyz", pod)).body).toEqual({ status: "ready" });
  const told = await get("/readyz", { ...pod, authorization: "Bearer r" });
  expect(told.body).toMatchObject({ checks: [{ name: "node", ok: true }, {}, {}, {}] });
  app.readiness.leave();
  expect((await get("/readyz", pod)).status).toBe(503);
});

test("wrong requests are named: no JSON, too large, no such route", async () => {
  expect(await post("/v1/join", "{")).toEqual(refused(400, "ADMIN_BAD_REQUEST"));
  expect(await get("/v1/nothing")).toEqual(refused(404, "ADMIN_NOT_FOUND"));
  app = makeApp({ bodyMaxBytes: 100 });
  const large = await post("/v1/event", { name: "x", payload: "y".repeat(200) });
  expect(large).toEqual(refused(413, "ADMIN_TOO_LARGE"));
});

test("a bug of ours is logged and not shown", async () => {
  fake.node.serf.onQuery(() => {
    throw new Error("secret detail");
  });
  expect(await post("/v1/query", { name: "x" })).toEqual({
    status: 500,
    body: { code: "INTERNAL", message: expect.not.stringContaining("secret detail") },
  });
  expect(logged).toEqual(["an admin request failed"]);
});

test("errors of the node keep their code", async () => {
  fake.node.serf.onQuery(() => {
    throw new HearsayError("QUERY_TOO_LARGE", "A query may hold 1024 bytes.");
  });
  expect(await post("/v1/query", { name: "x" })).toEqual({
    status: 400,
    body: { code: "QUERY_TOO_LARGE", message: "A query may hold 1024 bytes." },
  });
});

test("every route but pages has a role and stands in the OpenAPI document, and no other", () => {
  const pages = new Set(["GET /", "GET /playground", "GET /licenses.md", "GET /assets/:file"]);
  const routes = app.routes.filter((route) => !pages.has(route));
  expect(new Set(Object.keys(routeDocs))).toEqual(new Set(routes));
});

test("the index says what this is", async () => {
  const response = await app.fetch(new Request("http://x/", { headers: host }));
  expect(await response.text()).toContain("admin API of a Hearsay node");
  expect(response.headers.get("cache-control")).toBe("no-store");
});
