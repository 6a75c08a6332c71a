/** Topics by every way between real nodes on loopback sockets. */
import { afterEach, describe, expect, test } from "vitest";
import type { Via } from "../../src/index.ts";
import { Cluster, until } from "./cluster.ts";

const vias: readonly Via[] = ["piggyback", "plumtree", "rumor"];
let cluster: Cluster;

afterEach(() => cluster.stop());

describe.each(vias)("real nodes with a topic via %s", (via) => {
  test("hear each publisher's messages, all, once and in order", async () => {
    cluster = new Cluster();
    const nodes = await cluster.form(4);
    const heard = nodes.map(() => [] as string[]);
    const topics = nodes.map((node, at) => {
      const topic = node.topic<number>("t", { via, order: "fifo", history: {} });
      topic.subscribe(({ from, value }) => heard[at]?.push(`${from} ${value}`));
      return topic;
    });
    for (let value = 0; value < 100; value += 1) {
      await Promise.all(topics.map((topic) => topic.publish(value)));
    }
    await until("all to be heard", () => heard.every(({ length }) => length === 400), 30_000);
    for (const messages of heard) {
      for (const { name } of nodes) {
        const own = messages.filter((one) => one.startsWith(`${name} `));
        expect(own).toEqual(Array.from({ length: 100 }, (_, value) => `${name} ${value}`));
      }
    }
  });

  test("publish far more than packets carry, and wait for each other", async () => {
    cluster = new Cluster();
    const nodes = await cluster.form(3);
    const counts = nodes.map(() => 0);
    const topics = nodes.map((node, at) => {
      const topic = node.topic<Uint8Array>("t", { via, codec: "raw", history: {} });
      topic.subscribe(({ value }) => {
        expect(value.length).toBe(1_000);
        counts[at] = (counts[at] ?? 0) + 1;
      });
      return topic;
    });
    const count = via === "plumtree" ? 5_000 : 500;
    for (let at = 0; at < count; at += 1) await topics[0]?.publish(new Uint8Array(1_000));
    await until("all to be heard", () => counts.every((one) => one === count), 30_000);
  });
});
