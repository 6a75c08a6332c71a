/** Nodes of the info network that die or stand still without a word. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import type { GrpcInfosChoice, HearsayNode } from "../../src/index.ts";
import { Cluster, until as untilWithin } from "./cluster.ts";
import { firstLine } from "./first-line.ts";

/** Others may use the machine, and processes take their time to start. */
const PATIENCE_MS = 30_000;
const patient = { timeout: 8 * PATIENCE_MS };
const clusterId = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
const fast = {
  stallIntervalMs: 200,
  bootstrapIntervalMs: 50,
  bootstrapBackoffMaxMs: 200,
  clientsIntervalMs: 200,
  sentinelIntervalMs: 200,
  sentinelTtlMs: 800,
  firstAnswerWaitMs: 200,
  regainWaitMs: 600_000,
} as const;
const program = fileURLToPath(new URL("info-network-process.ts", import.meta.url));

let cluster = new Cluster();
const children: ChildProcess[] = [];

afterEach(async () => {
  // What was paused dies of this, too.
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await cluster.stop();
  cluster = new Cluster();
});

function until(what: string, test: () => boolean): Promise<void> {
  return untilWithin(what, test, PATIENCE_MS);
}

/** The node that holds the sentinel, in a process of its own; resolves to where it listens. */
async function holder(more: Partial<GrpcInfosChoice> = {}): Promise<[ChildProcess, string]> {
  const infos = { via: "grpc", nodeId: 1, clusterId, listen: "127.0.0.1:0", ...fast, ...more };
  const args = ["--import", "tsx", program, JSON.stringify(infos)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return [child, await firstLine(child)];
}

function start(
  nodeId: number,
  resolvers: readonly string[],
  more: Partial<GrpcInfosChoice> = {},
): Promise<HearsayNode> {
  const place = { via: "grpc", nodeId, listen: "127.0.0.1:0", resolvers } as const;
  return cluster.start({ name: `p${nodeId}`, infos: { ...place, ...fast, ...more } });
}

it("a killed node is missed, and its next life is found where it was", patient, async () => {
  const [first, address] = await holder();
  const nodes = [await start(2, [address]), await start(3, [address])];
  const lives = () => nodes.map((node) => node.infos.get("life:1"));
  await until("both hear of its life", () => lives().every((pid) => pid === first.pid));
  await nodes[0]?.infos.set("k", "v");
  await until("both have it", () => nodes.every((node) => node.infos.get("k") === "v"));
  first.kill("SIGKILL");
  const statuses = () => nodes.map((node) => node.infoNetwork.status());
  await until("both miss it", () => statuses().every(({ condition }) => condition === "stalled"));
  // Cut off from nothing but the sentinel, they go on with each other.
  await nodes[1]?.infos.set("k", "meanwhile");
  await until("it comes", () => nodes[0]?.infos.get("k") === "meanwhile");

  const [again] = await holder({ listen: address });
  await until("both hear of its next life", () => lives().every((pid) => pid === again.pid));
  await until("all is well", () => statuses().every(({ condition }) => condition === "connected"));
  for (const { connectivity } of statuses()) expect(connectivity.sentinelNodeId).toBe(1);
});

it("a node that stands still is given up, and taken back when it goes on", patient, async () => {
  const quick = { keepaliveIntervalMs: 500, keepaliveTimeoutMs: 1_500 };
  const [first, address] = await holder(quick);
  const node = await start(2, [address], quick);
  await until("they know each other", () => node.infos.get("life:1") === first.pid);
  first.kill("SIGSTOP");
  await until("the link is given up", () => {
    const { condition, outgoing } = node.infoNetwork.status();
    return condition === "stalled" && outgoing.every(({ nodeId }) => nodeId !== 1);
  });
  await node.infos.set("k", "written while it stood still");
  first.kill("SIGCONT");
  // Whoever of the two dials first: one stream carries both ways.
  await until("it is back, with a stream to it", () => {
    const { condition, incoming, outgoing } = node.infoNetwork.status();
    const isLinked = [...incoming, ...outgoing].some(({ nodeId }) => nodeId === 1);
    return condition === "connected" && isLinked;
  });
});
