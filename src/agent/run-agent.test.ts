import { createServer } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { HearsayError } from "../core/errors.ts";
import { AdminTokens } from "./access/admin-tokens.ts";
import { AdminClient } from "./admin-client.ts";
import { formatTextLine } from "./agent-log.ts";
import { FakeNode } from "./fake-node.ts";
import { type Agent, runAgent } from "./run-agent.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let agent: Agent | undefined;

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});

async function startFake(fake: FakeNode, token?: string) {
  agent = await runAgent({
    node: { name: "p1" },
    admin: "127.0.0.1:0",
    tokens: new AdminTokens(token === undefined ? [] : [{ role: "admin", token }]),
    logger: silent,
    answers: { ping: "pong" },
    startNode: async () => fake.node,
  });
  return agent;
}

test("a client drives an agent over a real socket", async () => {
  const fake = new FakeNode("p1");
  const { adminUrl } = await startFake(fake, "secret");
  const client = new AdminClient({ url: adminUrl, token: "secret" });
  expect((await client.status()).name).toBe("p1");
  expect(await client.query({ name: "ping" })).toEqual({
    acks: [],
    answers: [{ from: "p1", text: "pong", base64: "cG9uZw==" }],
  });
  await expect(client.why("nobody")).rejects.toMatchObject({ code: "MEMBER_UNKNOWN" });
  const stranger = new AdminClient({ url: adminUrl, token: "guess" });
  await expect(stranger.status()).rejects.toMatchObject({ code: "ADMIN_UNAUTHORIZED" });
});

test("a body of unannounced length is read and bounded; other methods find no route", async () => {
  const { adminUrl } = await startFake(new FakeNode("p1"));
  const send = async (path: string, method: string, pieces?: readonly string[]) => {
    const headers = { "content-type": "application/json" };
    const body = pieces && ReadableStream.from(pieces.map((piece) => Buffer.from(piece)));
    const init = { method, headers, ...(body && { body, duplex: "half" as const }) };
    return (await fetch(new URL(path, adminUrl), init)).status;
  };
  expect(await send("/v1/publish/t", "POST", ['{"val', 'ue":1}'])).toBe(200);
  const large = Array.from({ length: 40 }, () => "x".repeat(100_000));
  expect(await send("/v1/publish/t", "POST", large).catch(() => 413)).toBe(413);
  expect(await send("/v1/members", "DELETE")).toBe(404);
});

test("a client's leave is answered, ends its watchers, then the agent", async () => {
  const fake = new FakeNode("p1");
  const { adminUrl, closed } = await startFake(fake);
  const client = new AdminClient({ url: adminUrl });
  const watching = client.watch({ topics: [], members: true, events: false });
  expect((await watching.next()).value).toMatchObject({ kind: "ready" });
  expect(await client.leave()).toEqual({ name: "p1", end: "left" });
  expect((await watching.next()).value).toEqual({ kind: "end", reason: "the node has left" });
  expect((await watching.next()).done).toBe(true);
  expect(await closed).toBe("left");
  await expect(client.status()).rejects.toMatchObject({ code: "AGENT_UNREACHABLE" });
});

test("a client whose connection breaks goes on where it was", async () => {
  const fake = new FakeNode("p1");
  const { adminUrl } = await startFake(fake);
  // In between, as a proxy that is started anew.
  const sockets = new Set<Socket>();
  const proxy = createTcpServer((near) => {
    const far = connect(Number(new URL(adminUrl).port), "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => {});
    sockets.add(near);
    near.on("close", () => far.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const bound = proxy.address();
  const url = `http://127.0.0.1:${typeof bound === "object" ? bound?.port : 0}`;
  const watching = new AdminClient({ url }).watch({ topics: ["t"], members: false, events: false });
  expect((await watching.next()).value).toMatchObject({ kind: "ready" });
  await fake.node.topic("t").publish(1);
  expect((await watching.next()).value).toMatchObject({ kind: "message", value: 1 });
  for (const socket of sockets) socket.destroy();
  await fake.node.topic("t").publish(2);
  expect((await watching.next()).value).toMatchObject({ kind: "message", value: 2 });
  await watching.return(undefined);
  for (const socket of sockets) socket.destroy();
  proxy.close();
});

test("a leave that fails becomes a stop", async () => {
  const fake = new FakeNode("p1");
  fake.leaveFailure = new HearsayError("LEAVE_TIMEOUT", "nobody listened");
  const running = await startFake(fake);
  expect(await running.leave()).toEqual({ name: "p1", end: "stopped" });
  expect(fake.calls).toEqual([["leave"], ["stop"]]);
  expect(await running.closed).toBe("stopped");
});

test("a node that dies ends its agent", async () => {
  const fake = new FakeNode("p1");
  const running = await startFake(fake);
  fake.die(new HearsayError("DATA_DIR", "the disk is gone"));
  expect(await running.closed).toBe("stopped");
  expect(await running.node.closed).toMatchObject({ code: "DATA_DIR" });
  await expect(fetch(`${running.adminUrl}/livez`)).rejects.toThrow();
});

test("a taken admin port is told before the node starts", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const bound = other.address();
  const port = typeof bound === "object" ? bound?.port : 0;
  const setup = {
    node: {},
    admin: `127.0.0.1:${port}`,
    logger: silent,
    startNode: () => Promise.reject(new Error("started")),
  };
  await expect(runAgent(setup)).rejects.toMatchObject({ code: "BIND_FAILED" });
  other.close();
});

test("a node that does not start frees the admin port", async () => {
  const fail = () => Promise.reject(new HearsayError("NAME_INVALID", "no"));
  const setup = { node: {}, admin: "127.0.0.1:0", logger: silent, startNode: fail };
  await expect(runAgent(setup)).rejects.toMatchObject({ code: "NAME_INVALID" });
});

test("elsewhere than on loopback an agent wants a token", async () => {
  const setup = { node: {}, admin: "0.0.0.0:0", logger: silent };
  await expect(runAgent(setup)).rejects.toMatchObject({ code: "ADMIN_TOKEN_REQUIRED" });
});

test("a line of the log cannot draw on the terminal", () => {
  const fields = { peer: "p2", name: "\u001b[2J" };
  expect(formatTextLine(new Date(0), "info", "joined", fields)).toBe(
    '00:00:00.000 info  joined peer=p2 name="\\u001b[2J"',
  );
});
