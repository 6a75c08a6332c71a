import { describe, expect, it } from "vitest";
import type { Env } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { Protocol } from "../core/protocol.ts";
import { Simulator } from "./simulator.ts";

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

  it("waits while its node is paused or blocked", () => {
    const { simulator, relays } = line();
    const [first, second] = relays;
    const [a, b] = [simulator.nodes[0]!, simulator.nodes[1]!];
    simulator.pause(b);
    simulator.block(a);
    first?.env.send(peerId(1), 0);
    first?.env.setTimer("runs", 5);
    second?.env.setTimer("waits", 5);
    simulator.runForMs(50);
    expect([first?.heard, second?.heard]).toEqual([["runs"], []]);
    simulator.unblock(a);
    simulator.runForMs(50);
    expect(second?.heard).toEqual([]);
    simulator.resume(b);
    simulator.runForMs(1);
    expect(second?.heard).toEqual(["waits", "0 said 0"]);
  });

  it("is a step of its node: what is carried leaves last, what is said after it is last", () => {
    const { simulator, relays } = line();
    const node = simulator.nodes[1]!;
    const said: string[] = [];
    const carried = node.mount<number, string, PeerId, Relay>(
      "carried",
      (to, message) => said.push(`carried ${to} ${message}`),
      (env) => new Relay(env),
    );
    relays[1]!.onMessage = () => {
      node.afterStep(() => said.push("last"));
      node.step(() => carried.env.send(peerId("x"), 7));
      said.push("first");
    };
    relays[0]?.env.send(peerId(1), 0);
    simulator.runForMs(50);
    expect(said).toEqual(["first", "carried x 7", "last"]);
    node.afterStep(() => said.push("at once"));
    expect(said.at(-1)).toBe("at once");
  });

  it("says where and when it failed, and leaves the node as after any step", () => {
    const { simulator, relays } = line();
    relays[1]!.onMessage = () => {
      throw new Error("broken");
    };
    relays[0]?.env.send(peerId(1), 0);
    expect(() => simulator.runForMs(50)).toThrow(/^seed 1, [0-9.]+ ms: broken$/);
    const said: string[] = [];
    simulator.nodes[1]!.afterStep(() => said.push("at once"));
    expect(said).toEqual(["at once"]);
  });

  it("throws other dice in another life, and the same in another run", () => {
    const draws = (isRestarted: "restarted" | "first"): number => {
      const { simulator, relays } = line();
      if (isRestarted === "restarted") {
        simulator.crash(simulator.nodes[0]!);
        simulator.restart(simulator.nodes[0]!);
      }
      return relays[0]!.env.random.uint32();
    };
    expect(draws("first")).toBe(draws("first"));
    expect(draws("restarted")).toBe(draws("restarted"));
    expect(draws("restarted")).not.toBe(draws("first"));
  });
});
