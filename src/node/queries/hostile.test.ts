import { expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
// Loaded with this file: no limit of time of the first test is spent on it.
import "../../testing/test-cluster/running-cluster.ts";
import { createTestCluster } from "../../testing/test-cluster/create-test-cluster.ts";
import type { RunningNode } from "../running-node.ts";
import type { QueryContent, QueryMessage } from "./query.messages.ts";
import { encodeQuery } from "./query.wire.ts";

/** What a peer may say, as if it had come over a link. */
async function attacked(seen: string[], queries: Readonly<Record<string, number>> = {}) {
  const cluster = await createTestCluster({
    nodes: 3,
    options: { queries },
    setup: (node) => {
      node.queries.define("q").handle((value) => {
        seen.push(`${node.name} ${String(value)}`);
        return new Promise(() => {});
      });
    },
  });
  // The cluster's nodes are running nodes; their doors are not in the public type.
  const door = cluster.node("n1") as unknown as RunningNode & {
    readonly asking: { onMessage(peer: unknown, bytes: Uint8Array): void };
  };
  const say = (from: string, message: Partial<QueryMessage> & { content: QueryContent }): void => {
    const whole = { asker: from, askerBoot: 1, id: 1, from: "", to: "", boot: 0, ...message };
    door.asking.onMessage(peerId(from), encodeQuery(whole));
  };
  const count = (name: string): number => cluster.node("n1").metrics()[`queries.${name}`] ?? 0;
  return { cluster, door, say, count };
}

const question = {
  kind: "question",
  name: "q",
  codec: 2,
  payload: new TextEncoder().encode("1"),
  timeoutMs: 5_000,
  tags: [],
  relayCount: 1_000,
  windowCount: 1e6,
  passTo: [],
} as const;

it("absurd, forged and repeated words are counted and do no harm", async () => {
  const seen: string[] = [];
  const { cluster, count, door, say } = await attacked(seen);
  await using _ = cluster;
  door.asking.onMessage(peerId("n2"), Uint8Array.of(255, 1, 2));
  // In the name of another, by a relay that is none, or on to a third in a name not its own.
  say("n2", { from: "n3", content: question });
  say("n2", { from: "n3", to: "n3", content: question });
  say("n2", { to: "n3", content: question });
  expect(count("dropped.malformed")).toBe(4);
  expect(seen).toEqual([]);

  say("n2", { content: question });
  say("n2", { content: question });
  await cluster.runForMs(10);
  expect(seen).toEqual(["n1 1"]);
  expect(count("dropped.duplicate")).toBe(1);
  // A receipt of what was not said, and words about nothing.
  say("n2", { content: { kind: "receipt", number: 9, again: true } });
  say("n2", { content: { kind: "ack" } });
  expect(count("dropped.malformed")).toBe(6);
  say("n2", { id: 7, content: { kind: "receipt", number: 0, again: false } });
  say("n2", { boot: 5, content: { kind: "end", count: 0, reason: "done", detail: "" } });
  expect(count("dropped.unknown")).toBe(2);
});

it("who was refused as busy is not answered when the same question comes once more", async () => {
  const seen: string[] = [];
  const { cluster, count, say } = await attacked(seen, { answeringMaxCount: 1 });
  await using _ = cluster;
  for (const id of [1, 2]) say("n2", { id, content: question });
  say("n2", { id: 1, content: { kind: "withdrawal" } });
  say("n2", { id: 2, content: question });
  say("n2", { id: 3, content: { ...question, payload: new TextEncoder().encode("3") } });
  await cluster.runForMs(10);
  expect(seen).toEqual(["n1 1", "n1 3"]);
  expect(count("refused")).toBe(1);
  expect(count("dropped.duplicate")).toBe(1);
});

it("filters and lists of others are bounded in a second", async () => {
  const seen: string[] = [];
  const { cluster, count, say } = await attacked(seen);
  await using _ = cluster;
  const tags = Array.from({ length: 16 }, (_unused, at) => ({ tag: `t${at}`, expression: "^$" }));
  for (let id = 1; id <= 100; id += 1) say("n2", { id, content: { ...question, tags } });
  expect(count("dropped.filtersFull")).toBeGreaterThan(0);
  const passTo = Array.from({ length: 6_000 }, (_unused, at) => `x${at}`);
  for (let id = 201; id <= 204; id += 1) say("n2", { id, content: { ...question, passTo } });
  expect(count("dropped.crowd")).toBe(3);
});
