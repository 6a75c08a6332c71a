import { describe, expect, it } from "vitest";
import type { Env, LinkEnv } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { LinkProtocol, Protocol } from "../core/protocol.ts";
import type { SimNode } from "./sim-node.ts";
import { Simulator, type SimulatorOptions } from "./simulator.ts";

const DEAD_MS = 10_000;

class Talker implements LinkProtocol<string, string> {
  readonly env: LinkEnv<string, string>;
  readonly heard: string[] = [];
  react: (what: string, peer: PeerId) => void = () => {};
  private isBusy = false;

  constructor(env: LinkEnv<string, string>) {
    this.env = env;
  }
  start(): void {}
  stop(): void {}
  onTimer(timer: string): void {
    this.hear(`timer ${timer}`, this.env.self);
  }
  onMessage(from: PeerId, message: string): void {
    this.hear(`${from}: ${message}`, from);
  }
  onLinkUp(peer: PeerId): void {
    this.hear(`up ${peer}`, peer);
  }
  onLinkDown(peer: PeerId): void {
    this.hear(`down ${peer}`, peer);
  }
  private hear(what: string, peer: PeerId): void {
    expect(this.isBusy, `${what} came during a call`).toBe(false);
    this.isBusy = true;
    this.heard.push(what);
    this.react(what, peer);
    this.isBusy = false;
  }
}

class Rider implements Protocol<string, never> {
  readonly env: Env<string, never>;
  readonly heard: string[] = [];
  constructor(env: Env<string, never>) {
    this.env = env;
  }
  start(): void {}
  stop(): void {}
  onTimer(): void {}
  onMessage(from: PeerId, message: string): void {
    this.heard.push(`${from}: ${message}`);
  }
}

function pair(options: Partial<SimulatorOptions> = {}, count = 2) {
  const simulator = new Simulator({ seed: 1, ...options });
  const talkers: Talker[] = [];
  const riders: Rider[] = [];
  for (let index = 0; index < count; index += 1) {
    simulator.add((host: SimNode) => {
      const make = (env: LinkEnv<string, string>) => new Talker(env);
      talkers[index] = host.mountLinked<string, string, Talker>("talk", make);
      riders[index] = host.mountOnLinks<string, never, Rider>("ride", (env) => new Rider(env));
    });
  }
  const talker = (index: number): Talker => talkers[index] ?? expect.fail(`no ${index}`);
  const node = (index: number): SimNode => simulator.nodes[index] ?? expect.fail(`no ${index}`);
  const rider = (index: number): Rider => riders[index] ?? expect.fail(`no ${index}`);
  return { simulator, talker, node, rider };
}

/** Two whose link stands. */
function linked(options: Partial<SimulatorOptions> = {}) {
  const world = pair(options);
  world.talker(0).env.openLink(peerId(1));
  world.simulator.runForMs(100);
  return world;
}

describe("links", () => {
  it("tell both ends, and carry what was sent while they were opened, in order", () => {
    const { simulator, talker } = pair({ latencyMinMs: 1, latencyMaxMs: 90 });
    talker(0).env.openLink(peerId(1));
    for (let count = 0; count < 50; count += 1) talker(0).env.send(peerId(1), `${count}`);
    expect(talker(0).heard).toEqual([]);
    simulator.runForMs(1_000);
    expect(talker(0).heard).toEqual(["up 1"]);
    const all = Array.from({ length: 50 }, (_, count) => `0: ${count}`);
    expect(talker(1).heard).toEqual(["up 0", ...all]);
    expect(simulator.counts.linkMessagesDelivered).toBe(50);
  });

  it("lose, double and reorder nothing where the network does", () => {
    const faults = { lossRatio: 0.3, duplicateRatio: 0.3, reorderRatio: 0.5 };
    const { simulator, talker } = linked({ seed: 3, ...faults });
    for (let count = 0; count < 200; count += 1) {
      simulator.plan(count, () => talker(1).env.send(peerId(0), `${count}`));
    }
    simulator.runForMs(60_000);
    const all = Array.from({ length: 200 }, (_, count) => `1: ${count}`);
    expect(talker(0).heard).toEqual(["up 1", ...all]);
  });

  it("are one where both dial at once", () => {
    const { simulator, talker } = pair();
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      talker(from).env.openLink(peerId(to));
      talker(from).env.send(peerId(to), "hello");
      talker(from).env.openLink(peerId(to));
    }
    simulator.runForMs(1_000);
    expect(talker(0).heard).toEqual(["up 1", "1: hello"]);
    expect(talker(1).heard).toEqual(["up 0", "0: hello"]);
    talker(1).env.closeLink(peerId(0));
    simulator.runForMs(1_000);
    expect(talker(0).heard.at(-1)).toBe("down 1");
    expect(talker(1).heard.at(-1)).toBe("0: hello");
  });

  it("send what is queued before they close, and the closer hears no more", () => {
    const { simulator, talker } = linked();
    talker(0).env.send(peerId(1), "bye");
    talker(0).env.closeLink(peerId(1));
    talker(0).env.send(peerId(1), "too late");
    talker(1).env.send(peerId(0), "crossing");
    simulator.runForMs(100);
    expect(talker(1).heard).toEqual(["up 0", "0: bye", "down 0"]);
    expect(talker(0).heard).toEqual(["up 1"]);
    expect(simulator.counts.linkMessagesLost).toBe(2);
  });

  it("may be opened again at once, and nothing of the former one comes after", () => {
    const { simulator, talker } = linked({ latencyMinMs: 1, latencyMaxMs: 80 });
    for (let round = 0; round < 5; round += 1) {
      talker(0).env.send(peerId(1), `${round}`);
      talker(0).env.closeLink(peerId(1));
      talker(0).env.openLink(peerId(1));
    }
    talker(0).env.send(peerId(1), "last");
    simulator.runForMs(2_000);
    const rounds = [0, 1, 2, 3, 4].flatMap((round) => [`0: ${round}`, "down 0", "up 0"]);
    expect(talker(1).heard).toEqual(["up 0", ...rounds, "0: last"]);
    expect(talker(0).heard).toEqual(["up 1", "up 1"]);
  });

  it("end fast with a process and by silence with a machine", () => {
    for (const [what, leastMs, mostMs] of [
      ["process", 1, 6],
      ["machine", DEAD_MS, DEAD_MS + 1],
    ] as const) {
      const { simulator, talker, node } = linked();
      const begunMs = simulator.nowMs;
      simulator.crash(node(1), what);
      expect(simulator.runUntil(() => talker(0).heard.includes("down 1"), 60_000)).toBe(true);
      expect(simulator.nowMs - begunMs).toBeGreaterThanOrEqual(leastMs);
      expect(simulator.nowMs - begunMs).toBeLessThanOrEqual(mostMs);
      talker(0).env.openLink(peerId(1));
      expect(simulator.runUntil(() => talker(0).heard.length === 3, 60_000)).toBe(true);
      expect(talker(0).heard).toEqual(["up 1", "down 1", "down 1"]);
    }
  });

  it("do not come to life again with a node", () => {
    const { simulator, talker, node } = linked();
    talker(1).env.send(peerId(0), "last words");
    simulator.crash(node(1));
    simulator.restart(node(1));
    talker(0).env.send(peerId(1), "to the dead");
    simulator.runForMs(100);
    expect(talker(1).heard).toEqual([]);
    expect(talker(0).heard).toEqual(["up 1", "1: last words", "down 1"]);
    talker(1).env.openLink(peerId(0));
    simulator.runForMs(100);
    expect(talker(0).heard.at(-1)).toBe("up 1");
  });

  it("count the newest where a node came back before its end was noticed", () => {
    const { simulator, talker, node } = linked();
    simulator.crash(node(1), "machine");
    simulator.restart(node(1));
    talker(1).env.openLink(peerId(0));
    talker(1).env.send(peerId(0), "here again");
    simulator.runForMs(3 * DEAD_MS);
    expect(talker(0).heard).toEqual(["up 1", "down 1", "up 1", "1: here again"]);
  });

  it("break at both ends in a partition or a one-way cut that lasts", () => {
    for (const kind of ["partition", "one way"] as const) {
      const { simulator, talker, node } = linked();
      if (kind === "partition") simulator.partition([node(0)]);
      else simulator.network.cut(node(1), node(0));
      talker(1).env.send(peerId(0), "lost");
      simulator.runForMs(DEAD_MS - 1);
      expect(talker(0).heard).toEqual(["up 1"]);
      simulator.runForMs(2);
      expect([talker(0).heard, talker(1).heard]).toEqual([
        ["up 1", "down 1"],
        ["up 0", "down 0"],
      ]);
      talker(0).env.openLink(peerId(1));
      simulator.runForMs(DEAD_MS + 1);
      expect(talker(0).heard.slice(2)).toEqual(["down 1"]);
    }
  });

  it("outlive a short partition, and lose nothing in it", () => {
    const { simulator, talker, node } = linked();
    simulator.partition([node(0)]);
    for (const word of ["a", "b", "c"]) talker(1).env.send(peerId(0), word);
    simulator.runForMs(DEAD_MS - 100);
    simulator.heal();
    talker(1).env.send(peerId(0), "d");
    simulator.runForMs(3 * DEAD_MS);
    expect(talker(0).heard).toEqual(["up 1", "1: a", "1: b", "1: c", "1: d"]);
    expect(simulator.counts.linksBroken).toBe(0);
  });

  it("wait, in order, while a node is paused or blocked", () => {
    const latency = { kind: "constant", ms: 5 } as const;
    const { simulator, talker, node } = linked({ latency });
    simulator.pause(node(1));
    simulator.block(node(0));
    for (const word of ["a", "b", "c"]) talker(0).env.send(peerId(1), word);
    simulator.runForMs(50);
    simulator.unblock(node(0));
    simulator.runForMs(50);
    expect(talker(1).heard).toEqual(["up 0"]);
    talker(0).env.send(peerId(1), "d");
    simulator.plan(5, () => simulator.resume(node(1)));
    simulator.runForMs(50);
    expect(talker(1).heard).toEqual(["up 0", "0: a", "0: b", "0: c", "0: d"]);
  });

  it("are given up where a paused node does not answer, which then hears of both", () => {
    const { simulator, talker, node } = pair();
    simulator.pause(node(1));
    talker(0).env.openLink(peerId(1));
    simulator.runForMs(2 * DEAD_MS);
    expect(talker(0).heard).toEqual(["down 1"]);
    simulator.resume(node(1));
    simulator.runForMs(100);
    expect(talker(1).heard).toEqual(["up 0", "down 0"]);
  });

  it("end once for a node that was stopped while several things ended them", () => {
    const { node, simulator, talker } = pair({ linkDeadAfterMs: DEAD_MS });
    talker(0).env.openLink(peerId(1));
    simulator.runForMs(100);
    simulator.pause(node(1));
    talker(0).env.send(peerId(1), "last");
    talker(0).env.closeLink(peerId(1));
    simulator.runForMs(100);
    simulator.network.cut(node(0), node(1));
    simulator.runForMs(3 * DEAD_MS);
    simulator.resume(node(1));
    simulator.runForMs(100);
    expect(talker(1).heard).toEqual(["up 0", "0: last", "down 0"]);
  });

  it("are refused by another label, by nobody, and by the node itself", () => {
    const { simulator, talker, node } = pair();
    node(1).label = "other";
    for (const to of [1, 77, "x", 0]) talker(0).env.openLink(peerId(to));
    simulator.runForMs(2 * DEAD_MS);
    expect(talker(0).heard).toEqual(["down 1", "down 77", "down x", "down 0"]);
    expect(talker(1).heard).toEqual([]);
  });

  it("carry the messages of other protocols, behind what was sent before", () => {
    const { simulator, talker, rider } = linked({ latencyMinMs: 1, latencyMaxMs: 80 });
    rider(1).env.send(peerId(0), "to the opener");
    rider(0).env.send(peerId(1), "first");
    talker(0).env.closeLink(peerId(1));
    rider(0).env.send(peerId(1), "too late");
    simulator.runForMs(1_000);
    expect(rider(1).heard).toEqual(["0: first"]);
    expect(rider(0).heard).toEqual([]);
    expect(simulator.counts.linkMessagesLost).toBe(2);
    expect(talker(1).heard).toEqual(["up 0", "down 0"]);
  });

  it("call nobody while a protocol runs, and appear in the trace", () => {
    const { simulator, talker } = pair({ latency: { kind: "constant", ms: 0 } });
    const lines: string[] = [];
    simulator.traceText((line) => lines.push(line.replace(/^\S+ /, "")));
    talker(1).react = (what, peer) => {
      if (what.startsWith("up")) talker(1).env.send(peer, "welcome");
      else talker(1).env.closeLink(peer);
    };
    talker(0).react = (what, peer) => {
      if (what.startsWith("up")) talker(0).env.send(peer, "thanks");
    };
    talker(0).env.openLink(peerId(1));
    simulator.runForMs(100);
    expect(talker(0).heard).toEqual(["up 1", "1: welcome", "down 1"]);
    expect(lines).toEqual([
      "0 → 1 link dial",
      "1 → 0 link up",
      "1 → 0 talk.send welcome",
      "0 → 1 link up",
      "0 → 1 talk.send thanks",
      "0 → 1 talk.deliver welcome",
      "1 → 0 talk.deliver thanks",
      "1 → 0 link close",
      "0 → 1 link down",
    ]);
  });

  it("leave nothing behind, however many come and go", () => {
    const { simulator, talker } = pair({}, 40);
    for (let round = 0; round < 20; round += 1) {
      for (let to = 1; to < 40; to += 1) talker(0).env.openLink(peerId(to));
      simulator.runForMs(50);
      for (let to = 1; to < 40; to += 1)
        talker(to % 2 === 0 ? to : 0).env.closeLink(peerId(to % 2 === 0 ? 0 : to));
      simulator.runForMs(50);
    }
    expect(simulator.pipesCount).toBeLessThanOrEqual(39);
    expect(talker(0).heard.filter((what) => what === "up 39")).toHaveLength(20);
    expect(talker(0).heard.filter((what) => what === "down 38")).toHaveLength(20);
  });
});
