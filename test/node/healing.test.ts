/** Partitions, restarts and ghosts, in virtual time. Field reports: see each test. */
import { describe, expect, test } from "vitest";
import { Random } from "../../src/core/random.ts";
import { HealingCluster, type HealingPeer, isWhole } from "./healing-cluster.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const wires = ["serf", "memberlist"] as const;

/** SWIM forgets its dead after 30 s; Serf keeps them for a day, unless told otherwise. */
const forgetful = { reconnectTimeoutMs: 120_000, tombstoneTimeoutMs: 120_000 };

describe.each(wires)("a partition longer than the reap time heals by itself (%s)", (wire) => {
  const slices = wire === "serf" ? { serf: forgetful } : {};

  test.each([1, 2, 3])("two halves, after ten minutes (seed %i)", (seed) => {
    const cluster = new HealingCluster({ seed, nodesCount: 12, wire, slices }).form();
    const [left, right] = [cluster.peers.slice(0, 6), cluster.peers.slice(6)];
    cluster.partition(left, right);
    cluster.simulator.runForMs(10 * MINUTE_MS);
    for (const side of [left, right]) {
      expect(isWhole(side)).toBe(true);
      for (const peer of side) expect(peer.stack.swim.members.size).toBe(6);
    }
    cluster.simulator.heal();
    expect(cluster.untilWhole(cluster.peers, 2 * MINUTE_MS)).toBe(true);
  });

  test("one against many, after hours", () => {
    const cluster = new HealingCluster({ seed: 4, nodesCount: 8, wire, slices }).form();
    cluster.partition(cluster.peers.slice(0, 1));
    cluster.simulator.runForMs(4 * HOUR_MS);
    expect(cluster.peer(0).seen()).toEqual(["n0"]);
    cluster.simulator.heal();
    expect(cluster.untilWhole(cluster.peers, 2 * MINUTE_MS)).toBe(true);
  });

  test("everybody alone (total isolation)", () => {
    const cluster = new HealingCluster({ seed: 5, nodesCount: 6, wire, slices }).form();
    cluster.partition(...cluster.peers.map((peer) => [peer]));
    cluster.simulator.runForMs(20 * MINUTE_MS);
    for (const peer of cluster.peers) expect(peer.seen()).toEqual([peer.name]);
    cluster.simulator.heal();
    expect(cluster.untilWhole(cluster.peers, 2 * MINUTE_MS)).toBe(true);
  });

  test("the same seed heals at the same moment", () => {
    const healedAt = (): number => {
      const cluster = new HealingCluster({ seed: 6, nodesCount: 4, wire, slices }).form();
      cluster.partition(cluster.peers.slice(0, 2));
      cluster.simulator.runForMs(5 * MINUTE_MS);
      cluster.simulator.heal();
      cluster.untilWhole(cluster.peers, 5 * MINUTE_MS);
      return cluster.simulator.nowMs;
    };
    expect(healedAt()).toBe(healedAt());
  });
});

describe.each(wires)("a restart without being told where (%s)", (wire) => {
  test("of all nodes at once, from their disks", () => {
    const cluster = new HealingCluster({ seed: 11, nodesCount: 10, wire }).form();
    cluster.simulator.runForMs(10_000);
    for (const peer of cluster.peers) peer.crash();
    cluster.simulator.runForMs(HOUR_MS);
    for (const peer of cluster.peers) peer.restart();
    expect(cluster.untilWhole(cluster.peers, MINUTE_MS)).toBe(true);
  });

  test("of one whole side during a partition, from their disks", () => {
    const cluster = new HealingCluster({ seed: 12, nodesCount: 8, wire }).form();
    cluster.simulator.runForMs(10_000);
    const [left, right] = [cluster.peers.slice(0, 4), cluster.peers.slice(4)];
    cluster.partition(left, right);
    cluster.simulator.runForMs(10 * MINUTE_MS);
    for (const peer of right) peer.crash();
    cluster.simulator.runForMs(10 * MINUTE_MS);
    for (const peer of right) peer.restart();
    expect(cluster.untilWhole(right, 2 * MINUTE_MS)).toBe(true);
    cluster.simulator.heal();
    expect(cluster.untilWhole(cluster.peers, 2 * MINUTE_MS)).toBe(true);
  });

  test("of one whole side that lost its disks: the other side remembers", () => {
    const cluster = new HealingCluster({ seed: 13, nodesCount: 6, wire }).form();
    const gone = cluster.peers.slice(3);
    for (const peer of gone) peer.crash();
    cluster.simulator.runForMs(10 * MINUTE_MS);
    for (const peer of gone) peer.restart("lost");
    expect(cluster.untilWhole(cluster.peers, 3 * MINUTE_MS)).toBe(true);
  });

  test("of all, with their disks lost, cannot: nobody knows anybody", () => {
    const cluster = new HealingCluster({ seed: 14, nodesCount: 3, wire }).form();
    for (const peer of cluster.peers) peer.crash();
    for (const peer of cluster.peers) peer.restart("lost");
    cluster.simulator.runForMs(HOUR_MS);
    for (const peer of cluster.peers) expect(peer.seen()).toEqual([peer.name]);
  });
});

describe("what looking for others costs", () => {
  test("nothing while nobody is missing, and after a goodbye", () => {
    const cluster = new HealingCluster({ seed: 21, nodesCount: 6 }).form();
    cluster.peer(5).stack.leave();
    cluster.simulator.runForMs(10_000);
    cluster.peer(5).crash();
    cluster.simulator.runForMs(HOUR_MS);
    const dials = cluster.peers.reduce((sum, peer) => sum + peer.count("reconnect.dials"), 0);
    expect(dials).toBe(0);
  });

  test("a bounded number of dials a minute, however many are gone for good", () => {
    const cluster = new HealingCluster({ seed: 22, nodesCount: 30 }).form();
    for (const peer of cluster.peers.slice(3)) peer.crash();
    cluster.simulator.runForMs(HOUR_MS);
    const before = cluster.peers.slice(0, 3).map((peer) => peer.count("reconnect.dials"));
    cluster.simulator.runForMs(HOUR_MS);
    const after = cluster.peers.slice(0, 3).map((peer) => peer.count("reconnect.dials"));
    for (const [at, count] of after.entries()) {
      expect(count - (before[at] ?? 0)).toBeGreaterThan(30);
      expect(count - (before[at] ?? 0)).toBeLessThan(180);
    }
  });

  test("no storm in a mass restart: a few dials a node until all are back", () => {
    const cluster = new HealingCluster({ seed: 23, nodesCount: 50 }).form();
    cluster.simulator.runForMs(10_000);
    for (const peer of cluster.peers) peer.crash();
    cluster.simulator.runForMs(10_000);
    const before = cluster.peers.reduce((sum, peer) => sum + peer.count("reconnect.dials"), 0);
    for (const peer of cluster.peers) peer.restart();
    expect(cluster.untilWhole(cluster.peers, MINUTE_MS)).toBe(true);
    cluster.simulator.runForMs(MINUTE_MS);
    const dials = cluster.peers.reduce((sum, peer) => sum + peer.count("reconnect.dials"), 0);
    expect(dials - before).toBeLessThan(50 * 6);
  });
});

describe.each(wires)("no ghosts (%s)", (wire) => {
  const slices = wire === "serf" ? { serf: forgetful } : {};

  /** `slept` sleeps through the death of the last node and its reaping. */
  function slept(seed: number, count: number) {
    const cluster = new HealingCluster({ seed, nodesCount: count, wire, slices }).form();
    const dead = cluster.peer(count - 1);
    const sleeper = cluster.peer(count - 2);
    cluster.simulator.pause(sleeper.node);
    dead.crash();
    cluster.simulator.runForMs(10 * MINUTE_MS);
    const awake = cluster.peers.slice(0, count - 2);
    for (const peer of awake) expect(peer.stack.swim.members.get(dead.name)).toBeUndefined();
    const wokenAtMs = cluster.simulator.nowMs;
    cluster.simulator.resume(sleeper.node);
    return { cluster, dead, sleeper, awake, wokenAtMs };
  }

  test.each([31, 32, 36])("a member that slept through a death raises nobody (seed %i)", (seed) => {
    const { cluster, dead, sleeper, awake, wokenAtMs } = slept(seed, 8);
    expect(sleeper.seen()).toContain(dead.name);
    expect(cluster.untilWhole([...awake, sleeper], 3 * MINUTE_MS)).toBe(true);
    cluster.simulator.runForMs(10 * MINUTE_MS);
    for (const peer of awake) {
      const since = peer.told.filter(({ atMs, name }) => atMs >= wokenAtMs && name === dead.name);
      expect(since.filter(({ what }) => what === "join")).toEqual([]);
    }
    const doubts = awake.reduce((sum, peer) => sum + peer.count("swim.ghosts.doubted"), 0);
    expect(doubts).toBeGreaterThan(0);
    for (const peer of awake) expect(peer.stack.swim.members.size).toBe(7);
    expect(sleeper.stack.swim.members.size).toBe(7);
  });

  test("memberlist's rule would raise it: without graves the dead are taken in again", () => {
    const given = { ...slices, swim: { gravesMaxCount: 0 } };
    const cluster = new HealingCluster({ seed: 31, nodesCount: 8, wire, slices: given }).form();
    cluster.simulator.pause(cluster.peer(6).node);
    cluster.peer(7).crash();
    cluster.simulator.runForMs(10 * MINUTE_MS);
    const wokenAtMs = cluster.simulator.nowMs;
    cluster.simulator.resume(cluster.peer(6).node);
    cluster.simulator.runForMs(3 * MINUTE_MS);
    const raised = cluster.peers
      .slice(0, 6)
      .filter(({ told }) => told.some((one) => one.name === "n7" && one.atMs >= wokenAtMs));
    expect(raised.length).toBeGreaterThan(0);
  });

  test("who really comes back is taken in at once, also after its reaping", () => {
    const cluster = new HealingCluster({ seed: 34, nodesCount: 6, wire, slices }).form();
    cluster.peer(5).crash();
    cluster.simulator.runForMs(10 * MINUTE_MS);
    cluster.peer(5).restart("lost");
    cluster.peer(5).join(cluster.peer(0));
    expect(cluster.untilWhole(cluster.peers, 5_000)).toBe(true);
  });

  test("a name takes no memory after its time, and tables hold the living", () => {
    const given = {
      ...slices,
      swim: { graveMs: 5 * MINUTE_MS },
      reconnect: { pastMaxMs: HOUR_MS },
    };
    const cluster = new HealingCluster({ seed: 35, nodesCount: 4, wire, slices: given }).form();
    for (let turn = 0; turn < 12; turn += 1) {
      const guest = cluster.add(`guest${turn}`);
      guest.join(cluster.peer(0));
      cluster.simulator.runForMs(30_000);
      guest.crash();
      cluster.simulator.runForMs(2 * MINUTE_MS);
    }
    cluster.simulator.runForMs(2 * HOUR_MS);
    for (const peer of cluster.peers.slice(0, 4)) {
      const { stack } = peer;
      expect(stack.swim.members.size).toBe(4);
      expect(stack.swim.gravesCount).toBe(0);
      expect(stack.rememberedCount).toBe(0);
      if (stack.serf !== undefined) expect(stack.serf.membersCount).toBe(4);
    }
  });
});

test("whatever happens, nobody who is gone for good is seen once all is quiet", () => {
  for (let seed = 41; seed < 49; seed += 1) {
    const random = new Random(seed);
    const wire = random.pick(wires) ?? "serf";
    const cluster = new HealingCluster({ seed, nodesCount: 9, wire, lossRatio: 0.05 }).form();
    const { simulator, peers } = cluster;
    const gone = new Set<HealingPeer>();
    for (let turn = 0; turn < 14; turn += 1) {
      const peer = random.pick(peers.filter((one) => !gone.has(one)));
      if (peer === undefined) break;
      const deed = random.below(5);
      if (deed === 0 && gone.size < 3) {
        peer.crash();
        gone.add(peer);
      } else if (deed === 1 && !peer.node.isPaused) simulator.pause(peer.node);
      else if (deed === 2) simulator.resume(peer.node);
      else if (deed === 3) cluster.partition(random.shuffle([...peers]).slice(0, 4));
      else simulator.heal();
      simulator.runForMs(random.below(3 * MINUTE_MS));
    }
    for (const peer of peers) simulator.resume(peer.node);
    simulator.heal();
    simulator.network.lossRatio = 0;
    const living = peers.filter((peer) => !gone.has(peer));
    expect(cluster.untilWhole(living, 6 * MINUTE_MS), `seed ${seed}`).toBe(true);
    const quietAtMs = simulator.nowMs;
    simulator.runForMs(20 * MINUTE_MS);
    expect(isWhole(living), `seed ${seed}`).toBe(true);
    const names = new Set([...gone].map(({ name }) => name));
    for (const { told } of living) {
      const since = told.filter(({ atMs, name }) => atMs >= quietAtMs && names.has(name));
      expect(
        since.filter(({ what }) => what === "join"),
        `seed ${seed}`,
      ).toEqual([]);
    }
  }
});

describe.each(wires)("a node that comes back at another address (%s)", (wire) => {
  test.each([61, 62])(
    "killed and started at once, is in again within seconds (seed %i)",
    (seed) => {
      const cluster = new HealingCluster({ seed, nodesCount: 5, wire }).form();
      const others = cluster.peers.slice(0, 4);
      cluster.peer(4).crash();
      const back = cluster.add("n4", "10.9.9.9");
      back.join(cluster.peer(0));
      const isBack = (): boolean =>
        others.every(({ stack }) => {
          const member = stack.swim.members.get("n4");
          return member?.status === "alive" && member.address.host === "10.9.9.9";
        });
      expect(cluster.simulator.runUntil(isBack, MINUTE_MS)).toBe(true);
      cluster.simulator.runForMs(5 * MINUTE_MS);
      expect(isBack() && isWhole([...others, back])).toBe(true);
      expect(back.conflictsLostCount).toBe(0);
    },
  );

  test("a whole cluster restarted at new addresses, told one seed", () => {
    const cluster = new HealingCluster({ seed: 63, nodesCount: 6, wire }).form();
    cluster.simulator.runForMs(10_000);
    const [seed, ...rest] = cluster.peers;
    for (const peer of rest) peer.crash();
    const back = rest.map(({ name }, at) => cluster.add(name, `10.9.9.${at + 1}`));
    for (const peer of back) peer.join(seed as HealingPeer);
    expect(cluster.untilWhole([seed as HealingPeer, ...back], 2 * MINUTE_MS)).toBe(true);
    cluster.simulator.runForMs(5 * MINUTE_MS);
    expect(isWhole([seed as HealingPeer, ...back])).toBe(true);
  });

  test("a second node of the name does not drive out one that lives", () => {
    const cluster = new HealingCluster({ seed: 64, nodesCount: 5, wire }).form();
    const late = cluster.add("n4", "10.9.9.9");
    late.join(cluster.peer(0));
    cluster.simulator.runForMs(5 * MINUTE_MS);
    for (const { stack } of cluster.peers.slice(0, 4)) {
      expect(stack.swim.members.get("n4")?.address.host).toBe("10.0.0.5");
    }
    expect(cluster.peer(4).conflictsLostCount).toBe(0);
    if (wire === "serf") expect(late.conflictsLostCount).toBeGreaterThan(0);
  });
});
