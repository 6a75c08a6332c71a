/** Many nodes of the small facade on the simulator: the same class that runs on sockets. */
import { describe, expect, it } from "vitest";
import { at } from "../core/collections/at.ts";
import { dotKey } from "../core/dot.ts";
import { resolveOptions } from "../core/options.ts";
import { compareVectorClocks } from "../core/vector-clock.ts";
import { rumorDefaults } from "../exchange/rumor/rumor.options.ts";
import { samplingOptions } from "../peers/sampling/sampling.options.ts";
import type { SimOptions } from "../sim/sim.options.ts";
import type { SimNode } from "../sim/sim-node.ts";
import { Simulator } from "../sim/simulator.ts";
import { gossipDefaults } from "./gossip.options.ts";
import { findCodec, GossipNode, rumorsOf } from "./gossip-node.ts";
import type { GossipPacket } from "./packet.ts";
import type { Parcel } from "./parcel.ts";
import { ParcelCodec } from "./parcel.wire.ts";

const numbers = resolveOptions("gossip", gossipDefaults);
const rumor = rumorsOf(numbers, resolveOptions("rumor", rumorDefaults));
const sampling = samplingOptions();
const value = Uint8Array.of(1);

class Town {
  readonly simulator: Simulator;
  readonly nodes: GossipNode[] = [];
  readonly got: GossipPacket[][] = [];
  readonly counts = new Map<string, number>();

  constructor(seed: number, nodesCount: number, options: Partial<SimOptions> = {}) {
    const codec = new ParcelCodec(findCodec, 200_000);
    const transcode = (message: unknown): unknown => {
      const reading = codec.decode(codec.encode(message as Parcel));
      return "message" in reading ? reading.message : undefined;
    };
    this.simulator = new Simulator({ seed, transcode, ...options });
    for (let number = 0; number < nodesCount; number += 1) {
      this.simulator.add((host) => this.begin(host), { name: `n${number}` });
    }
  }

  private begin(host: SimNode): void {
    const packets: GossipPacket[] = [];
    this.got[host.index] = packets;
    const counters = {
      add: (name: string, by = 1): void => {
        this.counts.set(name, (this.counts.get(name) ?? 0) + by);
      },
    };
    const node = new GossipNode(host, {
      id: host.name,
      boot: host.wallClockMs,
      address: host.address,
      numbers,
      sampling,
      rumor,
      counters,
      onPacket: (packet) => packets.push(packet),
    });
    this.nodes[host.index] = node;
    if (host.index > 0) node.join([at(this.simulator.nodes, 0).address]);
  }

  /** Each of the living sends one packet every `intervalMs`, `count` times, from now on. */
  chatter(count: number, intervalMs: number): void {
    for (const node of this.simulator.nodes) {
      for (let turn = 0; turn < count; turn += 1) {
        this.simulator.plan(turn * intervalMs + node.index, () => {
          if (node.isAlive) at(this.nodes, node.index).send(value);
        });
      }
    }
  }
}

/** Each packet once, and none behind one that it came before, unless it was told to be missing. */
function checkOrder(packets: readonly GossipPacket[]): void {
  expect(new Set(packets.map(({ id }) => id)).size).toBe(packets.length);
  const missing = new Set<string>();
  packets.forEach((packet, place) => {
    for (const { first, last, origin } of packet.gap) {
      for (let seq = first; seq <= last; seq += 1) missing.add(dotKey({ origin, seq }));
    }
    if (missing.has(packet.id)) return;
    for (const earlier of packets.slice(0, place)) {
      const order = compareVectorClocks(packet.vectorClock, earlier.vectorClock);
      if (order === "before") throw new Error(`${packet.id} came behind ${earlier.id}`);
    }
  });
}

describe("gossip on the simulator", () => {
  it("brings every packet to everybody, once and in order, over a line that loses a tenth", () => {
    const town = new Town(1, 24, { lossRatio: 0.1 });
    town.simulator.runForMs(20_000);
    town.chatter(5, 300);
    town.simulator.runForMs(10_000);
    let missing = 0;
    for (const packets of town.got) {
      checkOrder(packets);
      missing += 23 * 5 - packets.length;
    }
    // e^−9 of 24 × 115 are told to nobody, and some come behind a later one of their author.
    expect(missing).toBeLessThan(10);
    for (const node of town.nodes) expect(node.waitingCount).toBe(0);
    const populations = town.nodes.map(({ view }) => view.population);
    for (const population of populations) expect(population).toBe(24);
  });

  it("goes on when a third of the nodes die and one comes back, and when two say goodbye", () => {
    const town = new Town(2, 30);
    town.simulator.runForMs(20_000);
    for (const node of town.simulator.nodes.slice(20)) town.simulator.crash(node, "machine");
    for (const place of [18, 19]) {
      at(town.nodes, place).leave();
      town.simulator.crash(at(town.simulator.nodes, place));
    }
    town.simulator.runForMs(30_000);
    const views = town.nodes.slice(0, 18).map((node) => node.peers().map(({ id }) => id));
    for (const view of views) {
      expect(view.every((id) => Number(id.slice(1)) < 18)).toBe(true);
      expect(view.length).toBe(17);
    }
    town.simulator.restart(at(town.simulator.nodes, 20));
    town.simulator.runForMs(5_000);
    town.chatter(1, 0);
    town.simulator.runForMs(5_000);
    for (const place of [0, 7, 20]) {
      expect(at(town.got, place)).toHaveLength(18);
      checkOrder(at(town.got, place));
    }
  });

  it("says what a newcomer missed, and waits for it no longer than allowed", () => {
    const town = new Town(3, 4);
    town.simulator.runForMs(5_000);
    for (let count = 0; count < 3; count += 1) at(town.nodes, 1).send(value);
    town.simulator.runForMs(5_000);
    town.simulator.crash(at(town.simulator.nodes, 3));
    town.simulator.restart(at(town.simulator.nodes, 3));
    town.simulator.runForMs(5_000);
    const { seq } = at(town.nodes, 1).send(value);
    town.simulator.runForMs(5_000);
    expect(seq).toBe(4);
    const [only] = at(town.got, 3);
    expect(only?.version).toBe(4);
    expect(only?.gap).toEqual([{ origin: at(town.nodes, 1).origin, first: 1, last: 3 }]);
  });

  it("has no more to do with whom it removed, until it takes it back", () => {
    const town = new Town(4, 3);
    town.simulator.runForMs(5_000);
    const [n0, n1] = [at(town.nodes, 0), at(town.nodes, 1)];
    n0.ban("n1");
    n1.send(value);
    at(town.nodes, 2).send(value);
    town.simulator.runForMs(5_000);
    expect(at(town.got, 0).map(({ author }) => author)).toEqual(["n2"]);
    expect(n0.peers().map(({ id }) => id)).toEqual(["n2"]);
    expect([n0.admit("n1"), n0.admit("n1")]).toEqual([true, false]);
    town.simulator.runForMs(120_000);
    n1.send(value);
    town.simulator.runForMs(5_000);
    expect(at(town.got, 0).map(({ author }) => author)).toEqual(["n2", "n1"]);
  });

  it("gives one run for one seed", () => {
    const runs = [1, 2].map(() => {
      const town = new Town(5, 12, { lossRatio: 0.2 });
      town.simulator.runForMs(5_000);
      town.chatter(3, 100);
      town.simulator.runForMs(5_000);
      return town.got.map((packets) => packets.map(({ id }) => id));
    });
    expect(runs[0]).toEqual(runs[1]);
  });
});
