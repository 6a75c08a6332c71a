/** A real node behind a real admin API with tokens, and what it may answer and write down. */
import { expect } from "vitest";
import { z } from "zod";
import { type AdminRole, AdminTokens } from "../../../src/agent/access/admin-tokens.ts";
import { type AdminApp, adminApp } from "../../../src/agent/admin-app.ts";
import { errorAnswer } from "../../../src/agent/openapi/answers.ts";
import { docOf } from "../../../src/agent/openapi/route-catalog.ts";
import { errorCodes } from "../../../src/core/errors.ts";
import type { HearsayNode } from "../../../src/node/api.ts";
import { raft } from "../../../src/node/orderer/raft-choice.ts";
import { startNode } from "../../../src/node/start-node.ts";
import { memoryNetwork } from "../../../src/transport/memory/memory.ts";
import { type Asked, type Asker, documentedStatuses, roleOf } from "./requests.ts";

const tokens: Readonly<Record<AdminRole, string>> = {
  read: "tokenOfTheReader-0123456789",
  write: "tokenOfTheWriter-0123456789",
  admin: "tokenOfTheAdmin-01234567890",
};
const guessed = "tokenOfNobody-0123456789012";
const gossipKey = Buffer.from("the key of this gossip is secret").toString("base64");
const secrets = [...Object.values(tokens), guessed, gossipKey];
const roles = ["read", "write", "admin"] as const;
const codes: readonly string[] = [...Object.keys(errorCodes), "INTERNAL"];

const asError = z.strictObject(errorAnswer.shape);
const EVENT_FORM = /^(event|data|id|retry|:)/;
const WAIT_MAX_MS = 100;

export class AskedAgent {
  readonly node: HearsayNode;
  readonly written: string[];
  private readonly app: AdminApp;

  private constructor(node: HearsayNode, written: string[]) {
    this.node = node;
    this.written = written;
    const note = (...what: unknown[]) => void written.push(JSON.stringify(what));
    this.app = adminApp(node, {
      tokens: new AdminTokens(roles.map((role) => ({ role, token: tokens[role] }))),
      version: "0.0.0",
      logger: { debug: note, info: note, warn: note, error: note },
      leave: async () => ({ name: node.name, end: "left" }),
      limits: {
        bodyMaxBytes: 65_536,
        requestsPerSecond: 1e9,
        wrongTokenRequestsCount: 0,
        joinTimeoutMs: WAIT_MAX_MS,
      },
    });
  }

  static async start(): Promise<AskedAgent> {
    const written: string[] = [];
    const note = (...what: unknown[]) => void written.push(JSON.stringify(what));
    const node = await startNode({
      name: "p1",
      bind: "127.0.0.1:0",
      transport: memoryNetwork(),
      profile: "local",
      keys: [gossipKey],
      orderer: raft({ voters: ["p1"], storage: "memory" }),
      logger: { debug: note, info: note, warn: note, error: note },
    });
    await node.order.ready();
    await node.infos.set("k", 1);
    await node.state.set("k", 1);
    return new AskedAgent(node, written);
  }

  /** @throws what a law says that does not hold */
  async holdsTo(asked: Asked): Promise<void> {
    const response = await this.ask(asked);
    const text = await readSome(response);
    const what = `${asked.method} ${asked.path} as ${asked.asker}: ${response.status} ${text}`;
    expect(response.status, what).not.toBe(500);
    for (const secret of secrets) expect(text, what).not.toContain(secret);
    if (asked.route === "") return this.expectStray(response, what);
    const given = keyGiven(asked.body);
    if (given !== undefined) expect(text, what).not.toContain(given);
    expect(documentedStatuses(asked.route), what).toContain(response.status);
    expectRole(asked, response.status, what);
    expectForm(asked.route, response, text);
  }

  /** What a reader may not change. */
  async picture(): Promise<object> {
    const { infos, keyring, members } = this.node;
    return {
      infos: infos.keys().map((key) => [key, infos.get(key)]),
      keys: keyring.list(),
      tags: members.local.tags,
      status: members.local.status,
      machines: this.node.order.status().machines,
      replicas: this.node.replicas.list().map(({ replica }) => replica),
      locks: this.node.locks(),
    };
  }

  /** @throws Error when a secret was written down */
  expectNoSecretWritten(): void {
    const all = this.written.join("\n");
    for (const secret of secrets) expect(all).not.toContain(secret);
  }

  stop(): Promise<void> {
    this.app.watchers.close("the test is over");
    return this.node.stop();
  }

  private ask({ asker, body, headers, method, path }: Asked): Promise<Response> {
    const shown = tokenOf(asker);
    const authorization = shown === undefined ? {} : { authorization: `Bearer ${shown}` };
    const request = new Request(`http://127.0.0.1:7980${path}`, {
      method,
      headers: { host: "127.0.0.1:7980", ...authorization, ...headers },
      ...(body !== undefined && { body }),
    });
    return Promise.resolve(this.app.fetch(request, "127.0.0.1"));
  }

  /** A page, a route that was hit by chance, or an error that is one. */
  private expectStray(response: Response, what: string): void {
    expect([200, 304, 400, 401, 403, 404, 409, 413, 415, 502, 507], what).toContain(
      response.status,
    );
  }
}

function tokenOf(asker: Asker): string | undefined {
  if (asker === "nobody") return undefined;
  return asker === "guesser" ? guessed : tokens[asker];
}

/** A key that a client sends is none of others' business, not even when it is no key. */
function keyGiven(body: string | undefined): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body ?? "");
    const key = typeof parsed === "object" && parsed !== null && Reflect.get(parsed, "key");
    return typeof key === "string" && key.length >= 16 ? key : undefined;
  } catch {
    return undefined;
  }
}

function expectRole({ asker, headers, route }: Asked, status: number, what: string): void {
  const wanted = roleOf(route);
  if (wanted === undefined) return;
  const isForeign = ["origin", "sec-fetch-site"].some((name) => name in headers);
  if (isForeign) return expect(status, what).toBe(403);
  if (asker === "nobody" || asker === "guesser") return expect(status, what).toBe(401);
  if (roles.indexOf(asker) < roles.indexOf(wanted)) expect(status, what).toBe(403);
}

function expectForm(route: string, response: Response, text: string): void {
  const { answer } = docOf(route) ?? {};
  const type = response.headers.get("content-type") ?? "";
  if (response.status !== 200) {
    const isProbe = roleOf(route) === undefined && response.status === 503;
    if (isProbe) return;
    expect(type).toMatch(/^application\/json/);
    expect(codes).toContain(asError.parse(JSON.parse(text)).code);
    return;
  }
  if (typeof answer === "string") {
    expect(type.startsWith(answer), `${route} is ${answer}, not ${type}`).toBe(true);
    if (answer !== "text/event-stream") return;
    for (const line of text.split("\n").slice(0, -1)) expect(`${line}:`).toMatch(EVENT_FORM);
    return;
  }
  const body: unknown = JSON.parse(text);
  expect(answer?.parse(body), route).toEqual(body);
}

/** Of a stream its beginning, for it has no end; then it is told that nobody listens. */
async function readSome(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return await response.text();
  }
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return Buffer.from(first?.value ?? new Uint8Array(0)).toString("utf8");
}
