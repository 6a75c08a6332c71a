import { describe, expect, it } from "vitest";
import { exchange, pair } from "./chatter-rig.ts";
import { Simulator } from "./simulator.ts";

/** When those of these texts arrived that did. */
function arrivals(
  world: ReturnType<typeof pair>,
  texts: readonly string[],
): (number | undefined)[] {
  const found = new Map<string, number>();
  for (const line of world.chatters[1].heard) {
    const [at, , what, text] = line.split(" ");
    if (what === "hello") found.set(text ?? "", Number(at));
  }
  return texts.map((text) => found.get(text));
}

function say(world: ReturnType<typeof pair>, text: string): void {
  world.chatters[0].env.send(world.nodes[1].address, { kind: "hello", text });
}

describe("the network", () => {
  it("takes its latency from the model, also from one set later", () => {
    const world = pair({ seed: 1, latency: { kind: "constant", ms: 30 } });
    say(world, "a");
    world.simulator.runForMs(40);
    world.simulator.network.latency = { kind: "constant", ms: 5 };
    say(world, "b");
    world.simulator.runForMs(40);
    expect(arrivals(world, ["a", "b"])).toEqual([30, 45]);
    expect(() => (world.simulator.network.lossRatio = 1.5)).toThrow(RangeError);
    expect(() => new Simulator({ seed: 1, latencyMinMs: 5, latencyMaxMs: 1 })).toThrow(RangeError);
  });

  it("refuses amounts that make no sense, and stays as it was", () => {
    const { network } = pair({ seed: 1 }).simulator;
    const [here, there] = pair({ seed: 1 }).nodes;
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => (network.reorderMaxMs = amount)).toThrow(`reorderMaxMs is ${amount}, not a`);
      expect(() => (network.bandwidthBytesPerSecond = amount)).toThrow(RangeError);
      expect(() => (network.linkQueueMaxBytes = amount)).toThrow(RangeError);
      expect(() => network.clog(here, there, amount)).toThrow(RangeError);
    }
    expect(network.reorderMaxMs).toBe(50);
    expect(network.holdsUp).toBe(false);
  });

  it("lets as many packets be overtaken as it was told to", () => {
    const latency = { kind: "constant", ms: 1 } as const;
    const world = pair({ seed: 1, latency, reorderRatio: 0.2, reorderMaxMs: 10 });
    const texts = Array.from({ length: 2_000 }, (_, at) => `n${at}`);
    for (const text of texts) say(world, text);
    world.simulator.runForMs(20);
    const found = arrivals(world, texts).map((atMs) => atMs ?? 0);
    const late = found.filter((atMs) => atMs > 1);
    expect(late.length).toBeGreaterThan(300);
    expect(late.length).toBeLessThan(500);
    expect(Math.max(...found)).toBeLessThanOrEqual(11);
  });

  it("holds what is sent on a clogged path until the clog ends, one way", () => {
    const world = pair({ seed: 1, latency: { kind: "constant", ms: 1 } });
    const [a, b] = world.nodes;
    world.simulator.network.clog(a, b, 500);
    say(world, "early");
    world.simulator.runForMs(400);
    say(world, "late");
    exchange(world, "stream", 10_000);
    expect(world.chatters[1].heard.filter((line) => line.includes("hello"))).toEqual([]);
    expect(world.chatters[0].heard.length).toBeGreaterThan(2);
    world.simulator.runForMs(98);
    expect(world.chatters[0].outcomes).toEqual([]);
    world.simulator.runForMs(100);
    expect(arrivals(world, ["early", "late"])).toEqual([501, 501]);
    expect(world.chatters[0].outcomes).toMatchObject([{ kind: "reply" }]);
    say(world, "after");
    world.simulator.runForMs(2);
    expect(arrivals(world, ["after"])).toEqual([599]);
  });

  it("is clogged until the last of overlapping clogs ends", () => {
    const world = pair({ seed: 1, latency: { kind: "constant", ms: 1 } });
    const { network } = world.simulator;
    network.clog(...world.nodes, 500);
    network.clog(...world.nodes, 100);
    say(world, "a");
    world.simulator.runForMs(600);
    expect(arrivals(world, ["a"])).toEqual([501]);
  });

  it("sends bytes one after another where they take time, and drops what has no room", () => {
    const world = pair({
      seed: 1,
      latency: { kind: "constant", ms: 1 },
      bandwidthBytesPerSecond: 10_000,
      linkQueueMaxBytes: 450,
      sizeOf: () => 100,
    });
    for (const text of ["a", "b", "c", "d", "e"]) say(world, text);
    world.simulator.runForMs(60);
    expect(arrivals(world, ["a", "b", "c", "d", "e"])).toEqual([11, 21, 31, 41, undefined]);
    expect(world.simulator.counts.packetsLost).toBe(1);
    exchange(world, "stream", 10_000);
    for (const text of ["f", "g"]) say(world, text);
    world.simulator.runForMs(100);
    expect(world.chatters[0].outcomes).toMatchObject([{ kind: "reply" }]);
    world.simulator.network.bandwidthBytesPerSecond = 0;
    say(world, "free");
    world.simulator.runForMs(2);
    expect(arrivals(world, ["free"])).toEqual([161]);
  });

  it("asks for sizes where bytes take time", () => {
    const world = pair({ seed: 1, bandwidthBytesPerSecond: 10_000 });
    expect(() => say(world, "x")).toThrow("sizeOf");
  });
});

describe("the trace", () => {
  it("has a line for every fault", () => {
    const { simulator, nodes } = pair({ seed: 1, sizeOf: () => 1 });
    const [a, b] = nodes;
    const { network } = simulator;
    const lines: string[] = [];
    simulator.traceText((line) => lines.push(line));
    simulator.pause(a);
    simulator.resume(a);
    simulator.block(a);
    simulator.unblock(a);
    simulator.crash(a, "machine");
    simulator.restart(a);
    simulator.partition([a], [b]);
    simulator.heal();
    network.cut(a, b);
    network.mend(a, b);
    network.clog(a, b, 250);
    network.lossRatio = 0.1;
    network.duplicateRatio = 0.2;
    network.reorderRatio = 0.3;
    network.reorderMaxMs = 40;
    network.latency = { kind: "lognormal", medianMs: 5, sigma: 1 };
    network.bandwidthBytesPerSecond = 1_000;
    network.linkQueueMaxBytes = 2_000;
    a.wallClockSkewMs = -500;
    a.clockRateRatio = 1.01;
    expect(lines.map((line) => line.replace(/^0\.000 /, ""))).toEqual([
      "0 fault pause",
      "0 fault resume",
      "0 fault block",
      "0 fault unblock",
      "0 fault crash machine",
      "0 fault restart",
      "network fault partition [0][1]",
      "network fault heal",
      "network fault cut 0 → 1",
      "network fault mend 0 → 1",
      "network fault clog 0 → 1 250",
      "network fault lossRatio 0.1",
      "network fault duplicateRatio 0.2",
      "network fault reorderRatio 0.3",
      "network fault reorderMaxMs 40",
      "network fault latency lognormal medianMs=5 sigma=1",
      "network fault bandwidthBytesPerSecond 1000",
      "network fault linkQueueMaxBytes 2000",
      "0 fault wallClockSkewMs -500",
      "0 fault clockRateRatio 1.01",
    ]);
  });
});
