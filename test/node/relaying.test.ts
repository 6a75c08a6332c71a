/**
 * Two nodes that do not reach each other, and others that reach both: what users send arrives all
 * the same, and by its own path again once there is one.
 */
import { afterEach, describe, expect, it } from "vitest";
import { raft } from "../../src/index.ts";
import type { TestCluster, TestNodeOptions } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

let cluster: TestCluster;
afterEach(() => cluster.stop());

async function made(nodes: number, options: TestNodeOptions = {}): Promise<void> {
  cluster = await createTestCluster({ nodes, options, seed: 4 });
}

function cutBothWays(one: string, other: string): void {
  cluster.cut(one, other);
  cluster.cut(other, one);
}

function relayedAt(name: string): readonly string[] {
  return cluster
    .node(name)
    .members.reachability()
    .relayed.map(({ peer }) => peer);
}

function count(metric: string): number {
  return cluster.nodes.reduce((sum, node) => sum + (node.metrics()[metric] ?? 0), 0);
}

async function untilKnown(one: string, other: string): Promise<void> {
  const isKnown = () =>
    cluster.nodes.every((node) => node.members.reachability().isCutFrom(one, other));
  // Not at every event, which would take long.
  for (let ms = 0; ms < 20_000 && !isKnown(); ms += 500) await cluster.runForMs(500);
  expect(isKnown()).toBe(true);
}

describe("between two nodes that are cut off from each other", () => {
  it("requests go by way of a third, both ways, and back to the direct path", async () => {
    await made(4);
    for (const node of cluster.nodes) {
      node.topic("Where").onRequest((value: unknown) => `${node.name} heard ${String(value)}`);
    }
    const ask = (from: string, to: string) => {
      const node = cluster.node(from);
      return cluster.run(node.peer(to).request(node.topic("Where"), from));
    };
    cutBothWays("n1", "n2");
    await untilKnown("n1", "n2");
    expect(await ask("n1", "n2")).toBe("n2 heard n1");
    expect(await ask("n2", "n1")).toBe("n1 heard n2");
    expect([relayedAt("n1"), relayedAt("n2")]).toEqual([["n2"], ["n1"]]);
    expect(count("links.relaying.begun")).toBe(1);
    cluster.heal();
    const isDirect = () => relayedAt("n1").length + relayedAt("n2").length === 0;
    await cluster.until(isDirect, { limitMs: 15_000 });
    expect(await ask("n1", "n2")).toBe("n2 heard n1");
    expect([count("links.relayed.returned"), count("requests.lost")]).toEqual([1, 0]);
    expect(count("members.fail")).toBe(0);
  });

  it("trees, rumours and infos reach both, and lose nothing while a link hangs", async () => {
    await made(4);
    const heard: string[] = [];
    for (const via of ["plumtree", "rumor"] as const) {
      for (const node of cluster.nodes) {
        const topic = node.topic<string>(via, { via, history: {} });
        if (node.name === "n2") topic.subscribe(({ value }) => heard.push(`${via} ${value}`));
      }
    }
    const publish = async (value: string): Promise<void> => {
      for (const via of ["plumtree", "rumor"] as const) {
        const topic = cluster.node("n1").topic<string>(via, { via, history: {} });
        await cluster.run(topic.publish(value));
      }
    };
    const all = (values: readonly string[]) =>
      values.every((one) => ["plumtree", "rumor"].every((via) => heard.includes(`${via} ${one}`)));
    await publish("before");
    await cluster.until(() => all(["before"]));
    cutBothWays("n1", "n2");
    await publish("at once");
    await untilKnown("n1", "n2");
    await publish("known");
    await cluster.run(cluster.node("n1").infos.set("load", 7));
    const isWhole = () => all(["at once", "known"]) && cluster.node("n2").infos.get("load") === 7;
    await cluster.until(isWhole, { limitMs: 30_000 });
    expect(heard).toHaveLength(6);
  });

  it("HyParView looks for neighbours that it reaches itself, and trees go on", async () => {
    await made(6, { overlay: "hyparview" });
    const heard = new Set<string>();
    for (const node of cluster.nodes) {
      node.topic<string>("News", { via: "plumtree", history: {} }).subscribe(({ value }) => {
        heard.add(`${node.name} ${value}`);
      });
    }
    await cluster.runForMs(5_000);
    cutBothWays("n1", "n2");
    await untilKnown("n1", "n2");
    await cluster.runForMs(15_000);
    const neighboursOf = (name: string) => cluster.node(name).view().overlay?.active ?? [];
    expect(neighboursOf("n1")).not.toContain("n2");
    expect(neighboursOf("n2")).not.toContain("n1");
    const topic = cluster.node("n1").topic<string>("News", { via: "plumtree", history: {} });
    await cluster.run(topic.publish("cut"));
    await cluster.until(() => cluster.names.every((name) => heard.has(`${name} cut`)));
  });

  it("without relaying a request finds no way", async () => {
    await made(3, { links: { relay: "off" } });
    cutBothWays("n1", "n2");
    await untilKnown("n1", "n2");
    const node = cluster.node("n1");
    const asked = cluster.run(node.peer("n2").request(node.topic("Where"), 1));
    await expect(asked).rejects.toThrow(/PEER_UNREACHABLE/);
  });

  it("a leader keeps a follower that it does not reach by itself", async () => {
    await made(3, { orderer: raft({ voters: ["n1", "n2", "n3"], storage: "memory" }) });
    await cluster.run(Promise.all(cluster.nodes.map((node) => node.order.ready())));
    const { leader = "" } = cluster.node("n1").order.status();
    const [follower = ""] = cluster.names.filter((name) => name !== leader);
    const log = cluster.node(leader).orderedLog<number>("Orders");
    const told: number[] = [];
    cluster
      .node(follower)
      .orderedLog<number>("Orders")
      .subscribe((entry) => {
        if ("value" in entry) told.push(entry.value);
      });
    await cluster.run(log.append(1));
    await cluster.until(() => told.length === 1);
    cutBothWays(leader, follower);
    await cluster.run(log.append(2), { limitMs: 60_000 });
    await cluster.until(() => relayedAt(leader).includes(follower), { limitMs: 30_000 });
    const { term } = cluster.node(leader).order.status();
    await cluster.run(log.append(3), { limitMs: 60_000 });
    await cluster.until(() => told.length === 3, { limitMs: 30_000 });
    await cluster.runForMs(30_000);
    // Its heartbeats arrive: nobody stands for election against it.
    expect(cluster.node(follower).order.status()).toMatchObject({ leader, term });
    expect(told).toEqual([1, 2, 3]);
  });
});
