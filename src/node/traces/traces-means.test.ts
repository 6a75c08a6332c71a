/** Whichever way a message takes, each node can tell who brought it, and by what means. */
import { describe, expect, it } from "vitest";
import type { ArrivalMeans } from "../../core/arrival.ts";
import { createTestCluster, type TestCluster } from "../../testing/index.ts";
import type { TopicOptions } from "../api.ts";
import type { TracedArrival } from "./traces.api.ts";

const LARGE = "x".repeat(80_000);

interface Way {
  readonly means: ArrivalMeans;
  readonly options: TopicOptions<undefined>;
  readonly value: string;
}

const ways: readonly Way[] = [
  { means: "broadcast", options: {}, value: "hello" },
  { means: "mail", options: {}, value: LARGE },
  { means: "plumtree", options: { via: "plumtree" }, value: "hello" },
  { means: "rumor", options: { via: "rumor" }, value: "hello" },
  { means: "bulk", options: { via: "plumtree" }, value: LARGE },
  { means: "bulk", options: { via: "rumor" }, value: LARGE },
];

describe.each(ways)("$means of $options", ({ means, options, value }) => {
  it("shows on every node who brought it, back to the publisher", async () => {
    await using cluster = await createTestCluster({ nodes: 6, seed: 11 });
    const topics = cluster.nodes.map((node) => node.topic<string>("t", options));
    await cluster.runForMs(500);
    const { dot } = await topics[0]!.publish(value);
    await cluster.runForMs(5_000);
    const arrivals = await followed(cluster, dot);
    const [publisher, ...others] = cluster.nodes.map(({ name }) => name);
    expect(arrivals.get(publisher!)?.[0]).toMatchObject({ kind: "published", means, from: "" });
    const reached = others.filter((name) => arrivals.get(name)!.length > 0);
    // Rumours promise a residue, never completeness.
    expect(reached.length).toBeGreaterThanOrEqual(options.via === "rumor" ? 3 : 5);
    for (const name of reached) {
      const told = arrivals.get(name)!;
      const news = told.filter(({ kind }) => kind === "news");
      expect(news, name).toMatchObject([{ means }]);
      for (const { from } of told) expect([...arrivals.keys()]).toContain(from);
      expect(wayBack(name, arrivals).at(-1)).toBe(publisher);
    }
  });
});

it("anti-entropy tells whose repair it was, of what was said before one came", async () => {
  await using cluster = await createTestCluster({ nodes: 3, seed: 12 });
  const options = { history: {} };
  const [topic] = cluster.nodes.map((node) => node.topic<string>("t", options));
  const { dot } = await cluster.run(topic!.publish("before the newcomer"));
  // Until nobody tells of it as a rumour any more.
  await cluster.runForMs(20_000);
  const newcomer = await cluster.add();
  newcomer.topic<string>("t", options);
  await cluster.runForMs(20_000);
  const arrivals = await followed(cluster, dot);
  const told = arrivals.get(newcomer.name)!;
  expect(told).toMatchObject([{ kind: "news", means: "anti-entropy" }]);
  expect([...arrivals.keys()]).toContain(told[0]!.from);
});

async function followed(
  cluster: TestCluster,
  dot: { readonly origin: string; readonly seq: number },
): Promise<Map<string, readonly TracedArrival[]>> {
  const reports = await cluster.run(cluster.nodes[1]!.traces.follow("t", dot));
  return new Map(reports.map(({ arrivals, name }) => [name, arrivals]));
}

/** Who told it whom, up to who was told by nobody. */
function wayBack(name: string, arrivals: ReadonlyMap<string, readonly TracedArrival[]>): string[] {
  const way = [name];
  for (let at = name; way.length <= arrivals.size; way.push(at)) {
    const first = arrivals.get(at)?.find(({ kind }) => kind !== "copy");
    if (first === undefined || first.from === "") break;
    at = first.from;
  }
  return way;
}
