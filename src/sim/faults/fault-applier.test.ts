import { beforeEach, describe, expect, it } from "vitest";
import { Simulator } from "../simulator.ts";
import type { PlannedFault } from "./fault.ts";
import { FaultApplier } from "./fault-applier.ts";
import { GroundTruth } from "./ground-truth.ts";

const NODES = 5;
let simulator: Simulator;
let truth: GroundTruth;
let applier: FaultApplier;
let told: string[];

beforeEach(() => {
  simulator = new Simulator({ seed: 1, lossRatio: 0.01, sizeOf: () => 100 });
  for (let node = 0; node < NODES; node += 1) simulator.add(() => {}, { name: `n${node}` });
  truth = new GroundTruth(NODES, () => simulator.nowMs);
  told = [];
  applier = new FaultApplier(simulator, truth, {
    onCrash: (node) => told.push(`crash ${node} ${simulator.nodes[node]?.isAlive}`),
    onRestart: (node) => told.push(`restart ${node} ${simulator.nodes[node]?.isAlive}`),
  });
});

const node = (index: number) => {
  const found = simulator.nodes[index];
  if (found === undefined) throw new Error(`there is no node ${index}`);
  return found;
};
const canPass = (from: number, to: number) => simulator.network.canPass(from, to);
const crash = (atMs: number, forMs: number, nodes: number[]): PlannedFault => ({
  atMs,
  forMs,
  do: "crash",
  nodes,
  what: "process",
  disk: "kept",
  address: "kept",
});

describe("crashes", () => {
  it("happen in time, are told before they happen, and end by themselves", () => {
    applier.schedule([crash(10, 20, [1, 2])]);
    simulator.runForMs(9);
    expect(node(1).isAlive).toBe(true);
    simulator.runForMs(2);
    expect([node(1).isAlive, node(2).isAlive, truth.isUp(1)]).toEqual([false, false, false]);
    expect(truth.downSinceMs(1)).toBe(10);
    simulator.runForMs(20);
    expect([node(1).isAlive, truth.isUp(1), truth.upSinceMs(1)]).toEqual([true, true, 30]);
    expect(told).toEqual(["crash 1 true", "crash 2 true", "restart 1 true", "restart 2 true"]);
  });

  it("that overlap keep a node down until both have ended", () => {
    applier.schedule([crash(10, 20, [1]), crash(20, 50, [1])]);
    simulator.runForMs(40);
    expect(node(1).isAlive).toBe(false);
    simulator.runForMs(31);
    expect(node(1).isAlive).toBe(true);
    expect(told).toEqual(["crash 1 true", "restart 1 true"]);
  });

  it("find their disk lost when they say so", () => {
    node(1).disk.write("kept", Uint8Array.of(1));
    applier.schedule([{ ...crash(10, 10, [1]), disk: "lost" } as PlannedFault]);
    simulator.runForMs(15);
    expect(node(1).disk.read("kept")).toBeDefined();
    simulator.runForMs(10);
    expect(node(1).disk.read("kept")).toBeUndefined();
  });

  it("are ended by a restart, and not once more by their own end", () => {
    applier.schedule([
      crash(10, 50, [1]),
      { atMs: 20, do: "restart", nodes: [1], disk: "kept", address: "kept" },
    ]);
    simulator.runForMs(100);
    expect(told).toEqual(["crash 1 true", "restart 1 true"]);
  });
});

describe("what stops a node", () => {
  it.each([
    ["pause", "resume", () => node(2).isPaused],
    ["block", "unblock", () => node(2).isBlocked],
  ] as const)(
    "%s ends by itself, by %s, or when both of two have ended",
    (verb, end, isStopped) => {
      applier.schedule([
        { atMs: 10, forMs: 10, do: verb, nodes: [2] },
        { atMs: 15, forMs: 20, do: verb, nodes: [2] },
        { atMs: 50, do: verb, nodes: [2] },
        { atMs: 60, do: end, nodes: [2] },
      ]);
      const states: boolean[] = [];
      for (const untilMs of [9, 11, 21, 36, 51, 61]) {
        simulator.runForMs(untilMs - simulator.nowMs);
        states.push(isStopped());
        expect(truth.isTroubledSince(2, untilMs)).toBe(isStopped());
      }
      expect(states).toEqual([false, true, true, false, true, false]);
      expect(truth.isTroubledSince(2, 50)).toBe(true);
      expect(truth.isTroubledSince(1, 0)).toBe(false);
    },
  );
});

describe("the network", () => {
  it("is divided by partitions that may overlap, and whole when all have ended", () => {
    applier.schedule([
      { atMs: 10, forMs: 20, do: "partition", sides: [[0, 1]] },
      { atMs: 20, forMs: 20, do: "partition", sides: [[1, 2]] },
    ]);
    simulator.runForMs(15);
    expect([canPass(0, 1), canPass(1, 2), canPass(2, 3)]).toEqual([true, false, true]);
    expect([truth.isSeparated(0, 1), truth.isSeparated(1, 2)]).toEqual([false, true]);
    simulator.runForMs(10);
    expect([canPass(0, 1), canPass(1, 2), canPass(2, 3)]).toEqual([false, false, false]);
    simulator.runForMs(10);
    expect([canPass(0, 1), canPass(1, 2), canPass(3, 4)]).toEqual([false, true, true]);
    simulator.runForMs(10);
    expect([canPass(0, 1), canPass(2, 3)]).toEqual([true, true]);
    // What somebody believed on the far side may travel for a while.
    expect(truth.isEstrangedSince(3, 4, 30)).toBe(true);
    expect(truth.isEstrangedSince(3, 4, 41)).toBe(false);
  });

  it("has cuts of one direction or both, and who is cut off from half is in trouble", () => {
    applier.schedule([
      { atMs: 10, forMs: 10, do: "cut", from: [0], to: [1], direction: "oneWay" },
      { atMs: 30, forMs: 10, do: "cut", from: [0], to: [1, 2], direction: "both" },
    ]);
    simulator.runForMs(15);
    expect([canPass(0, 1), canPass(1, 0)]).toEqual([false, true]);
    expect(truth.isTroubledSince(0, 15)).toBe(false);
    simulator.runForMs(10);
    expect(canPass(0, 1)).toBe(true);
    simulator.runForMs(10);
    expect([canPass(0, 2), canPass(2, 0)]).toEqual([false, false]);
    expect([truth.has(0, "cutOff"), truth.has(1, "cutOff")]).toEqual([true, false]);
    simulator.runForMs(10);
    expect(truth.has(0, "cutOff")).toBe(false);
  });

  it("loses as the latest fault says, and as before when it has ended", () => {
    applier.schedule([
      { atMs: 10, forMs: 20, do: "lose", ratio: 0.5 },
      { atMs: 20, forMs: 20, do: "lose", ratio: 0.2 },
      { atMs: 20, do: "duplicate", ratio: 0.3 },
      { atMs: 20, forMs: 5, do: "reorder", ratio: 0.4, mostMs: 77 },
      { atMs: 20, forMs: 5, do: "latency", latency: { kind: "constant", ms: 9 } },
      { atMs: 20, forMs: 5, do: "bandwidth", bytesPerSecond: 1_000 },
    ]);
    const { network } = simulator;
    const seen: number[] = [];
    for (const untilMs of [5, 15, 22, 35, 45]) {
      simulator.runForMs(untilMs - simulator.nowMs);
      seen.push(network.lossRatio);
      const isWorst = untilMs === 22;
      expect([network.reorderRatio, network.reorderMaxMs]).toEqual(isWorst ? [0.4, 77] : [0, 50]);
      expect(network.latency.kind).toBe(isWorst ? "constant" : "uniform");
      expect(network.bandwidthBytesPerSecond).toBe(isWorst ? 1_000 : 0);
    }
    expect(seen).toEqual([0.01, 0.5, 0.2, 0.2, 0.01]);
    expect(network.duplicateRatio).toBe(0.3);
  });

  it("holds back what is sent on a clogged path", () => {
    applier.schedule([{ atMs: 10, forMs: 30, do: "clog", from: [0], to: [1, 2] }]);
    simulator.runForMs(15);
    expect(simulator.network.clogMs(0, 1)).toBe(25);
    expect(simulator.network.clogMs(1, 0)).toBe(0);
    expect(truth.has(0, "cutOff")).toBe(true);
    simulator.runForMs(30);
    expect(truth.has(0, "cutOff")).toBe(false);
  });
});

describe("clocks", () => {
  it("jump and drift, and are right again afterwards", () => {
    applier.schedule([
      { atMs: 10, forMs: 100, do: "skew", nodes: [3], byMs: -5_000 },
      { atMs: 10, forMs: 100, do: "drift", nodes: [4], rate: 1.5 },
    ]);
    simulator.runForMs(20);
    expect([node(3).wallClockSkewMs, node(4).clockRateRatio]).toEqual([-5_000, 1.5]);
    simulator.runForMs(100);
    expect([node(3).wallClockSkewMs, node(4).clockRateRatio]).toEqual([0, 1]);
  });

  it("go at the rate that began last, of those that still run", () => {
    applier.schedule([
      { atMs: 10, forMs: 200, do: "drift", nodes: [4], rate: 2 },
      { atMs: 20, forMs: 100, do: "drift", nodes: [4], rate: 0.5 },
    ]);
    const rates = [15, 10, 100, 100].map((durationMs) => {
      simulator.runForMs(durationMs);
      return node(4).clockRateRatio;
    });
    expect(rates).toEqual([2, 0.5, 2, 1]);
  });
});

it("ends everything at once, and lets nothing more happen", () => {
  applier.schedule([
    { atMs: 1, do: "partition", sides: [[0], [1]] },
    { atMs: 1, do: "cut", from: [2], to: [3], direction: "both" },
    { atMs: 1, do: "lose", ratio: 1 },
    { atMs: 1, do: "pause", nodes: [2] },
    { atMs: 1, do: "block", nodes: [3] },
    { atMs: 1, forMs: 500, do: "skew", nodes: [3], byMs: 99 },
    crash(1, 500, [4]),
    crash(200, 10, [0]),
  ]);
  simulator.runForMs(100);
  applier.endAll();
  expect(canPass(0, 1) && canPass(2, 3) && canPass(3, 2)).toBe(true);
  expect(simulator.network.lossRatio).toBe(0.01);
  expect([node(2).isPaused, node(3).isBlocked, node(3).wallClockSkewMs]).toEqual([false, false, 0]);
  expect(node(4).isAlive).toBe(false);
  applier.restartAll();
  expect(node(4).isAlive).toBe(true);
  simulator.runForMs(1_000);
  expect(told).toEqual(["crash 4 true", "restart 4 true"]);
  expect(node(3).wallClockSkewMs).toBe(0);
});
