import { expect, test } from "vitest";
import { AdminTokens } from "./access/admin-tokens.ts";
import { adminApp } from "./admin-app.ts";
import { FakeNode } from "./fake-node.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function makeApp(limits: { topicsMaxCount: number; readerTopicsMaxCount: number }) {
  const tokens = new AdminTokens([
    { role: "read", token: "reader" },
    { role: "write", token: "writer" },
  ]);
  const leave = async () => ({ name: "p1", end: "left" }) as const;
  const version = "1.2.3";
  const app = adminApp(new FakeNode("p1").node, { tokens, version, logger: silent, leave, limits });
  const ask = async (token: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const sent = body && { method: "POST", body: JSON.stringify(body) };
    const response = await app.fetch(new Request(`http://x${path}`, { headers, ...sent }));
    if (response.headers.get("content-type") === "text/event-stream") {
      await response.body?.cancel();
      return { status: response.status, text: "" };
    }
    return { status: response.status, text: await response.text() };
  };
  return {
    watch: async (token: string, topic: string) => await ask(token, `/v1/watch?topic=${topic}`),
    publish: async (topic: string) =>
      (await ask("writer", `/v1/publish/${topic}`, { value: 1 })).status,
  };
}

test("who may only read uses up no topics that writers need", async () => {
  const { publish, watch } = makeApp({ topicsMaxCount: 2, readerTopicsMaxCount: 3 });
  for (const topic of ["r1", "r2", "r3"]) expect((await watch("reader", topic)).status).toBe(200);
  const refused = await watch("reader", "r4");
  expect(refused).toEqual({ status: 503, text: expect.stringMatching(/BUSY.*role write/) });
  expect(await publish("w1")).toBe(200);
  // Who may write watches from the room of writers.
  expect((await watch("writer", "w2")).status).toBe(200);
  expect(await publish("w3")).toBe(503);
  // What is open is there for everybody.
  for (const topic of ["r1", "w1"]) expect((await watch("reader", topic)).status).toBe(200);
  expect(await publish("r2")).toBe(200);
});

test("a watch that is refused uses up no topic", async () => {
  const { watch } = makeApp({ topicsMaxCount: 1, readerTopicsMaxCount: 1 });
  for (const token of ["reader", "writer"]) {
    expect((await watch(token, "a&from=start")).status).toBe(400);
    expect((await watch(token, `${token}2`)).status).toBe(200);
  }
});

test("a topic that is written to is no reader's any more", async () => {
  const { publish, watch } = makeApp({ topicsMaxCount: 1, readerTopicsMaxCount: 1 });
  expect((await watch("reader", "a")).status).toBe(200);
  expect((await watch("reader", "b")).status).toBe(503);
  expect(await publish("a")).toBe(200);
  expect((await watch("reader", "b")).status).toBe(200);
  expect(await publish("c")).toBe(503);
});
