import { expect, test } from "vitest";
import { startNode } from "../../node/start-node.ts";
import { AdminTokens } from "../access/admin-tokens.ts";
import type { Notice } from "../admin.messages.ts";
import { type AdminApp, adminApp } from "../admin-app.ts";
import type { AgentOptions } from "../agent.options.ts";
import { FakeNode, fakeMember } from "../fake-node.ts";
import { EventStreamReader } from "./event-stream.ts";
import { NoticeQueue } from "./notice-queue.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function makeApp(
  fake: FakeNode,
  limits: Partial<AgentOptions> = {},
  tokens?: AdminTokens,
): AdminApp {
  return adminApp(fake.node, {
    tokens,
    version: "1",
    logger: silent,
    leave: async () => ({ name: "p1", end: "left" }),
    limits,
  });
}

async function watch(app: AdminApp, query: string, lastEventId?: string, token = "") {
  const last = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const shown = token === "" ? {} : { authorization: `Bearer ${token}` };
  const headers = { host: "localhost", ...last, ...shown };
  const request = new Request(`http://x/v1/watch${query}`, { headers });
  const response = await app.fetch(request);
  const reader = response.body!.getReader();
  const events = new EventStreamReader();
  const waiting: Notice[] = [];
  const ids: string[] = [];
  const next = async (): Promise<Notice | undefined> => {
    while (waiting.length === 0) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      ids.push(
        ...[
          ...Buffer.from(value)
            .toString()
            .matchAll(/^id: (.+)$/gm),
        ].map(([, id]) => id!),
      );
      waiting.push(...events.take(Buffer.from(value).toString()).map((text) => JSON.parse(text)));
    }
    return waiting.shift();
  };
  return { response, next, ids, cancel: () => reader.cancel() };
}

test("without a wish a watcher hears of members and events, else of its topics only", async () => {
  const fake = new FakeNode("p1");
  const app = makeApp(fake);
  const all = await watch(app, "");
  const one = await watch(app, "?topic=Commit");
  expect(all.response.headers.get("content-type")).toContain("text/event-stream");
  expect(await all.next()).toEqual({ kind: "ready", node: "p1", topics: [] });
  expect(await one.next()).toEqual({ kind: "ready", node: "p1", topics: ["Commit"] });
  fake.emit({ kind: "fail", member: fakeMember("p2", { status: "failed" }), at: 9 });
  await fake.node.topic("Commit").publish(new Uint8Array([1]));
  expect(await all.next()).toMatchObject({
    kind: "member",
    event: { kind: "fail", at: 9 },
    number: 1,
    evidence: [],
  });
  expect(await one.next()).toMatchObject({
    kind: "message",
    topic: "Commit",
    from: "p1",
    value: { $bytes: "AQ==" },
  });
  app.watchers.close("the node has left");
  expect(await all.next()).toEqual({ kind: "end", reason: "the node has left" });
  expect(await all.next()).toBeUndefined();
});

test("a watcher that goes away leaves nothing behind", async () => {
  const fake = new FakeNode("p1");
  const app = makeApp(fake, { watchResumeMs: 0 });
  const watcher = await watch(app, "?topic=a&members=1");
  await watcher.next();
  expect(app.watchers.count).toBe(1);
  expect(fake.memberListeners.size).toBe(1);
  await watcher.cancel();
  await expect.poll(() => app.watchers.count).toBe(0);
  // The agent's own, for the timeline.
  expect(fake.memberListeners.size).toBe(1);
  expect(fake.topicListeners.get("a")?.size).toBe(0);
});

test("a watcher whose connection broke goes on where it was", async () => {
  const fake = new FakeNode("p1");
  const app = makeApp(fake, { watchQueueMaxCount: 3, watchReplayMaxCount: 3 });
  const topic = fake.node.topic("a");
  const first = await watch(app, "?topic=a");
  await first.next();
  await topic.publish(1);
  expect(await first.next()).toMatchObject({ value: 1 });
  await topic.publish(2);
  expect(await first.next()).toMatchObject({ value: 2 });
  const [, heard] = first.ids;
  await first.cancel();
  await expect.poll(() => app.watchers.count).toBe(0);
  await topic.publish(3);
  const again = await watch(app, "?topic=a", heard);
  expect(await again.next()).toEqual({ kind: "ready", node: "p1", topics: ["a"], resumed: true });
  // It had been sent once; whether it had come, only the watcher knows.
  expect(await again.next()).toMatchObject({ value: 2 });
  expect(await again.next()).toMatchObject({ value: 3 });
  const stale = await watch(app, "?topic=a", first.ids[0]);
  expect(await again.next()).toBeUndefined();
  await stale.next();
  expect([await stale.next(), await stale.next()]).toMatchObject([{ value: 1 }, { value: 2 }]);
  await stale.cancel();
});

test("the head of a stream begins none", async () => {
  const app = makeApp(new FakeNode("p1"));
  for (const path of ["watch", "query/stream?name=q", "locks/hold?name=l"]) {
    const request = { method: "HEAD", headers: { host: "localhost" } };
    const response = await app.fetch(new Request(`http://x/v1/${path}`, request));
    expect(response.status, path).toBe(400);
  }
  expect(app.watchers.count).toBe(0);
});

test("when tokens change, each watcher must show one that counts, and then goes on", async () => {
  const fake = new FakeNode("p1");
  const [old, young] = ["old", "young"].map((token) => ({ role: "read", token }) as const);
  const tokens = new AdminTokens([old!, young!]);
  const app = makeApp(fake, {}, tokens);
  const watching = await watch(app, "?topic=t", undefined, "old");
  expect(await watching.next()).toMatchObject({ kind: "ready" });
  tokens.replace([young!]);
  expect(await watching.next()).toBeUndefined();
  await fake.node.topic("t").publish(1);
  expect((await watch(app, "?topic=t", watching.ids.at(-1), "old")).response.status).toBe(401);
  const again = await watch(app, "?topic=t", watching.ids.at(-1), "young");
  expect(await again.next()).toMatchObject({ kind: "ready", resumed: true });
  expect(await again.next()).toMatchObject({ kind: "message", value: 1 });
  await again.cancel();
});

test("what a watcher missed for too long is counted, and another stream is another", async () => {
  const fake = new FakeNode("p1");
  const app = makeApp(fake, { watchQueueMaxCount: 2, watchReplayMaxCount: 1 });
  const first = await watch(app, "?topic=a");
  await first.next();
  await first.cancel();
  await expect.poll(() => app.watchers.count).toBe(0);
  for (let at = 1; at <= 5; at += 1) await fake.node.topic("a").publish(at);
  const again = await watch(app, "?topic=a", first.ids[0]);
  expect(await again.next()).toMatchObject({ resumed: true });
  expect(await again.next()).toEqual({ kind: "dropped", count: 3 });
  expect(await again.next()).toMatchObject({ value: 4 });
  const other = await watch(app, "?topic=b", first.ids[0]);
  expect(await other.next()).toMatchObject({ kind: "ready", resumed: false });
  const stranger = await watch(app, "", "nonsense");
  expect(await stranger.next()).toMatchObject({ kind: "ready", resumed: false });
  app.watchers.close("over");
  await expect.poll(() => fake.topicListeners.get("a")?.size).toBe(0);
});

test("watchers, their topics and the topics of an agent are bounded", async () => {
  const app = makeApp(new FakeNode("p1"), {
    watchClientsMaxCount: 1,
    watchTopicsMaxCount: 2,
    topicsMaxCount: 2,
  });
  const tooMany = await watch(app, "?topic=a&topic=b&topic=c");
  expect(tooMany.response.status).toBe(400);
  await watch(app, "?topic=a&topic=b");
  expect((await watch(app, "")).response.status).toBe(503);
  const wider = makeApp(new FakeNode("p1"), { topicsMaxCount: 1 });
  expect((await watch(wider, "?topic=a&topic=b")).response.status).toBe(503);
  expect(wider.watchers.count).toBe(0);
});

test("an idle watcher gets heartbeats, a stalled one is cut off", async () => {
  const fake = new FakeNode("p1");
  const app = makeApp(fake, { watchHeartbeatMs: 5, watchStallMs: 20 });
  const request = new Request("http://x/v1/watch", { headers: { host: "localhost" } });
  const response = await app.fetch(request);
  const reader = response.body!.getReader();
  let text = "";
  while (!text.includes(": still here\n\n")) {
    text += Buffer.from((await reader.read()).value ?? []).toString();
  }
  // Nobody reads any more: the buffers fill with heartbeats, then a write stalls.
  await expect.poll(() => app.watchers.count).toBe(0);
});

test("a full queue drops the oldest and says how many", async () => {
  const queue = new NoticeQueue(2, () => 1_000);
  for (let count = 1; count <= 5; count++) queue.push({ kind: "dropped", count });
  queue.close("done");
  const taken = await queue.take(0);
  expect(taken.map((notice) => notice.kind)).toEqual(["dropped", "dropped", "end"]);
  expect(JSON.parse(taken[0]?.json ?? "")).toEqual({ kind: "dropped", count: 4 });
  expect(queue.isClosed).toBe(true);
  expect(await queue.take(0)).toEqual([]);
});

test("large notices of a slow reader are bounded by their length", async () => {
  const queue = new NoticeQueue(1_000, () => 5_000);
  for (let count = 0; count < 100; count++) queue.push({ kind: "end", reason: "x".repeat(1_000) });
  const taken = await queue.take(0);
  expect(taken[0]?.kind).toBe("dropped");
  const chars = taken.reduce((sum, { json }) => sum + json.length, 0);
  expect(chars).toBeGreaterThan(2_000);
  expect(chars).toBeLessThan(5_100);
  queue.push({ kind: "end", reason: "y".repeat(20_000) });
  expect((await queue.take(0)).map(({ kind }) => kind)).toEqual(["end"]);
});

test("what may wait becomes less when more slow readers share it", async () => {
  let shareChars = 50_000;
  const queue = new NoticeQueue(1_000, () => shareChars);
  for (let count = 0; count < 40; count++) queue.push({ kind: "end", reason: "x".repeat(1_000) });
  shareChars = 5_000;
  const taken = await queue.take(0);
  expect(JSON.parse(taken[0]?.json ?? "")).toEqual({ kind: "dropped", count: 36 });
  expect(taken).toHaveLength(5);
});

test("an event stream is put together whatever the pieces", () => {
  const reader = new EventStreamReader();
  const text = ': hi\n\nevent: a\ndata: {"a":1}\n\ndata: x\r\ndata: y\r\n\r\n';
  const events = [...text].flatMap((character) => reader.take(character));
  expect(events).toEqual(['{"a":1}', "x\ny"]);
});

test("a watcher may begin at the start of a topic with a past, however slow it is", async () => {
  await using node = await startNode({ name: "p1", bind: "127.0.0.1:0" });
  const app = adminApp(node, {
    version: "1",
    logger: silent,
    leave: async () => ({ name: "p1", end: "left" }),
    limits: { watchQueueMaxCount: 5 },
    topics: { histories: { Commit: { keptMaxCount: 50 } } },
  });
  const topic = node.topic("Commit", { history: { keptMaxCount: 50 } });
  for (let at = 0; at < 60; at += 1) await topic.publish(at);
  const watcher = await watch(app, "?topic=Commit&from=start");
  expect(await watcher.next()).toMatchObject({ kind: "ready" });
  expect(await watcher.next()).toMatchObject({ kind: "gap", topic: "Commit", count: 10 });
  for (let at = 10; at < 60; at += 1) {
    expect(await watcher.next()).toMatchObject({ kind: "message", topic: "Commit", value: at });
  }
  await topic.publish("live");
  expect(await watcher.next()).toMatchObject({ kind: "message", value: "live" });
  await watcher.cancel();
  await expect.poll(() => app.watchers.count).toBe(0);
  const refused = await watch(app, "?topic=other&from=start");
  expect(refused.response.status).toBe(400);
  expect((await watch(app, "?from=start")).response.status).toBe(400);
  expect((await watch(app, "?topic=Commit&from=end")).response.status).toBe(400);
});
