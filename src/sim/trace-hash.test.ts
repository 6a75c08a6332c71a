import { describe, expect, it } from "vitest";
import { type Chat, Chatter, type Tick } from "./chatter-rig.ts";
import type { SimNode } from "./sim-node.ts";
import { Simulator } from "./simulator.ts";
import { TraceHash } from "./trace-hash.ts";

const NODES_COUNT = 12;

function hashOf(...lines: string[]): string {
  const hash = new TraceHash();
  for (const line of lines) hash.add(line);
  return hash.text;
}

/** Everything that can go wrong goes wrong, at times and places drawn by the seed. */
function stormOf(seed: number, listen: (simulator: Simulator) => void): void {
  const simulator = new Simulator({
    seed,
    lossRatio: 0.1,
    duplicateRatio: 0.1,
    reorderRatio: 0.2,
    bandwidthBytesPerSecond: 20_000,
    linkQueueMaxBytes: 400,
    sizeOf: () => 100,
    latency: { kind: "lognormal", medianMs: 10, sigma: 0.8, maxMs: 300 },
    transcode: (message) => JSON.parse(JSON.stringify(message)),
  });
  listen(simulator);
  const chatters: Chatter[] = [];
  for (let at = 0; at < NODES_COUNT; at += 1) {
    const peer = { host: `10.0.0.${((at + 1) % NODES_COUNT) + 1}`, port: 7946 };
    simulator.add((host) => {
      const chatter = host.mountStream<Chat, Tick, Chatter>(
        "chat",
        (env) => new Chatter(env, peer),
      );
      chatters[at] = chatter;
      chatter.start();
    });
  }
  const node = (at: number): SimNode => simulator.nodes[at % NODES_COUNT]!;
  for (let round = 0; round < 30; round += 1) {
    const at = round * 7 + seed;
    simulator.crash(node(at), round % 2 === 0 ? "process" : "machine");
    simulator.pause(node(at + 1));
    simulator.block(node(at + 2));
    node(at + 3).wallClockSkewMs = -round;
    node(at + 3).clockRateRatio = 1 + round / 100;
    simulator.partition([node(at + 4), node(at + 5)]);
    simulator.network.cut(node(at + 6), node(at + 7));
    simulator.network.clog(node(at + 8), node(at + 9), 200);
    for (const { env } of chatters) {
      env.exchange({ host: "10.0.0.3", port: 7946 }, { kind: "hello", text: "?" }, 400);
    }
    simulator.runForMs(250);
    simulator.network.mend(node(at + 6), node(at + 7));
    simulator.heal();
    simulator.resume(node(at + 1));
    simulator.unblock(node(at + 2));
    simulator.restart(node(at), { disk: round % 3 === 0 ? "lost" : "kept" });
    simulator.runForMs(100);
  }
}

function stormHash(seed: number): TraceHash {
  const hash = new TraceHash();
  stormOf(seed, (simulator) => simulator.traceText((line) => hash.add(line)));
  return hash;
}

describe("a trace's hash", () => {
  it("tells lines, their order and their ends apart", () => {
    const hashes = [hashOf(), hashOf(""), hashOf("ab", "c"), hashOf("a", "bc"), hashOf("c", "ab")];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf("ab", "c")).toBe(hashOf("ab", "c"));
    expect(hashOf("ab", "c")).toMatch(/^[0-9a-f]{16}$/);
  });

  it("is the same for the same seed with all faults on, and another for another", () => {
    const first = stormHash(1);
    expect(first.linesCount).toBeGreaterThan(3_000);
    expect(stormHash(1).text).toBe(first.text);
    expect(stormHash(2).text).not.toBe(first.text);
  });

  it("sees every kind of line in that storm", () => {
    const seen = new Set<string>();
    stormOf(1, (simulator) => simulator.trace(({ what }) => seen.add(what)));
    const kinds = ["deliver", "dial", "failure", "fault", "lost", "reply", "request", "send"];
    expect([...seen].sort()).toEqual([...kinds, "timer"]);
  });
});
