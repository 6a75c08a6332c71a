import { describe, expect, it } from "vitest";
import { exchange, pair } from "./chatter-rig.ts";
import { Simulator } from "./simulator.ts";

describe("Simulator", () => {
  it("runs the same seed the same way, and another seed another way", () => {
    const run = (seed: number): string[] => {
      const { simulator } = pair({ seed, lossRatio: 0.2, duplicateRatio: 0.1 });
      const lines: string[] = [];
      simulator.traceText((line) => lines.push(line));
      simulator.runForMs(5_000);
      return lines;
    };
    const first = run(1);
    expect(first.length).toBeGreaterThan(200);
    expect(run(1)).toEqual(first);
    expect(run(2)).not.toEqual(first);
  });

  it("delivers within the latency it was given", () => {
    const world = pair({ seed: 1, latencyMinMs: 7, latencyMaxMs: 7 });
    const sends: number[] = [];
    world.simulator.trace((event) => {
      if (event.what === "send") sends.push(event.atMs);
      if (event.what === "deliver") expect(event.atMs).toBeCloseTo((sends.shift() ?? 0) + 7);
    });
    world.simulator.runForMs(2_000);
    expect(world.chatters[0].heard.length).toBeGreaterThan(30);
    expect(sends.length).toBeLessThan(4);
  });

  it("loses and doubles packets as often as it was told to", () => {
    const { simulator } = pair({ seed: 3, lossRatio: 0.25, duplicateRatio: 0.5 });
    simulator.runForMs(200_000);
    const { packetsSent, packetsLost, packetsDoubled } = simulator.counts;
    expect(packetsLost / packetsSent).toBeGreaterThan(0.22);
    expect(packetsLost / packetsSent).toBeLessThan(0.28);
    const doubled = packetsDoubled / (packetsSent - packetsLost);
    expect(doubled).toBeGreaterThan(0.46);
    expect(doubled).toBeLessThan(0.54);
  });

  it("keeps partitions apart until they heal, and cuts one way only", () => {
    const world = pair({ seed: 4 });
    const [a, b] = world.nodes;
    world.simulator.partition([a], [b]);
    world.simulator.runForMs(1_000);
    expect(world.chatters[0].heard).toEqual([]);
    world.simulator.heal();
    world.simulator.network.cut(a, b);
    world.simulator.runForMs(1_000);
    expect(world.chatters[1].heard).toEqual([]);
    expect(world.chatters[0].heard.length).toBeGreaterThan(5);
    world.simulator.network.mend(a, b);
    world.simulator.runForMs(1_000);
    expect(world.chatters[1].heard.length).toBeGreaterThan(5);
  });

  it("drops the timers and packets of a crashed node and restarts it afresh", () => {
    const world = pair({ seed: 5 });
    const [a, b] = world.nodes;
    world.simulator.runForMs(500);
    const before = world.chatters[1];
    const heardBefore = before.heard.length;
    world.simulator.crash(b);
    world.simulator.runForMs(1_000);
    expect(before.heard.length).toBe(heardBefore);
    expect(world.simulator.counts.packetsToNobody).toBeGreaterThan(8);
    before.env.send(a.address, { kind: "hello", text: "from the grave" });
    before.env.setTimer({ kind: "tick", round: 99 }, 1);
    world.simulator.restart(b);
    expect(world.chatters[1]).not.toBe(before);
    world.simulator.runForMs(500);
    expect(before.heard.length).toBe(heardBefore);
    expect(world.chatters[1].heard.length).toBeGreaterThan(3);
    expect(world.chatters[0].heard.some((line) => line.includes("grave"))).toBe(false);
    expect(world.chatters[0].heard.some((line) => line.includes("hello 99"))).toBe(false);
  });

  it("holds everything back while a node is paused", () => {
    const world = pair({ seed: 6, pausedPacketsCount: 3 });
    const [, b] = world.nodes;
    world.simulator.pause(b);
    exchange(world, "wake up", 200);
    world.simulator.runForMs(1_000);
    expect(world.chatters[1].heard).toEqual([]);
    expect(world.chatters[0].outcomes).toMatchObject([{ kind: "failure", reason: "timeout" }]);
    world.simulator.resume(b);
    world.simulator.runForMs(20);
    expect(world.chatters[1].heard.filter((line) => line.includes("hello"))).toHaveLength(3);
    expect(world.simulator.counts.packetsOverflowed).toBeGreaterThan(5);
  });

  it("puts messages through the given codec and loses what it refuses", () => {
    const world = pair({
      seed: 7,
      transcode: (message, via) =>
        via === "packet" ? undefined : JSON.parse(JSON.stringify(message)),
    });
    exchange(world, "by stream");
    world.simulator.runForMs(1_000);
    expect(world.chatters[0].heard).toEqual([]);
    expect(world.chatters[0].outcomes).toEqual([
      { kind: "reply", reply: { kind: "echo", text: "by stream" } },
    ]);
  });

  it("says where and when a protocol failed", () => {
    const simulator = new Simulator({ seed: 8 });
    simulator.plan(5, () => {
      throw new Error("broken");
    });
    expect(() => simulator.runForMs(10)).toThrow("seed 8, 5 ms: broken");
  });

  it("cannot be run from within itself, and refuses options it does not know", () => {
    const simulator = new Simulator({ seed: 8 });
    simulator.plan(5, () => simulator.runForMs(1));
    expect(() => simulator.runForMs(10)).toThrow("from within itself");
    expect(() => new Simulator({ seed: 8, lossRatio: 2 })).toThrow("lossRatio");
    expect(() => new Simulator({ seed: 8, ...{ losRatio: 0 } })).toThrow("lossRatio");
    expect(() => simulator.plan(Number.NaN, () => {})).toThrow(RangeError);
  });

  it("has one node an address, given or not", () => {
    const simulator = new Simulator({ seed: 8 });
    const [first, second] = [simulator.add(() => {}), simulator.add(() => {})];
    expect(second.address).toEqual({ host: "10.0.0.2", port: 7946 });
    expect(simulator.find(first.address)).toBe(first);
    expect(simulator.find({ host: "10.0.0.1", port: 1 })).toBeUndefined();
    const taken = { host: "10.0.0.2", port: 7946 };
    expect(() => simulator.add(() => {}, { address: taken })).toThrow("10.0.0.2:7946 is taken");
    simulator.add(() => {}, { address: { host: "10.0.0.4", port: 7946 } });
    expect(() => simulator.add(() => {})).toThrow("10.0.0.4:7946 is taken");
  });

  it("notices that time stands still", () => {
    const simulator = new Simulator({ seed: 9, instantEventsCount: 100 });
    const again = (): void => simulator.plan(0, again);
    again();
    expect(() => simulator.runForMs(1)).toThrow("time stands still");
  });

  it("runs until something holds, or gives up at the limit", () => {
    const world = pair({ seed: 10 });
    expect(world.simulator.runUntil(() => world.chatters[0].heard.length >= 3, 10_000)).toBe(true);
    expect(world.chatters[0].heard.length).toBe(3);
    const at = world.simulator.nowMs;
    expect(world.simulator.runUntil(() => false, 1_000)).toBe(false);
    expect(world.simulator.nowMs).toBe(at + 1_000);
  });
});

describe("exchanges", () => {
  it("end with the reply, or with nothing where the peer has none to give", () => {
    const world = pair({ seed: 1 });
    exchange(world, "hi");
    exchange(world, "hush");
    expect(world.chatters[0].outcomes).toEqual([]);
    world.simulator.runForMs(50);
    expect(world.chatters[0].outcomes).toHaveLength(2);
    expect(world.chatters[0].outcomes).toContainEqual({
      kind: "reply",
      reply: { kind: "echo", text: "hi" },
    });
    expect(world.chatters[0].outcomes).toContainEqual({ kind: "reply", reply: undefined });
  });

  it("are refused at once by a machine without the process", () => {
    const world = pair({ seed: 1 });
    world.simulator.crash(world.nodes[1]);
    exchange(world, "hi");
    world.simulator.runForMs(20);
    expect(world.chatters[0].outcomes).toMatchObject([{ reason: "unreachable" }]);
  });

  it.each(["partition", "machine", "cut back"])("time out at the deadline: %s", (fault) => {
    const world = pair({ seed: 1 });
    const [a, b] = world.nodes;
    if (fault === "partition") world.simulator.partition([a]);
    if (fault === "machine") world.simulator.crash(b, "machine");
    if (fault === "cut back") world.simulator.network.cut(b, a);
    exchange(world, "hi", 500);
    world.simulator.runForMs(499);
    expect(world.chatters[0].outcomes).toEqual([]);
    world.simulator.runForMs(1);
    expect(world.chatters[0].outcomes).toMatchObject([{ reason: "timeout" }]);
  });

  it("are cut off when the peer dies in between, and say nothing to a dialer that died", () => {
    const world = pair({ seed: 1, latencyMinMs: 10, latencyMaxMs: 10 });
    exchange(world, "hi");
    world.simulator.runForMs(25);
    world.simulator.crash(world.nodes[1]);
    world.simulator.runForMs(100);
    expect(world.chatters[0].outcomes).toMatchObject([{ reason: "closed" }]);
    world.simulator.restart(world.nodes[1]);
    exchange(world, "again");
    const dialer = world.chatters[0];
    world.simulator.crash(world.nodes[0]);
    world.simulator.runForMs(2_000);
    expect(dialer.outcomes).toHaveLength(1);
  });

  it("survive loss by sending again", () => {
    const world = pair({ seed: 2, lossRatio: 0.3 });
    for (let count = 0; count < 50; count += 1) exchange(world, "hi", 60_000);
    world.simulator.runForMs(60_000);
    expect(world.chatters[0].outcomes).toHaveLength(50);
    expect(world.chatters[0].outcomes.every((outcome) => outcome.kind === "reply")).toBe(true);
  });
});
