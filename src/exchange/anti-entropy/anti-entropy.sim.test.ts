import { describe, expect, it } from "vitest";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import { type HistoryOptions, historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import { Simulator, type SimulatorOptions } from "../../sim/simulator.ts";
import type { AntiEntropyMessage } from "./anti-entropy.messages.ts";
import { type AntiEntropyOptions, antiEntropyDefaults } from "./anti-entropy.options.ts";
import { AntiEntropy, type AntiEntropyTimer } from "./anti-entropy.ts";

function everybodyBut(self: PeerId, nodesCount: number): StaticView {
  const view = new StaticView(self);
  for (let at = 0; at < nodesCount; at += 1) view.add(peerId(at));
  return view;
}

class Town {
  readonly simulator: Simulator;
  readonly histories: History[] = [];
  readonly counts = new Map<string, number>();
  readonly engines: AntiEntropy[] = [];

  constructor(
    nodesCount: number,
    options: Partial<AntiEntropyOptions> = {},
    more: Partial<SimulatorOptions> & { history?: Partial<HistoryOptions>; replicas?: number } = {},
  ) {
    const { history: bounds, replicas = 1, ...network } = more;
    this.simulator = new Simulator({ seed: 7, ...network });
    for (let at = 0; at < nodesCount; at += 1) {
      this.simulator.add((host) => {
        this.engines[at] = host.mountDirect<AntiEntropyMessage, AntiEntropyTimer, AntiEntropy>(
          "antiEntropy",
          (env) => {
            const wiring = {
              peers: everybodyBut(host.self, nodesCount),
              counters: { add: (name: string, by = 1) => this.count(name, by) },
            };
            const engine = new AntiEntropy(env, wiring, {
              ...antiEntropyDefaults,
              ...options,
            });
            for (let replica = 0; replica < replicas; replica += 1) {
              const history = new History(
                {
                  origin: () => makeOrigin(`n${at}`, 1),
                  wallClock: () => env.wallClock(),
                  afterStep: (body) => host.afterStep(body),
                },
                { ...historyDefaults, ...bounds },
              );
              this.histories.push(history);
              engine.enrol({
                name: `history ${replica}`,
                replica: history,
                sizeOf: (update) => (update as { payload: Uint8Array }).payload.length + 20,
              });
            }
            engine.start();
            return engine;
          },
        );
      });
    }
  }

  count(name: string, by: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  agree(replicas = 1): boolean {
    const hashes = this.histories.map(
      (history, index) => `${index % replicas} ${history.seen.hash()}`,
    );
    return new Set(hashes).size === replicas;
  }
}

describe("anti-entropy over histories", () => {
  it.each(["pushPull", "push", "pull"] as const)("brings all to agree by %s", (mode) => {
    const town = new Town(50, { mode });
    for (const [at, history] of town.histories.entries()) {
      for (let step = 0; step < at % 5; step += 1) history.append(Uint8Array.of(at, step));
    }
    expect(town.simulator.runUntil(() => town.agree(), 60_000)).toBe(true);
    expect(town.histories.every((history) => history.size === 100)).toBe(true);
    expect(town.counts.get("antiEntropy.dropped.unsolicited")).toBeUndefined();
    expect(town.counts.get("antiEntropy.dropped.notOffered")).toBeUndefined();
  });

  it("costs one small message each way between equals", () => {
    const town = new Town(20);
    town.histories[0]?.append(Uint8Array.of(1));
    town.simulator.runUntil(() => town.agree(), 60_000);
    town.simulator.runForMs(20_000);
    const before = town.simulator.counts.packetsSent;
    const rounds = town.counts.get("antiEntropy.rounds") ?? 0;
    town.simulator.runForMs(10_000);
    const begun = (town.counts.get("antiEntropy.rounds") ?? 0) - rounds;
    expect(town.simulator.counts.packetsSent - before).toBe(2 * begun);
  });

  it("repairs what a lossy, doubling, reordering network left", () => {
    const town = new Town(30, {}, { lossRatio: 0.2, duplicateRatio: 0.2, latencyMaxMs: 500 });
    for (const history of town.histories) {
      for (let step = 0; step < 20; step += 1) history.append(new Uint8Array(50));
    }
    expect(town.simulator.runUntil(() => town.agree(), 120_000)).toBe(true);
    expect(town.histories.every((history) => history.size === 600)).toBe(true);
  });

  it("goes on at once with a peer who has more than fits, and with digests cut in pieces", () => {
    const town = new Town(40, { deltaMaxBytes: 2_000, digestMaxBytes: 60 });
    for (const history of town.histories) {
      for (let step = 0; step < 50; step += 1) history.append(new Uint8Array(100));
    }
    expect(town.simulator.runUntil(() => town.agree(), 200_000)).toBe(true);
    expect(town.histories.every((history) => history.size === 2_000)).toBe(true);
  });

  it("hands on gaps, and never sends what was forgotten", () => {
    const town = new Town(10, {}, { history: { keptMaxCount: 30 } });
    for (let step = 0; step < 100; step += 1) town.histories[0]?.append(Uint8Array.of(step));
    expect(town.simulator.runUntil(() => town.agree(), 60_000)).toBe(true);
    for (const history of town.histories) {
      expect(history.size).toBe(30);
      expect(history.forgotten.size).toBe(70);
    }
  });

  it("serves many replicas in turn", () => {
    const town = new Town(5, { claimsMaxCount: 7 }, { replicas: 50 });
    for (const history of town.histories) history.append(Uint8Array.of(1));
    expect(town.simulator.runUntil(() => town.agree(50), 120_000)).toBe(true);
  });

  it("names its recent updates, so that a few cost no digest", () => {
    const run = (recentMaxCount: number): number => {
      const town = new Town(50, { recentMaxCount });
      town.simulator.runForMs(3_000);
      town.histories[0]?.append(Uint8Array.of(1));
      expect(town.simulator.runUntil(() => town.agree(), 60_000)).toBe(true);
      return town.simulator.counts.packetsSent / (town.counts.get("antiEntropy.rounds") ?? 1);
    };
    expect(run(8)).toBeLessThan(run(0));
  });

  it("same seed, same run", () => {
    const run = (): string => {
      const town = new Town(20, {}, { lossRatio: 0.1 });
      for (const history of town.histories) history.append(Uint8Array.of(1));
      const lines: string[] = [];
      town.simulator.traceText((line) => lines.push(line));
      town.simulator.runForMs(10_000);
      return lines.join("\n");
    };
    expect(run()).toBe(run());
  });
});
