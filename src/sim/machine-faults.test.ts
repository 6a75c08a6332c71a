import { describe, expect, it } from "vitest";
import { exchange, pair } from "./chatter-rig.ts";

const bytes = Uint8Array.of(1, 2, 3);

describe("a disk", () => {
  it("survives a crash of the process and of the machine, and copies what it is given", () => {
    const { simulator, nodes } = pair({ seed: 1 });
    const [a] = nodes;
    const given = bytes.slice();
    a.disk.write("boot", given);
    given[0] = 9;
    simulator.crash(a);
    simulator.restart(a);
    simulator.crash(a, "machine");
    simulator.restart(a, { disk: "kept" });
    expect(a.disk.read("boot")).toEqual(bytes);
    expect(a.disk.names).toEqual(["boot"]);
    a.disk.remove("boot");
    expect(a.disk.read("boot")).toBeUndefined();
  });

  it("can be lost, its neighbour's not", () => {
    const { simulator, nodes } = pair({ seed: 1 });
    const lines: string[] = [];
    simulator.traceText((line) => lines.push(line));
    for (const node of nodes) node.disk.write("boot", bytes);
    simulator.crash(nodes[0]);
    simulator.restart(nodes[0], { disk: "lost" });
    expect(nodes[0].disk.read("boot")).toBeUndefined();
    expect(nodes[1].disk.read("boot")).toEqual(bytes);
    expect(lines).toEqual(["0.000 0 fault crash process", "0.000 0 fault restart disk=lost"]);
  });

  it("a node restarted with another build keeps it for later restarts", () => {
    const { simulator, nodes } = pair({ seed: 1 });
    let built = 0;
    simulator.crash(nodes[0]);
    simulator.restart(nodes[0], { build: () => (built += 1) });
    simulator.crash(nodes[0]);
    simulator.restart(nodes[0]);
    expect(built).toBe(2);
  });
});

describe("a blocked node", () => {
  it("runs its timers, and sends and receives all of it in order when it is unblocked", () => {
    const world = pair({ seed: 6, latency: { kind: "constant", ms: 1 } });
    const { simulator, nodes, chatters } = world;
    simulator.block(nodes[1]);
    simulator.runForMs(1_000);
    expect(chatters[0].heard).toEqual([]);
    expect(chatters[1].heard).toEqual([]);
    const ticks: string[] = [];
    simulator.trace((event) => {
      if (event.what === "timer") ticks.push(event.node);
    });
    simulator.runForMs(200);
    expect(ticks).toContain("1");
    simulator.unblock(nodes[1]);
    simulator.runForMs(5);
    const words = (at: 0 | 1, what: string): number[] =>
      chatters[at].heard
        .filter((line) => line.includes(what))
        .map((line) => Number(line.split(" ").at(-1)));
    const firstMany = Array.from({ length: 11 }, (_, at) => at + 1);
    expect(words(1, "hello").slice(0, 11)).toEqual(firstMany);
    expect(words(0, "hello").slice(0, 11)).toEqual(firstMany);
  });

  it("holds no more than it has room for, either way", () => {
    const room = { pausedPacketsCount: 3, blockedSendsCount: 2 };
    const { simulator, nodes, chatters } = pair({ seed: 6, ...room });
    simulator.block(nodes[1]);
    simulator.runForMs(1_000);
    simulator.unblock(nodes[1]);
    simulator.runForMs(10);
    expect(chatters[1].heard.filter((line) => line.includes("hello"))).toHaveLength(3);
    expect(chatters[0].heard.filter((line) => line.includes("hello"))).toHaveLength(2);
    expect(simulator.counts.packetsOverflowed).toBeGreaterThan(10);
  });

  it("answers a request when it is unblocked, or too late", () => {
    for (const deadlineMs of [500, 5_000]) {
      const world = pair({ seed: 6 });
      world.simulator.block(world.nodes[1]);
      exchange(world, "hi", deadlineMs);
      world.simulator.runForMs(1_000);
      world.simulator.unblock(world.nodes[1]);
      world.simulator.runForMs(100);
      const isLate = deadlineMs < 1_000;
      expect(world.chatters[0].outcomes).toMatchObject([
        isLate ? { reason: "timeout" } : { kind: "reply" },
      ]);
    }
  });

  it("dials when it is unblocked, and its deadline goes on", () => {
    const world = pair({ seed: 6 });
    world.simulator.block(world.nodes[0]);
    exchange(world, "hasty", 500);
    exchange(world, "patient", 5_000);
    world.simulator.runForMs(1_000);
    expect(world.chatters[0].outcomes).toMatchObject([{ reason: "timeout" }]);
    world.simulator.unblock(world.nodes[0]);
    world.simulator.runForMs(100);
    expect(world.chatters[0].outcomes).toMatchObject([
      { reason: "timeout" },
      { kind: "reply", reply: { text: "patient" } },
    ]);
  });

  it("hears of a reply when it is unblocked, in time or not at all", () => {
    const world = pair({ seed: 6, latency: { kind: "constant", ms: 10 } });
    exchange(world, "hasty", 500);
    exchange(world, "patient", 5_000);
    world.simulator.runForMs(35);
    world.simulator.block(world.nodes[0]);
    world.simulator.runForMs(1_000);
    expect(world.chatters[0].outcomes).toMatchObject([{ reason: "timeout" }]);
    world.simulator.unblock(world.nodes[0]);
    world.simulator.runForMs(1);
    expect(world.chatters[0].outcomes).toMatchObject([
      { reason: "timeout" },
      { kind: "reply", reply: { text: "patient" } },
    ]);
  });

  it("that is paused too waits for both", () => {
    const world = pair({ seed: 6 });
    const [, b] = world.nodes;
    world.simulator.block(b);
    world.simulator.pause(b);
    world.simulator.runForMs(500);
    world.simulator.unblock(b);
    world.simulator.runForMs(50);
    expect(world.chatters[1].heard).toEqual([]);
    world.simulator.block(b);
    world.simulator.resume(b);
    world.simulator.runForMs(50);
    expect(world.chatters[1].heard).toEqual([]);
    world.simulator.unblock(b);
    world.simulator.runForMs(50);
    expect(world.chatters[1].heard.length).toBeGreaterThan(3);
  });

  it("forgets what it held when it crashes", () => {
    const world = pair({ seed: 6 });
    const [a, b] = world.nodes;
    world.simulator.block(a);
    world.simulator.runForMs(500);
    world.simulator.crash(a);
    world.simulator.restart(a, { build: () => {} });
    world.simulator.runForMs(50);
    expect(a.isBlocked).toBe(false);
    expect(world.chatters[1].heard).toEqual([]);
    expect(b.isFlowing).toBe(true);
  });
});

describe("a clock that drifts", () => {
  it("makes timers early or late, and never goes back", () => {
    const world = pair({ seed: 1 });
    const [fast] = world.nodes;
    fast.clockRateRatio = 2;
    world.simulator.runForMs(10_000);
    const said = (at: 0 | 1): number =>
      world.chatters[at].heard.filter((line) => line.includes("hello")).length;
    expect(said(1) / said(0)).toBeCloseTo(2, 1);
    expect(fast.clockMs).toBe(20_000);
    const wallMs = fast.wallClockMs;
    fast.clockRateRatio = 0.5;
    expect([fast.clockMs, fast.wallClockMs]).toEqual([20_000, wallMs]);
    world.simulator.runForMs(1_000);
    expect(fast.clockMs).toBe(20_500);
    expect(() => (fast.clockRateRatio = 0)).toThrow(RangeError);
  });

  it("has come to a timer's time when the timer fires, at any rate", () => {
    for (const rate of [0.9, 0.999, 1.1, 1.000_1, 3]) {
      const world = pair({ seed: 1 });
      const [node] = world.nodes;
      world.simulator.runForMs(123_456.789);
      node.clockRateRatio = rate;
      for (let delayMs = 0.1; delayMs < 50_000; delayMs *= 1.7) {
        const dueMs = node.clockMs + delayMs;
        world.simulator.runForMs(node.trueDelayMs(delayMs));
        expect(node.clockMs).toBeGreaterThanOrEqual(dueMs);
        expect(node.clockMs - dueMs).toBeLessThan(1e-6);
      }
    }
  });
});

describe("a paused node", () => {
  it("can still clear a timer that came due meanwhile, from one that is told before", () => {
    const { simulator, nodes, chatters } = pair({ seed: 1 });
    const [node] = nodes;
    const { env } = chatters[0];
    env.setTimer({ kind: "tick", round: 700 }, 10);
    const doomed = env.setTimer({ kind: "tick", round: 800 }, 20);
    simulator.pause(node);
    simulator.runForMs(50);
    const rounds: number[] = [];
    chatters[0].onTimer = ({ round }) => {
      rounds.push(round);
      env.clearTimer(doomed);
    };
    simulator.resume(node);
    simulator.runForMs(1);
    expect(rounds).toContain(700);
    expect(rounds).not.toContain(800);
  });
});
