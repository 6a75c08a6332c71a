/** Publishers that are faster than what carries their messages, on whole nodes in virtual time. */
import { expect, test } from "vitest";
import type { HearsayNode, TopicOptions } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";

function opener(heard: Map<string, unknown[]>, options: TopicOptions<undefined>) {
  return (node: HearsayNode) => {
    const topic = node.topic("t", options);
    const mine: unknown[] = [];
    heard.set(node.name, mine);
    topic.subscribe(({ value }) => mine.push(value));
    return topic;
  };
}

const narrow = { broadcast: { queueOwnMaxCount: 8, flushPacketsCount: 1 } } as const;
const count = 200;
const all = Array.from({ length: count }, (_, at) => at);

test("publish waits for room by default, in the order of the calls", async () => {
  const heard = new Map<string, unknown[]>();
  const setup = opener(heard, { order: "fifo" });
  await using cluster = await createTestCluster({ nodes: 3, options: narrow, setup });
  const topic = cluster.app("n1");
  const published = all.map((value) => topic.publish(value));
  const seqs = (await cluster.run(Promise.all(published))).map(({ dot }) => dot.seq);
  expect(seqs).toEqual(all.map((value) => value + 1));
  await cluster.until(() => cluster.names.every((name) => heard.get(name)?.length === count));
  for (const name of cluster.names) expect(heard.get(name)).toEqual(all);
  expect(cluster.node("n1").metrics()["topics.publishWaited"]).toBeGreaterThan(100);
});

test("publish fails at once where that is the rule", async () => {
  const heard = new Map<string, unknown[]>();
  const setup = opener(heard, { onFull: "fail" });
  await using cluster = await createTestCluster({ nodes: 3, options: narrow, setup });
  const ends = await cluster.run(
    Promise.allSettled(all.map((value) => cluster.app("n1").publish(value))),
  );
  const sent = ends.filter(({ status }) => status === "fulfilled").length;
  expect(sent).toBe(8);
  for (const end of ends.slice(sent)) {
    expect(end).toMatchObject({ status: "rejected", reason: { code: "QUEUE_FULL" } });
  }
  await cluster.until(() => cluster.names.every((name) => heard.get(name)?.length === sent));
});

test("the newest messages get through where the oldest give way", async () => {
  const heard = new Map<string, unknown[]>();
  const setup = opener(heard, { onFull: "dropOldest", order: "fifo" });
  const options = { ...narrow, topics: { publishWaitingMaxCount: 20 } };
  await using cluster = await createTestCluster({ nodes: 3, options, setup });
  const ends = await cluster.run(
    Promise.allSettled(all.map((value) => cluster.app("n1").publish(value))),
  );
  const kept = all.filter((value) => ends[value]?.status === "fulfilled");
  expect(kept).toEqual([...all.slice(0, 8), ...all.slice(-20)]);
  await cluster.until(() => heard.get("n3")?.length === kept.length);
  expect(heard.get("n3")).toEqual(kept);
});

test("a peer that takes nothing holds publishers up not for ever, and misses nothing", async () => {
  const heard = new Map<string, unknown[]>();
  const setup = opener(heard, { via: "plumtree", codec: "raw", history: {} });
  await using cluster = await createTestCluster({ nodes: 3, seed: 3, setup, messages: "bytes" });
  await cluster.run(cluster.app("n1").publish(new Uint8Array(10)));
  await cluster.until(() => cluster.names.every((name) => heard.get(name)?.length === 1));
  cluster.pause("n3");
  const flood = async (): Promise<void> => {
    for (let at = 0; at < 3_000; at += 1) {
      await cluster.app("n1").publish(new Uint8Array(1_000));
      if (at % 20 === 0) await cluster.delay(1);
    }
  };
  await cluster.run(flood(), { limitMs: 120_000 });
  await cluster.until(() => heard.get("n2")?.length === 3_001);
  cluster.resume("n3");
  await cluster.until(() => heard.get("n3")?.length === 3_001, { limitMs: 120_000 });
});
