import { describe, expect, test } from "vitest";
import { SimCluster, type SimPeer } from "./sim-cluster.ts";

const heardTimes = (peer: SimPeer, tag: string): number =>
  peer.heard.filter((rumor) => rumor.tag === tag).length;

describe("fifty nodes of the real stack in the simulator", () => {
  test("one publish reaches all, each once, although a tenth of the packets is lost", () => {
    const cluster = new SimCluster({ seed: 7, nodesCount: 50, lossRatio: 0.1 });
    cluster.form();
    const began = cluster.simulator.nowMs;
    cluster.peer(17).publish("news");
    const all = () => cluster.peers.every((peer) => heardTimes(peer, "news") === 1);
    expect(cluster.simulator.runUntil(all, 5_000)).toBe(true);
    expect(cluster.simulator.nowMs - began).toBeLessThan(1_000);
    cluster.simulator.runForMs(5_000);
    expect(all()).toBe(true);
    expect(cluster.peers.every((peer) => peer.stack.backlogCount === 0)).toBe(true);
  });

  test("a large value reaches all by mail, although a tenth of the segments is lost", () => {
    const cluster = new SimCluster({ seed: 8, nodesCount: 50, lossRatio: 0.1 });
    cluster.form();
    const payload = new Uint8Array(200_000).fill(7);
    cluster.peer(3).publish("large", payload);
    const all = () => cluster.peers.every((peer) => heardTimes(peer, "large") === 1);
    expect(cluster.simulator.runUntil(all, 30_000)).toBe(true);
    expect(cluster.peer(49).heard[0]?.payload).toEqual(payload);
    cluster.simulator.runForMs(20_000);
    expect(all()).toBe(true);
    expect(cluster.peers.every((peer) => peer.stack.backlogCount === 0)).toBe(true);
  });

  test("when its publisher dies half way, those who have it pass it to more", () => {
    const cluster = new SimCluster({ seed: 9, nodesCount: 50 });
    cluster.form();
    const publisher = cluster.peer(3);
    publisher.publish("large", new Uint8Array(200_000));
    const heardCount = () => cluster.peers.filter((peer) => heardTimes(peer, "large") === 1).length;
    expect(cluster.simulator.runUntil(() => heardCount() >= 20, 30_000)).toBe(true);
    if (publisher.node !== undefined) cluster.simulator.crash(publisher.node);
    const before = heardCount();
    cluster.simulator.runForMs(10_000);
    expect(heardCount()).toBeGreaterThan(before + 5);
  });

  test("mail to a member that is cut off from the publisher is tried again", () => {
    const cluster = new SimCluster({ seed: 10, nodesCount: 3 });
    cluster.form();
    const [a, b] = [cluster.peer(0), cluster.peer(1)];
    if (a.node === undefined || b.node === undefined) throw new Error("not started");
    cluster.simulator.partition([b.node]);
    a.publish("large", new Uint8Array(50_000));
    cluster.simulator.runForMs(2_000);
    expect(heardTimes(b, "large")).toBe(0);
    cluster.simulator.heal();
    expect(cluster.simulator.runUntil(() => heardTimes(b, "large") === 1, 30_000)).toBe(true);
  });

  test("what a node rejects it does not pass on; what it cannot judge it does", () => {
    const cluster = new SimCluster({ seed: 11, nodesCount: 12 });
    cluster.form();
    for (const peer of cluster.peers) peer.verdict = "rejected";
    cluster.peer(0).publish("bad");
    cluster.simulator.runForMs(5_000);
    const relayed = (): number =>
      cluster.peers.slice(1).reduce((sum, peer) => sum + peer.count("broadcast.transmissions"), 0);
    expect(relayed()).toBe(0);
    for (const peer of cluster.peers) peer.verdict = "unknown";
    const last = cluster.peer(11);
    last.verdict = "accepted";
    cluster.peer(0).publish("strange");
    cluster.simulator.runForMs(5_000);
    expect(heardTimes(last, "strange")).toBe(1);
    expect(relayed()).toBeGreaterThan(0);
  });

  test("the same seed gives the same run", () => {
    const run = (): string => {
      const cluster = new SimCluster({ seed: 12, nodesCount: 8, lossRatio: 0.05 });
      const lines: string[] = [];
      cluster.simulator.traceText((line) => lines.push(line));
      cluster.form();
      cluster.peer(5).publish("x");
      cluster.simulator.runForMs(500);
      return lines.join("\n");
    };
    expect(run()).toBe(run());
  });
});

describe("a life", () => {
  test("its boot rises above the one that others still hold of its name", () => {
    const cluster = new SimCluster({ seed: 13, nodesCount: 3 });
    cluster.form();
    const third = cluster.peer(2);
    const [first] = cluster.peers;
    if (third.node === undefined || first?.node === undefined) throw new Error("not started");
    expect(third.stack.origin).toBe("n2#1002");
    cluster.simulator.crash(third.node);
    // Its clock was set back: it begins below its former life.
    const options = { boot: 500, wire: "serf" } as const;
    cluster.simulator.restart(third.node, { build: (host) => third.build(host, options) });
    expect(third.stack.origin).toBe("n2#500");
    third.stack.join(first.node.address, () => {});
    cluster.simulator.runForMs(1_000);
    expect(third.stack.origin).toBe("n2#1003");
    expect(third.bootRaisedTo).toBe(1_003);
    third.publish("hello");
    cluster.simulator.runForMs(5_000);
    expect(first.heard.at(-1)?.origin).toBe("n2#1003");
  });

  test("a plain memberlist wire carries adverts and rumours too", () => {
    const cluster = new SimCluster({ seed: 14, nodesCount: 5, wire: "memberlist" });
    cluster.form();
    cluster.peer(1).publish("x");
    const all = () => cluster.peers.every((peer) => heardTimes(peer, "x") === 1);
    expect(cluster.simulator.runUntil(all, 5_000)).toBe(true);
    cluster.peer(4).stack.leave();
    expect(cluster.simulator.runUntil(() => cluster.peer(4).hasLeft, 30_000)).toBe(true);
    expect(cluster.peer(0).changes).toContainEqual({ change: "leave", name: "n4" });
  });
});
