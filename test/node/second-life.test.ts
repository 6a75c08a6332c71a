/** Nodes that are killed and come back under their name, at each moment of what follows. */
import { expect, test } from "vitest";
import { HealingCluster } from "./healing-cluster.ts";

/** Before the others notice, while they suspect, about when they give up, and afterwards. */
const ABSENCES_MS = [0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 8_000, 40_000];
const SEEDS_COUNT = 4;

interface Comeback {
  readonly nodesCount: number;
  readonly address: "kept" | "new";
  readonly wire: "serf" | "memberlist";
  readonly lossRatio: number;
}

/** How long after its start the second life is held for alive, where it is, by all; the longest. */
function longestMs(comeback: Comeback): number {
  let longest = 0;
  for (const absenceMs of ABSENCES_MS) {
    for (let seed = 1; seed <= SEEDS_COUNT; seed += 1) {
      longest = Math.max(longest, comebackMs(comeback, absenceMs, seed));
    }
  }
  return longest;
}

function comebackMs(comeback: Comeback, absenceMs: number, seed: number): number {
  const { address, ...options } = comeback;
  const cluster = new HealingCluster({ seed, ...options }).form();
  const { simulator } = cluster;
  simulator.runForMs(5_000 + 137 * seed);
  const peer = cluster.peer(options.nodesCount - 1);
  peer.crash();
  simulator.runForMs(absenceMs);
  // Nothing of the former life is remembered, as by a node without a data directory.
  simulator.restart(peer.node, { disk: "lost", address });
  peer.join(cluster.peer(0));
  const startedMs = simulator.nowMs;
  const isBack = (): boolean =>
    cluster.peers.every(({ stack }) => {
      const member = stack.swim.members.get(peer.name);
      const isThere = member?.address.host === peer.node.address.host;
      const serfStatus = stack.serf?.memberOf(peer.name)?.status ?? "alive";
      return isThere && member?.status === "alive" && serfStatus === "alive";
    });
  expect(simulator.runUntil(isBack, 120_000)).toBe(true);
  return simulator.nowMs - startedMs;
}

test.each([2, 3, 5])(
  "at its old address, of %d nodes: all know it within a second",
  (nodesCount) => {
    const lossless = { nodesCount, address: "kept", lossRatio: 0 } as const;
    expect(longestMs({ ...lossless, wire: "serf" })).toBeLessThan(1_000);
  },
);

/*
 * At another address it has to wait until its former life is dead, which is found within a probe
 * round or two and doubted for 4 s at least.
 */
test.each([2, 3, 5])(
  "at another address, of %d nodes: when its former life is dead",
  (nodesCount) => {
    for (const wire of ["serf", "memberlist"] as const) {
      expect(longestMs({ nodesCount, address: "new", lossRatio: 0, wire })).toBeLessThan(9_000);
    }
  },
);

test.each(["kept", "new"] as const)("at the %s address, though one in ten is lost", (address) => {
  for (const nodesCount of [2, 5]) {
    expect(longestMs({ nodesCount, address, lossRatio: 0.1, wire: "serf" })).toBeLessThan(14_000);
  }
});
