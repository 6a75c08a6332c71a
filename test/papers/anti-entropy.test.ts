/**
 * Demers 1987 §1.3: how fast simple epidemics finish, in synchronous cycles, with p the share of
 * nodes that lack an update (spec papers section 1.3):
 *
 *   pull        p' = p²                        it did, and so did the one it asked
 *   push        p' = p (1 − 1/n)^(n (1 − p))   none of those who have it chose the node
 *   push-pull   both at once: the product of the two reasons
 */
import { describe, expect, it } from "vitest";
import type { Env } from "../../src/core/env.ts";
import { makeOrigin, type PeerId } from "../../src/core/peer.ts";
import { Random } from "../../src/core/random.ts";
import { historyDefaults } from "../../src/data/history/history.options.ts";
import { History } from "../../src/data/history/history.ts";
import type {
  AntiEntropyMessage,
  ExchangeMode,
} from "../../src/exchange/anti-entropy/anti-entropy.messages.ts";
import { antiEntropyDefaults } from "../../src/exchange/anti-entropy/anti-entropy.options.ts";
import {
  AntiEntropy,
  type AntiEntropyTimer,
} from "../../src/exchange/anti-entropy/anti-entropy.ts";
import { StaticView } from "../../src/peers/static/static-view.ts";
import { scuttlebuttOverload } from "../../src/sim/experiments/replicas/scuttlebutt-overload.ts";
import { runExperiment } from "../../src/sim/experiments/run-experiment.ts";
import { Simulator } from "../../src/sim/simulator.ts";

const NODES = 1_000;
const SEEDS = 12;
const CYCLE_MS = 100;
const CYCLES = 30;
/** Below this share the few nodes left make a single cycle pure chance. */
const SHARE_MIN = 0.02;

/** Shares of nodes without the update, cycle by cycle. */
function run(mode: ExchangeMode, seed: number): number[] {
  const simulator = new Simulator({ seed, latency: { kind: "constant", ms: 1 } });
  const engines: AntiEntropy[] = [];
  const histories: History[] = [];
  const options = {
    ...antiEntropyDefaults,
    mode,
    // The test begins all rounds, of a whole cycle in one instant, as the model does.
    roundIntervalMs: 1e9,
    conversationsMaxCount: NODES,
    recentMaxCount: 0,
  };
  for (let at = 0; at < NODES; at += 1) {
    simulator.add((host) => {
      const peers = new StaticView(host.self);
      for (let other = 0; other < NODES; other += 1) peers.add(other as PeerId & number);
      const history = new History(
        {
          origin: () => makeOrigin(`n${at}`, 1),
          wallClock: () => host.wallClockMs,
          afterStep: (body) => host.afterStep(body),
        },
        historyDefaults,
      );
      histories.push(history);
      engines[at] = host.mountDirect(
        "antiEntropy",
        (env: Env<AntiEntropyMessage, AntiEntropyTimer>) => {
          const engine = new AntiEntropy(env, { peers, counters: { add: () => {} } }, options);
          engine.enrol({ name: "x", replica: history, sizeOf: () => 1 });
          return engine;
        },
      );
    });
  }
  const random = Random.derive(seed, "cycles");
  histories[0]?.append(Uint8Array.of(1));
  const shares = [1 - 1 / NODES];
  for (let cycle = 0; cycle < CYCLES && (shares.at(-1) ?? 0) > 0; cycle += 1) {
    for (const [at, engine] of engines.entries()) {
      const other = (at + 1 + random.below(NODES - 1)) % NODES;
      simulator.nodes[at]?.step(() => engine.compareWith(other as PeerId & number));
    }
    simulator.runForMs(CYCLE_MS);
    shares.push(histories.filter((history) => history.size === 0).length / NODES);
  }
  return shares;
}

const laws: Record<ExchangeMode, (share: number) => number> = {
  pull: (p) => p * p,
  push: (p) => p * (1 - 1 / NODES) ** (NODES * (1 - p)),
  pushPull: (p) => p * p * (1 - 1 / NODES) ** (NODES * (1 - p)),
};

describe("simple epidemics at n = 1,000", () => {
  it.each(["pull", "push", "pushPull"] as const)("follow the law of %s", (mode) => {
    const steps: { readonly before: number; readonly after: number }[] = [];
    const tails: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const shares = run(mode, seed);
      expect(shares.at(-1)).toBe(0);
      tails.push(shares.filter((share) => share > 0 && share < 0.5).length);
      for (const [cycle, before] of shares.entries()) {
        const after = shares[cycle + 1];
        if (after !== undefined && before >= SHARE_MIN) steps.push({ before, after });
      }
    }
    // Sum over all steps: the noise of one has a standard error of about 2 % of the sum.
    const measured = steps.reduce((sum, step) => sum + step.after, 0);
    const expected = steps.reduce((sum, step) => sum + laws[mode](step.before), 0);
    expect(measured / expected).toBeGreaterThan(0.97);
    expect(measured / expected).toBeLessThan(1.03);
    // From half of the nodes on, push leaves 1/e a cycle, pull the square.
    const tail = tails.reduce((sum, count) => sum + count, 0) / SEEDS;
    expect(tail).toBeLessThan(mode === "push" ? 10 : 5);
  });
});

it("flow control keeps what is held fresh in the overload of the Scuttlebutt paper", () => {
  const { values } = runExperiment(scuttlebuttOverload, { runsCount: 1 });
  const verdicts = values.flatMap(({ judgement, mean, name }) =>
    judgement?.verdict === "missed" ? [`${name} is ${mean}, not ${judgement.wanted}`] : [],
  );
  expect(verdicts).toEqual([]);
  const worst = values.find(({ name }) => name === "staleness, aimd (s)")?.mean ?? 999;
  expect(worst).toBeLessThan(25);
});
