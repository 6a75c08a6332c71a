import { describe, expect, it } from "vitest";
import type { Env } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { Protocol } from "../core/protocol.ts";
import { exchange, pair } from "./chatter-rig.ts";
import { Simulator } from "./simulator.ts";

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

/** Passes on to the next peer what it is told, until the number has come down to 0. */
class Relay implements Protocol<number, string> {
  readonly heard: string[] = [];
  readonly env: Env<number, string>;

  constructor(env: Env<number, string>) {
    this.env = env;
  }

  start(): void {}
  stop(): void {}
  onTimer(timer: string): void {
    this.heard.push(timer);
  }

  onMessage(from: PeerId, message: number): void {
    this.heard.push(`${from} said ${message}`);
    if (message > 0) this.env.send(peerId(Number(this.env.self) + 1), message - 1);
  }
}

describe("mountDirect", () => {
  function line(options: { lossRatio?: number } = {}): { simulator: Simulator; relays: Relay[] } {
    const simulator = new Simulator({ seed: 1, ...options });
    const relays: Relay[] = [];
    for (let at = 0; at < 5; at += 1) {
      simulator.add((host) => {
        relays[at] = host.mountDirect<number, string, Relay>("relay", (env) => new Relay(env));
        host.mountDirect<number, string, Relay>("other", (env) => new Relay(env));
      });
    }
    return { simulator, relays };
  }

  it("sends by number, to the same channel only, and to nobody without harm", () => {
    const { simulator, relays } = line();
    const lines: string[] = [];
    simulator.traceText((line) => lines.push(line.replace(/^\S+ /, "")));
    relays[0]?.env.send(peerId(1), 3);
    relays[0]?.env.send(peerId("1"), 3);
    relays[0]?.env.send(peerId(77), 3);
    simulator.runForMs(100);
    expect(relays.map(({ heard }) => heard)).toEqual([
      [],
      ["0 said 3"],
      ["1 said 2"],
      ["2 said 1"],
      ["3 said 0"],
    ]);
    expect(simulator.counts.packetsToNobody).toBe(2);
    expect(lines).toContain("1 → 0 relay.deliver 3");
    expect(lines).toContain("1 → 2 relay.send 2");
  });

  it("has timers and dice of its own, and dies with its node", () => {
    const { simulator, relays } = line();
    const [first, second] = relays;
    first?.env.setTimer("mine", 10);
    expect(first?.env.random.uint32()).not.toBe(second?.env.random.uint32());
    simulator.runForMs(20);
    expect(first?.heard).toEqual(["mine"]);
    first?.env.setTimer("grave", 10);
    first?.env.send(peerId(1), 0);
    simulator.crash(simulator.nodes[0]!);
    first?.env.send(peerId(1), 0);
    simulator.crash(simulator.nodes[1]!);
    simulator.runForMs(20);
    expect([first?.heard, second?.heard]).toEqual([["mine"], []]);
    expect(simulator.counts.packetsToNobody).toBe(1);
  });

  it("suffers the network as everybody does", () => {
    const { simulator, relays } = line({ lossRatio: 0.5 });
    for (let count = 0; count < 1_000; count += 1) relays[0]?.env.send(peerId(1), 0);
    simulator.partition([simulator.nodes[2]!]);
    relays[0]?.env.send(peerId(2), 0);
    simulator.runForMs(50);
    expect(relays[1]?.heard.length).toBeGreaterThan(430);
    expect(relays[1]?.heard.length).toBeLessThan(570);
    expect(relays[2]?.heard).toEqual([]);
  });
});
