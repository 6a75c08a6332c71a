/** Real nodes whose infos travel by gRPC, on loopback. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import type { GrpcInfosChoice, HearsayNode, InfoNotice, NodeOptions } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { Cluster, until } from "./cluster.ts";

const clusterId = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
/** What counts is the order of things; nothing here may wait for the longest pause. */
const fast = {
  stallIntervalMs: 200,
  bootstrapIntervalMs: 50,
  bootstrapBackoffMaxMs: 200,
  tightenIntervalMs: 50,
  clientsIntervalMs: 200,
  sentinelIntervalMs: 200,
  // A busy machine stands still for a while: that is no reason to stall.
  sentinelTtlMs: 2_000,
  firstAnswerWaitMs: 200,
  regainWaitMs: 600_000,
} as const;

let cluster = new Cluster();
const folders: string[] = [];

afterEach(async () => {
  await cluster.stop();
  cluster = new Cluster();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Node `nodeId`; without resolvers it is the first one. */
function start(
  nodeId: number,
  resolvers: readonly string[] = [],
  more: Partial<GrpcInfosChoice> = {},
  options: NodeOptions = {},
): Promise<HearsayNode> {
  const mine = resolvers.length === 0 ? { clusterId } : {};
  const listen = "127.0.0.1:0";
  const infos = { via: "grpc", nodeId, listen, resolvers, ...mine, ...fast, ...more } as const;
  return cluster.start({ name: `p${nodeId}`, ...options, infos });
}

async function three(more: Partial<GrpcInfosChoice> = {}): Promise<HearsayNode[]> {
  const first = await start(1, [], more);
  const { address } = first.infoNetwork;
  const nodes = [first, await start(2, [address], more), await start(3, [address], more)];
  await until("all know all", () => nodes.every((node) => knows(node, [1, 2, 3])));
  return nodes;
}

function knows(node: HearsayNode, ids: readonly number[]): boolean {
  return ids.every((id) => node.infos.info(`node:${id}`) !== undefined);
}

it("forms, and an update reaches all, with its path", async () => {
  const schemas = { "load:*": z.number().max(1) };
  const nodes = await three({ schemas });
  const [one, two, three_] = nodes as [HearsayNode, HearsayNode, HearsayNode];
  for (const node of nodes) {
    const isWhole = () => node.infoNetwork.status().condition === "connected";
    await until("it is connected", isWhole);
    expect(node.infoNetwork.status().clusterId).toBe(clusterId);
    expect(node.infos.get("cluster-id")).toEqual(
      Uint8Array.from(Buffer.from(clusterId.replaceAll("-", ""), "hex")),
    );
  }
  const notices: InfoNotice[] = [];
  three_.infos.watch("load:*", (notice) => notices.push(notice));
  const { dot, durable } = await two.infos.set("load:p2", 0.5);
  expect(durable).toBe(false);
  await until("it reaches all", () => nodes.every((node) => node.infos.get("load:p2") === 0.5));
  const info = three_.infos.info("load:p2");
  expect(info).toMatchObject({ from: "n2", dot, expiresAt: undefined, path: { nodeId: 2 } });
  expect(info?.path?.hops).toBeGreaterThan(0);
  expect(two.infos.info("load:p2")?.path).toMatchObject({ hops: 0, peerId: 0 });
  expect(info?.path?.origStamp).toBe(two.infos.info("load:p2")?.path?.origStamp);
  await expect(one.infos.set("load:p1", 2)).rejects.toThrow(/SCHEMA_INVALID/);

  await one.infos.set("load:p1", 0.25, { ttlMs: 1_500 });
  await until("it comes", () => three_.infos.get("load:p1") === 0.25);
  await until("it ends", () => three_.infos.get("load:p1") === undefined);
  await two.infos.delete("load:p2");
  await until("it is gone", () => nodes.every((node) => node.infos.get("load:p2") === undefined));
  expect(one.infos.keys("load:*")).toEqual([]);
  await until("its end is told", () => notices.some(({ kind }) => kind === "delete"));
  expect(notices.map(({ key, kind, value }) => [kind, key, value])).toContainEqual([
    "set",
    "load:p2",
    0.5,
  ]);
  expect(await two.infos.delete("load:p2")).toBeUndefined();
});

it("is picked up by a watch where it was left", async () => {
  const nodes = await three();
  const [one, two] = nodes as [HearsayNode, HearsayNode];
  await one.infos.set("a", 1);
  await until("a", () => two.infos.get("a") === 1);
  const { cursor } = two.infos;
  await one.infos.set("b", 2);
  await one.infos.delete("a");
  await until("b", () => two.infos.get("b") === 2 && two.infos.get("a") === undefined);
  const told: unknown[] = [];
  two.infos.watch("?", ({ key, kind, value }) => told.push([kind, key, value]), { after: cursor });
  expect(told).toEqual([
    ["set", "b", 2],
    ["delete", "a", undefined],
  ]);
});

it("gives each write a dot of its own, the later ones greater", async () => {
  const one = await start(1);
  const writes = Array.from({ length: 2_000 }, (_, index) => one.infos.set(`k${index % 3}`, index));
  const seqs = (await Promise.all(writes)).map(({ dot }) => dot.seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
});

it("refuses what no node may write", async () => {
  const one = await start(1);
  for (const key of ["cluster-id", "sentinel", "node:1", "gossip-clients:4", ""]) {
    await expect(one.infos.set(key, 1)).rejects.toThrow(/CONFIG_OPTION/);
  }
  await expect(one.infos.set("store:4", 1)).rejects.toThrow(/CONFIG_OPTION.*ttlMs/);
  await one.infos.set("store:4", 1, { ttlMs: 1_000 });
  const large = new Uint8Array(300_000);
  await expect(one.infos.set("k", large)).rejects.toThrow(/VALUE_TOO_LARGE/);
  await one.stop();
  await expect(one.infos.set("k", 1)).rejects.toThrow(/NODE_STOPPED/);
});

it("sends on who finds no room, and all are reached all the same", async () => {
  // Room for one of each direction: a chain.
  const more = { peersMinCount: 1 };
  const first = await start(1, [], more);
  const { address } = first.infoNetwork;
  const nodes = [first];
  for (const nodeId of [2, 3, 4, 5]) nodes.push(await start(nodeId, [address], more));
  await until("all know all", () => nodes.every((node) => knows(node, [1, 2, 3, 4, 5])));
  const refused = nodes.map((node) => node.infoNetwork.status().refusedCount);
  expect(refused.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  await nodes[4]?.infos.set("k", "v");
  await until("it reaches all", () => nodes.every((node) => node.infos.get("k") === "v"));
  for (const node of nodes) {
    const { incoming, linksMaxCount } = node.infoNetwork.status();
    expect(incoming.length).toBeLessThanOrEqual(linksMaxCount + 64);
  }
});

it("says that it is stalled when the sentinel's node dies, until another holds it", async () => {
  const nodes = await three();
  const [one, two, three_] = nodes as [HearsayNode, HearsayNode, HearsayNode];
  const holderOf = (node: HearsayNode) => node.infoNetwork.status().connectivity.sentinelNodeId;
  await until("the holder is known", () => holderOf(two) === 1);
  await one.stop();
  const rest = [two, three_];
  const conditions = () => rest.map((node) => node.infoNetwork.status().condition);
  const holders = () => rest.map(holderOf);
  await until("what the dead one said is over", () => holders().every((id) => id === 0));
  await until("both are stalled", () => conditions().every((one_) => one_ === "stalled"));
  expect(cluster.log.some(({ message }) => message.includes("no sentinel"))).toBe(true);
  expect(two.metrics()["infoNetwork.stalled"]).toBe(1);
  two.infoNetwork.holdSentinel();
  await until("both are whole", () => conditions().every((one_) => one_ === "connected"));
  await until("it is known who holds it", () => holders().every((id) => id === 2));
  // They found each other without the one that brought them together.
  await two.infos.set("k", "after");
  await until("it comes", () => three_.infos.get("k") === "after");
});

it("begins again with what its data directory remembers", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-info-network-"));
  folders.push(folder);
  const first = await start(1);
  const { address } = first.infoNetwork;
  const dataDir = { dataDir: folder };
  const second = await start(2, [address], {}, dataDir);
  await until("it knows", () => knows(second, [1, 2]) && knows(first, [1, 2]));
  await second.infos.set("mine", "of a former life");
  await until("it comes", () => first.infos.get("mine") !== undefined);
  const file = join(folder, "info-bootstrap.pb");
  await until("it remembers", () => existsSync(file));
  await second.stop();
  // No resolver leads to the first one any more.
  const nowhere = { sentinel: "follow" } as const;
  const again = await start(2, ["127.0.0.1:1"], nowhere, dataDir);
  await until("it is back", () => again.infos.get("mine") === "of a former life");
  await again.infos.set("mine", "of this life");
  await until("it goes on", () => first.infos.get("mine") === "of this life");
  await again.stop();

  writeFileSync(file, Buffer.from("not a message"));
  const third = await start(2, [address], nowhere, dataDir);
  await until("it starts all the same", () => knows(third, [1]));
  expect(cluster.log.some(({ message }) => message.includes("is of no use"))).toBe(true);
});

it("keeps networks of another id apart", async () => {
  const first = await start(1);
  const other = { clusterId: "00000000-0000-0000-0000-000000000001", sentinel: "hold" } as const;
  const stranger = await start(9, [first.infoNetwork.address], other);
  await until("it was refused", () => {
    return (first.metrics()["infoNetwork.clusterMismatch"] ?? 0) > 0;
  });
  await first.infos.set("k", 1);
  expect(knows(first, [9])).toBe(false);
  expect(knows(stranger, [1])).toBe(false);
});

it("says who else goes by its id", async () => {
  const first = await start(1);
  const { address } = first.infoNetwork;
  const second = await start(2, [address]);
  await until("it knows", () => knows(first, [2]));
  const double = await start(2, [address]);
  await until("the older one hears of it", () => {
    return second.infoNetwork.status().nodeIdTakenBy === double.infoNetwork.address;
  });
  expect(cluster.log.some(({ message }) => message.includes("goes by id 2 too"))).toBe(true);
});

it("leaves nothing behind when it stops", async () => {
  const nodes = await three();
  const [one] = nodes as [HearsayNode];
  const { address } = one.infoNetwork;
  const held = () => one.metrics();
  expect(held()["infoNetwork.streams"]).toBeGreaterThan(0);
  await one.stop();
  expect(held()).toMatchObject({ "infoNetwork.streams": 0, "infoNetwork.connections": 0 });
  // The port is free: the same address again.
  const again = await start(1, [], { listen: address });
  expect(again.infoNetwork.address).toBe(address);
});

it("needs sockets, which a simulated machine has not", async () => {
  const infos = { via: "grpc", nodeId: 1, clusterId, listen: "127.0.0.1:0" } as const;
  const made = createTestCluster({ nodes: 1, options: { infos } });
  await expect(made).rejects.toThrow(/CONFIG_OPTION.*infos.via "grpc" needs sockets/);
});

it("keeps and passes on values that no codec here reads", async () => {
  const nodes = await three({ codec: "json" });
  const [one, two] = nodes as [HearsayNode, HearsayNode];
  const [, , reader] = nodes as [HearsayNode, HearsayNode, HearsayNode];
  const other = await start(4, [one.infoNetwork.address], { codec: "raw" });
  await until("it is in", () => knows(other, [1, 2, 3]) && knows(two, [4]));
  await other.infos.set("foreign", Uint8Array.of(1, 2, 3));
  await until("it came to all", () => reader.infos.keys().includes("foreign"));
  expect(reader.infos.get("foreign")).toBeUndefined();
  const another = await start(5, [two.infoNetwork.address], { codec: "raw" });
  await until("it was passed on", () => another.infos.get("foreign") !== undefined);
  expect(another.infos.get("foreign")).toEqual(Uint8Array.of(1, 2, 3));
});

it("says what is wrong with its options", async () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ nodeId: 0 }, /CONFIG_OPTION.*nodeId/],
    [{ nodeId: 2 ** 31 }, /CONFIG_OPTION.*nodeId/],
    [{ nodeId: undefined }, /CONFIG_OPTION.*nodeId/],
    [{ clusterId: "x" }, /CONFIG_OPTION.*UUID/],
    [{ clusterId: undefined }, /CONFIG_OPTION.*clusterId is needed/],
    [{ clusterId: "00000000-0000-0000-0000-000000000000" }, /CONFIG_OPTION.*UUID/],
    [{ listen: "nowhere" }, /CONFIG_OPTION.*listen/],
    [{ listen: "0.0.0.0:0" }, /ADVERTISE_INVALID.*infos.advertise/],
    [{ resolvers: "127.0.0.1:1" }, /CONFIG_OPTION.*resolvers/],
    [{ resolvers: ["127.0.0.1"] }, /CONFIG_OPTION.*resolvers/],
    [{ packageName: "a/b" }, /CONFIG_OPTION.*packageName/],
    [{ sentinel: "maybe" }, /CONFIG_OPTION.*sentinel/],
    [{ tls: { ca: "x" } }, /CONFIG_OPTION.*tls/],
    [{ tls: { ca: "x", cert: "y", key: "z" } }, /CONFIG_OPTION.*PEM/],
    [{ keysMaxCount: 0 }, /CONFIG_OPTION.*keysMaxCount/],
    [{ messageMaxBytes: 1_000 }, /CONFIG_OPTION.*messageMaxBytes/],
    [{ misspelt: 1 }, /CONFIG_OPTION.*misspelt/],
    [{ via: "pigeon" }, /CONFIG_OPTION.*via/],
  ];
  for (const [more, message] of wrong) await expect(start(1, [], more)).rejects.toThrow(message);
  const gossiping = await cluster.start({ name: "g" });
  expect(() => gossiping.infoNetwork).toThrow(/CONFIG_OPTION.*travel by gossip/);
  const one = await start(1);
  const { address } = one.infoNetwork;
  await expect(start(2, [], { listen: address })).rejects.toThrow(/BIND_FAILED.*infos.listen/);
});
