import { afterEach, expect, test } from "vitest";
import type { HearsayNode, NodeOptions, Topic } from "../../src/index.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { Cluster, until } from "./cluster.ts";

const key = Buffer.from(new Uint8Array(32).fill(7)).toString("base64");
let cluster: Cluster | undefined;
let nodes: readonly HearsayNode[] = [];
afterEach(() => cluster?.stop());

async function threeNodes(options: NodeOptions = {}): Promise<void> {
  cluster = new Cluster(memoryNetwork());
  nodes = await cluster.form(3, options);
}

/** Adds up what `traffic.<way>.<anything>.<what>` has counted. */
function sumOf(node: HearsayNode, way: string, what: string): number {
  return Object.entries(node.counts())
    .filter(([name]) => name.startsWith(`traffic.${way}.`) && name.endsWith(`.${what}`))
    .reduce((sum, [, value]) => sum + value, 0);
}

const numberOf = (node: HearsayNode, name: string): number => node.counts()[name] ?? 0;

/** Every way's parts, and the host's own count of it. */
function sums(node: HearsayNode) {
  const totals = { packets: "bytes", streams: "streamBytes", links: "connectionBytes" } as const;
  const told = (direction: "Sent" | "Received") =>
    Object.entries(totals).map(([way, total]) => ({
      way,
      direction,
      parts: sumOf(node, way, `${direction.toLowerCase()}Bytes`),
      total: numberOf(node, `host.${total}${direction}`),
    }));
  return [...told("Sent"), ...told("Received")];
}

const ways = { packet: {}, tree: { via: "plumtree" }, rumor: { via: "rumor" } } as const;

/** Messages of all ways of publishing, and a request, until all of it has come. */
async function talk(): Promise<void> {
  const [first, second] = nodes;
  if (first === undefined || second === undefined) throw new Error("no nodes");
  const opened = nodes.map((node) => ({
    packet: node.topic("packet", ways.packet),
    tree: node.topic("tree", ways.tree),
    rumor: node.topic("rumor", ways.rumor),
  }));
  const heard = opened.flatMap(({ packet, rumor, tree }) => [
    heardCount(packet, 5),
    heardCount(tree, 30),
    heardCount(rumor, 5),
  ]);
  for (let at = 0; at < 30; at += 1) await opened[0]?.tree.publish("x".repeat(at * 50));
  for (let at = 0; at < 5; at += 1) {
    await opened[1]?.packet.publish(at);
    await opened[1]?.rumor.publish(at);
  }
  second.topic("Ask").onRequest(() => "y".repeat(300_000));
  await first.peer("p2").request(first.topic("Ask"), "?", { timeoutMs: 5_000 });
  await Promise.all(heard);
  await until("all frames to have come", () => {
    const all = (what: string) => nodes.reduce((sum, node) => sum + sumOf(node, "links", what), 0);
    return all("sentBytes") === all("receivedBytes");
  });
}

async function heardCount(topic: Topic<unknown, unknown>, count: number): Promise<void> {
  let left = count;
  for await (const _ of topic.subscribe()) {
    left -= 1;
    if (left === 0) return;
  }
}

test.each([
  ["in clear", {}],
  ["sealed, with a label", { keys: [key], label: "town" }],
] as const)("%s, protocols and envelopes add up to all that travels", async (_, options) => {
  await threeNodes(options);
  await talk();
  for (const node of nodes) {
    const all = sums(node);
    for (const { direction, parts, total, way } of all) {
      expect({ name: node.name, way, direction, parts }).toEqual({
        ...{ name: node.name, way, direction },
        parts: total,
      });
      expect(total, `${way} ${direction}`).toBeGreaterThan(0);
    }
  }
  const everywhere = (name: string) => nodes.reduce((sum, node) => sum + numberOf(node, name), 0);
  expect(everywhere("traffic.links.plumtree.sentBytes")).toBeGreaterThan(2 * 30 * 29 * 25);
  expect(everywhere("traffic.links.plumtree.receivedBytes")).toBe(
    everywhere("traffic.links.plumtree.sentBytes"),
  );
  expect(everywhere("traffic.links.requests.receivedMessages")).toBe(2);
  expect(everywhere("traffic.links.requests.receivedBytes")).toBeGreaterThan(300_000);
  expect(everywhere("traffic.packets.broadcast.receivedMessages")).toBeGreaterThanOrEqual(10);
  expect(everywhere("traffic.packets.swim.ack.receivedMessages")).toBeGreaterThan(0);
  expect(everywhere("traffic.streams.swim.pushPull.receivedMessages")).toBeGreaterThanOrEqual(4);
  // Nobody said anything that has no name.
  for (const way of ["packets", "streams", "links"]) {
    for (const name of ["other", "unreadable"]) {
      expect(everywhere(`traffic.${way}.${name}.receivedBytes`)).toBe(0);
    }
  }
});

test("a node tells of each link how it began, what it carried and what waits", async () => {
  const from = Date.now();
  await threeNodes();
  await talk();
  const [first, second] = nodes;
  const toSecond = first?.links().find(({ peer }) => peer === "p2");
  const toFirst = second?.links().find(({ peer }) => peer === "p1");
  expect(toSecond).toMatchObject({ state: "up", queuedFrames: 0, queuedBytes: 0, unsentBytes: 0 });
  expect(toSecond?.via).toBeUndefined();
  expect(new Set([toSecond?.begun, toFirst?.begun])).toEqual(new Set(["accepted", "dialled"]));
  expect(toSecond?.sentBytes).toBe(toFirst?.receivedBytes);
  expect(toSecond?.receivedBytes).toBe(toFirst?.sentBytes);
  expect(toSecond?.sentFrames).toBe(toFirst?.receivedFrames);
  expect(toSecond?.receivedBytes).toBeGreaterThan(300_000);
  expect(toSecond?.since).toBeGreaterThanOrEqual(from);
  expect(toSecond?.heardAt).toBeLessThanOrEqual(Date.now());
  expect(first?.metrics()).toMatchObject({ "links.up": 2, "links.queuedBytes": 0 });
});
