/** The info network's own convergence suite: it has no place in the matrix (DESIGN section 9). */
import { expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import { encodeUtf8 } from "../../src/core/text.ts";
import { InfoNetworkTown } from "../../src/sim/experiments/replicas/info-network-town.ts";

const NODES = 8;
const KEYS = 6;
const ROUNDS = 14;
const SECOND_MS = 1_000;
/** Of one clock; two differ by less than a sentinel has left when the next one comes. */
const SKEW_MS = 1_000;
/** Longer than the longest pause between two dials of an address. */
const CALM_MS = 90 * SECOND_MS;

/** User keys with value or without, as a node sees them. */
function shown(town: InfoNetworkTown, index: number): string[] {
  return Array.from({ length: KEYS }, (_, key) => {
    const reading = town.network(index).read(`k${key}`);
    return reading.status === "ok" ? `${reading.info.nodeId} ${reading.info.origStamp}` : "none";
  });
}

function write(town: InfoNetworkTown, random: Random): void {
  const [from = 0] = town.pick(1, random, []);
  const key = `k${random.below(KEYS)}`;
  const value = encodeUtf8(String(random.uint32()));
  town.step(from, (network) =>
    random.chance(0.25) ? network.delete(key) : network.set(key, value, 0),
  );
}

/** Half of the nodes apart, or one way between two cut, for a while. */
function cut(town: InfoNetworkTown, random: Random): void {
  const { simulator } = town;
  const half = town.pick(NODES / 2, random, []);
  const nodes = simulator.nodes.filter(({ index }) => half.includes(index));
  const [one, other] = nodes;
  if (random.chance(0.5)) simulator.partition(nodes);
  else if (one !== undefined && other !== undefined) simulator.network.cut(one, other);
  for (let count = 0; count < 4; count += 1) {
    write(town, random);
    town.run(random.below(6 * SECOND_MS));
  }
  simulator.heal();
  simulator.network.mendAll();
  town.run(30 * SECOND_MS);
}

/** Some die, and come back with nothing but addresses, and clocks that were set. */
function crash(town: InfoNetworkTown, random: Random): void {
  const killed = town.pick(1 + random.below(3), random, []);
  town.kill(killed);
  town.run(random.below(10 * SECOND_MS));
  for (const index of killed) {
    const node = town.simulator.nodes[index];
    if (node !== undefined) node.wallClockSkewMs = random.below(2 * SKEW_MS) - SKEW_MS;
  }
  town.restart(killed);
  town.run(30 * SECOND_MS);
}

it.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
  "seed %i: after cuts, crashes and clocks that jump all hold the same",
  (seed) => {
    const random = Random.derive(seed, "faults");
    const town = new InfoNetworkTown({ seed, network: { clientsIntervalMs: 4_000 } });
    town.grow(NODES, 10);
    town.run(10 * SECOND_MS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let count = 0; count < 3; count += 1) write(town, random);
      if (random.chance(0.6)) cut(town, random);
      else crash(town, random);
    }
    town.run(CALM_MS);
    expect(town.isConnected).toBe(true);
    const first = shown(town, 0);
    for (const index of town.living())
      expect([index, ...shown(town, index)]).toEqual([index, ...first]);
    expect(town.excess()).toBeLessThanOrEqual(0);
  },
  60_000,
);
