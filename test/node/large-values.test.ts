/** Values of megabytes along trees: announced, fetched once, and not in the way of small ones. */
import { afterEach, describe, expect, test } from "vitest";
import type { HearsayNode, Via } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { Cluster, until } from "./cluster.ts";

const MIB = 1_048_576;
const vias = ["plumtree", "rumor"] as const;

interface Heard {
  readonly small: { readonly value: unknown; readonly atMs: number }[];
  readonly large: number[];
}

/** Opens both topics, and notes what their subscribers are told, and when. */
function listener(heard: Map<string, Heard>, now: () => number, via: Via = "plumtree") {
  return (node: HearsayNode) => {
    const mine: Heard = { small: [], large: [] };
    heard.set(node.name, mine);
    const small = node.topic<number>("small", { via });
    const large = node.topic<Uint8Array>("large", { via, codec: "raw" });
    small.subscribe(({ value }) => mine.small.push({ value, atMs: now() }));
    large.subscribe(({ value }) => mine.large.push(checked(value)));
    return { small, large };
  };
}

function pattern(bytesCount: number): Uint8Array {
  const value = new Uint8Array(bytesCount);
  for (let at = 0; at < bytesCount; at += 997) value[at] = at % 251;
  return value;
}

/** Its length, or 0 when a byte of it is another one. */
function checked(value: unknown): number {
  if (!(value instanceof Uint8Array)) return 0;
  return Buffer.compare(value, pattern(value.length)) === 0 ? value.length : 0;
}

describe("whole nodes in virtual time", () => {
  test.each(vias)("bring 1 to 8 MiB via %s to all, fetched once by each node", async (via) => {
    const heard = new Map<string, Heard>();
    const setup = listener(heard, () => 0, via);
    await using cluster = await createTestCluster({ nodes: 10, seed: 4, messages: "bytes", setup });
    const sizes = [1 * MIB, 3 * MIB, 8 * MIB];
    for (const [place, size] of sizes.entries()) {
      await cluster.run(cluster.app(`n${place + 1}`).large.publish(pattern(size)));
    }
    const hasAll = ({ large }: Heard) => large.length === sizes.length;
    await cluster.until(() => [...heard.values()].every(hasAll), { limitMs: 60_000 });
    for (const { large } of heard.values()) expect(large.sort((a, b) => a - b)).toEqual(sizes);
    const costs = cluster.names.map((name) => cluster.app(name).large.statistics());
    expect(costs.reduce((sum, { payloadsSent }) => sum + payloadsSent, 0)).toBe(9 * 3);
    expect(costs.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(0);
  });

  test("bring small messages between the parts of a large one", async () => {
    const heard = new Map<string, Heard>();
    let now = (): number => 0;
    const network = { bandwidthBytesPerSecond: MIB, linkQueueMaxBytes: 16 * MIB };
    const setup = listener(heard, () => now());
    await using cluster = await createTestCluster({ nodes: 2, messages: "bytes", network, setup });
    now = () => cluster.nowMs;
    const { large, small } = cluster.app("n1");
    const saidMs: number[] = [];
    const talk = async (): Promise<void> => {
      await small.publish(-1);
      await cluster.delay(1_000);
      await large.publish(pattern(8 * MIB));
      await cluster.delay(500);
      for (let at = 0; at < 30; at += 1) {
        saidMs.push(cluster.nowMs);
        await small.publish(at);
        await cluster.delay(200);
      }
    };
    await cluster.run(talk(), { limitMs: 20_000 });
    const theirs = heard.get("n2");
    await cluster.until(() => theirs?.small.length === 31);
    // All were said, and heard, while the large one was on its way, which takes 8 s.
    expect(theirs?.large).toEqual([]);
    const delaysMs = theirs?.small.slice(1).map(({ atMs }, at) => atMs - (saidMs[at] ?? 0)) ?? [];
    // Four parts are written ahead, one is begun, one has its turn before: of 128, at 16 a second.
    expect(Math.max(...delaysMs)).toBeLessThan((7 * 1_000) / 16);
    await cluster.until(() => theirs?.large.length === 1, { limitMs: 20_000 });
  });

  test("say which limit a value is above", async () => {
    await using cluster = await createTestCluster({
      nodes: 1,
      setup: (node) => ({
        tree: node.topic("tree", { via: "plumtree", codec: "raw" }),
        kept: node.topic("kept", { via: "plumtree", codec: "raw", history: {} }),
        packets: node.topic("packets", { codec: "raw" }),
      }),
    });
    const { kept, packets, tree } = cluster.app("n1");
    const limits = [
      [tree, 8 * MIB, /8388608 are taken.*topics\.valueMaxBytes/],
      [kept, MIB - 17, /1048559 are taken.*payloadMaxBytes of its history/],
      [packets, MIB, /1048576 are allowed/],
    ] as const;
    for (const [topic, most, message] of limits) {
      await cluster.run(topic.publish(new Uint8Array(most)));
      const refused = cluster.run(topic.publish(new Uint8Array(most + 1)));
      await expect(refused).rejects.toMatchObject({
        code: "VALUE_TOO_LARGE",
        message: expect.stringMatching(message),
      });
    }
  });
});

describe("real nodes on loopback sockets", () => {
  let cluster: Cluster;
  afterEach(() => cluster.stop());

  test("bring values of 1 to 8 MiB to all, once, and small ones meanwhile", async () => {
    cluster = new Cluster();
    const nodes = await cluster.form(4);
    const heard = new Map<string, Heard>();
    const topics = nodes.map(listener(heard, () => 0));
    const sizes = [1 * MIB, 4 * MIB, 8 * MIB];
    for (const size of sizes) {
      await topics[0]?.large.publish(pattern(size));
      for (let at = 0; at < 20; at += 1) await topics[1]?.small.publish(at);
    }
    const isAll = ({ large, small }: Heard) => large.length === 3 && small.length === 60;
    await until("all to be heard", () => [...heard.values()].every(isAll), 30_000);
    for (const { large } of heard.values()) expect(large.sort((a, b) => a - b)).toEqual(sizes);
    const sent = topics.map(({ large }) => large.statistics().payloadsSent);
    expect(sent.reduce((sum, one) => sum + one, 0)).toBe(9);
  });
});
