import { describe, expect, it } from "vitest";
import { at } from "../../core/collections/at.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { InfoNetworkTown } from "../../sim/experiments/replicas/info-network-town.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";

const SECOND_MS = 1_000;
const text = (value: string) => encodeUtf8(value);

describe("a network of ten", () => {
  const options = { clientsIntervalMs: 2_000 };

  function town(nodesCount: number, network: Partial<InfoNetworkOptions> = options) {
    const one = new InfoNetworkTown({ seed: 1, network });
    one.grow(nodesCount, 10);
    one.run(20 * SECOND_MS);
    return one;
  }

  it("is whole, knows who dialled whom, and sends nothing twice", () => {
    const one = town(10);
    expect([one.isConnected, one.stalledCount, one.excess(), one.wholeness()]).toEqual([
      true,
      0,
      0,
      1,
    ]);
    expect(one.hopsMost()).toBeLessThanOrEqual(5);
    one.watchSending();
    for (const from of [0, 4, 9]) expect(one.update(from, SECOND_MS).reachedCount).toBe(10);
    one.run(20 * SECOND_MS);
    expect(one.resentCount).toBe(0);
    expect(one.sentCount).toBeGreaterThan(100);
    const { edges, sentinelNodeId } = one.network(7).connectivity();
    expect(sentinelNodeId).toBe(1);
    const dialled = one
      .network(0)
      .status()
      .incoming.map(({ nodeId }) => nodeId);
    const said = edges.filter(({ targetId }) => targetId === 1).map(({ sourceId }) => sourceId);
    expect(new Set(said)).toEqual(new Set(dialled));
  });

  it("runs the same way whenever it runs from the same seed", () => {
    const course = () => {
      const one = town(12);
      one.kill([3, 7]);
      one.run(8 * SECOND_MS);
      one.restart([7]);
      one.run(8 * SECOND_MS);
      return [one.streams(), one.count("dials"), one.count("infosSent"), one.hopsMost()];
    };
    expect(course()).toEqual(course());
  });

  it("keeps what a node lost, gives it back, and hears of it although its clock went back", () => {
    const one = town(10);
    one.step(4, (network) => network.set("kept", text("old life"), 0));
    one.run(SECOND_MS);
    one.kill([4]);
    one.run(5 * SECOND_MS);
    const node = one.simulator.nodes[4];
    if (node === undefined) throw new Error("no node");
    node.wallClockSkewMs = -600 * SECOND_MS;
    one.restart([4]);
    one.step(4, (network) => network.set("fresh", text("new life"), 0));
    one.run(10 * SECOND_MS);
    for (const index of one.living()) {
      expect(one.network(index).read("kept")).toMatchObject({ payload: text("old life") });
      expect(one.network(index).read("fresh")).toMatchObject({ payload: text("new life") });
    }
    expect(one.isConnected).toBe(true);
  });

  it("stalls when the sentinel's node dies, and is whole when another one holds it", () => {
    const one = town(10);
    one.kill([0]);
    one.run(10 * SECOND_MS);
    expect(one.stalledCount).toBe(9);
    one.moveSentinel(6);
    one.run(5 * SECOND_MS);
    expect([one.stalledCount, one.wholeness()]).toEqual([0, 1]);
    one.restart([0]);
    one.run(10 * SECOND_MS);
    expect(one.isConnected).toBe(true);
  });

  it("deletes a key for all, also for who was away", () => {
    const one = town(10);
    one.step(3, (network) => network.set("k", text("v"), 0));
    one.run(SECOND_MS);
    one.simulator.partition(one.simulator.nodes.slice(7));
    one.run(5 * SECOND_MS);
    one.step(2, (network) => network.delete("k"));
    one.run(60 * SECOND_MS);
    expect(one.network(8).read("k").status).toBe("ok");
    one.simulator.heal();
    one.run(10 * SECOND_MS);
    for (const index of one.living()) expect(one.network(index).read("k").status).toBe("absent");
  });

  it("outlives restarts of all, by the addresses that each has kept", () => {
    const one = town(6);
    const all = one.living();
    one.kill(all);
    one.restart(all.slice(1));
    one.moveSentinel(3);
    one.run(10 * SECOND_MS);
    expect([one.stalledCount, one.wholeness()]).toEqual([0, 1]);
  });

  it("gets back what only those hold who were cut off while all others began anew", () => {
    const nodesCount = 8;
    const one = town(nodesCount);
    const anew = [0, 1];
    for (const index of anew) {
      one.step(index, (network) => network.set(`old${index}`, text("v"), 0));
      one.step(index, (network) => network.set(`ended${index}`, text("v"), 0));
    }
    one.run(SECOND_MS);
    for (const index of anew) one.step(index, (network) => network.delete(`ended${index}`));
    one.run(SECOND_MS);
    const apart = one.living().slice(nodesCount - 1);
    one.simulator.partition(apart.map((index) => at(one.simulator.nodes, index)));
    const others = one.living().filter((index) => !apart.includes(index));
    // All but those who are apart have lost everything, and write on.
    one.kill(others);
    one.run(20 * SECOND_MS);
    one.restart(others);
    one.run(20 * SECOND_MS);
    for (const index of anew) {
      one.step(index, (network) => network.set(`new${index}`, text("v"), 0));
    }
    one.run(5 * SECOND_MS);
    one.simulator.heal();
    one.run(60 * SECOND_MS);
    for (const index of one.living()) {
      for (const writer of anew) {
        const [old, ended, fresh] = ["old", "ended", "new"].map(
          (kind) => one.network(index).read(`${kind}${writer}`).status,
        );
        expect([index, writer, old, ended, fresh]).toEqual([index, writer, "ok", "absent", "ok"]);
      }
    }
    // What was regained has stamps of this life, and is not told again and again.
    one.watchSending();
    one.run(10 * SECOND_MS);
    expect(one.resentCount).toBe(0);
  });
});
