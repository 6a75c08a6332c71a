import { Random } from "../../core/random.ts";
import { checkerCatalog } from "../checkers/catalog.ts";
import type { PlannedFault } from "../faults/fault.ts";
import { checkerNames, checkerOptions } from "./read-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { swarmDefaults } from "./swarm.options.ts";

/**
 * The scenario with faults that the seed draws: which kinds are on, how many, when, on whom and how
 * strong. Its own faults and what it asks for in calm weather are left out; what must hold under
 * any faults is asked for in full. All of it is written out, so that a shrinker can take lines
 * away.
 */
export function drawSwarm(scenario: Scenario, seed: number): Scenario {
  const random = Random.derive(seed, "swarm");
  const nodes = drawSize(random, scenario);
  const faults = drawFaults(random, { ...scenario, nodes });
  const heal = scenario.heal ?? {
    withinMs: swarmDefaults.healWithinMs,
    restart: "crashed",
    quietMs: 0,
  };
  const seedsCount = Math.min(scenario.form.seedsCount, nodes);
  const form = { ...scenario.form, seedsCount };
  return { ...scenario, seed, nodes, form, faults, heal, checkers: checkersOf(scenario) };
}

/** Up to the scenario's own size; that one where its groups or tasks may name nodes by number. */
function drawSize(random: Random, { groups, nodes, workload }: Scenario): number {
  const isFixed = Object.keys(groups).length > 0 || workload.some((task) => task.nodes !== "all");
  if (isFixed || nodes <= swarmDefaults.nodesMinCount) return nodes;
  return swarmDefaults.nodesMinCount + random.below(nodes - swarmDefaults.nodesMinCount + 1);
}

/** What the scenario's own thresholds say, where they make sense under any faults. */
function checkersOf(scenario: Scenario): Scenario["checkers"] {
  const canPublish = scenario.protocols.exchange.includes("broadcast");
  const entries = checkerNames.flatMap((name) => {
    const { always } = checkerCatalog[name];
    if (always === undefined || (name === "rumors" && !canPublish)) return [];
    const given = { ...scenario.checkers[name], ...always };
    return [[name, checkerOptions(name, given)] as const];
  });
  return Object.fromEntries(entries);
}

type Draw = (weather: Weather) => PlannedFault;

/** The dice of one plan, and what they are about. */
class Weather {
  readonly random: Random;
  readonly nodesCount: number;
  private readonly durationMs: number;

  constructor(random: Random, scenario: Scenario) {
    this.random = random;
    this.nodesCount = scenario.nodes;
    this.durationMs = scenario.durationMs;
  }

  /** A moment and a length, in whole milliseconds. */
  time(meanMs = swarmDefaults.faultMaxMs / 3): { readonly atMs: number; readonly forMs: number } {
    const { faultMaxMs, stabilityMs } = swarmDefaults;
    const atMs = this.random.below(Math.max(1, Math.floor(this.durationMs)));
    const lengthMs = stabilityMs + this.random.exponential(meanMs);
    return { atMs, forMs: Math.round(Math.min(lengthMs, faultMaxMs)) };
  }

  /** From 0 to `most`, with two decimals: a plan is read by people. */
  upTo(most: number): number {
    return Math.round(this.random.real() * most * 100) / 100;
  }

  some(): number[] {
    const most = Math.max(1, Math.floor(this.nodesCount * swarmDefaults.struckRatio));
    return this.sorted(this.random.sampleIndexes(this.nodesCount, 1 + this.random.below(most)));
  }

  /** One side of a partition: of uniform size, of uniform assignment, or a single node. */
  side(): number[] {
    const { nodesCount, random } = this;
    const kind = random.below(3);
    if (kind === 0) return [random.below(nodesCount)];
    if (kind === 1) {
      const size = 1 + random.below(Math.max(1, nodesCount - 1));
      return this.sorted(random.sampleIndexes(nodesCount, size));
    }
    const side: number[] = [];
    for (let node = 0; node < nodesCount; node += 1) if (random.chance(0.5)) side.push(node);
    return side.length === 0 ? [0] : side;
  }

  others(side: readonly number[]): number[] {
    const all = Array.from({ length: this.nodesCount }, (_, node) => node);
    const rest = all.filter((node) => !side.includes(node));
    return rest.length === 0 ? [0] : rest;
  }

  private sorted(nodes: number[]): number[] {
    return nodes.sort((a, b) => a - b);
  }
}

/** Every kind of fault that a swarm draws, each with its own numbers drawn anew. */
const kinds: readonly Draw[] = [
  (weather) => ({
    ...weather.time(),
    do: "crash",
    nodes: weather.some(),
    what: weather.random.chance(0.5) ? "process" : "machine",
    disk: weather.random.chance(0.3) ? "lost" : "kept",
    address: weather.random.chance(0.2) ? "new" : "kept",
  }),
  (weather) => ({ ...weather.time(), do: "pause", nodes: weather.some() }),
  (weather) => ({ ...weather.time(), do: "block", nodes: weather.some() }),
  (weather) => ({ ...weather.time(), do: "partition", sides: [weather.side()] }),
  (weather) => {
    const from = weather.side();
    const direction = weather.random.chance(0.7) ? "oneWay" : "both";
    return { ...weather.time(), do: "cut", from, to: weather.others(from), direction };
  },
  (weather) => {
    const meanMs = weather.random.real() * swarmDefaults.clogMeanMs;
    return { ...weather.time(meanMs), do: "clog", from: weather.some(), to: weather.some() };
  },
  (weather) => ({ ...weather.time(), do: "lose", ratio: weather.upTo(swarmDefaults.lossRatio) }),
  (weather) => ({
    ...weather.time(),
    do: "duplicate",
    ratio: weather.upTo(swarmDefaults.duplicateRatio),
  }),
  (weather) => ({
    ...weather.time(),
    do: "reorder",
    ratio: weather.upTo(swarmDefaults.reorderRatio),
    mostMs: Math.round(weather.upTo(swarmDefaults.reorderMaxMs)),
  }),
  (weather) => ({
    ...weather.time(),
    do: "latency",
    latency: {
      kind: "exponential",
      minMs: weather.upTo(swarmDefaults.latencyMinMs),
      meanMs: weather.upTo(swarmDefaults.latencyMeanMs),
    },
  }),
  (weather) => {
    const byMs = Math.round((weather.random.real() * 2 - 1) * swarmDefaults.skewMaxMs);
    return { ...weather.time(), do: "skew", nodes: weather.some(), byMs };
  },
  (weather) => ({
    ...weather.time(),
    do: "drift",
    nodes: weather.some(),
    rate: 0.5 + weather.upTo(1),
  }),
];

function drawFaults(random: Random, scenario: Scenario): PlannedFault[] {
  const weather = new Weather(random, scenario);
  const faults: PlannedFault[] = [];
  for (const draw of kinds) {
    if (!random.chance(swarmDefaults.kindRatio)) continue;
    const count = 1 + random.below(swarmDefaults.faultsPerKindCount);
    for (let turn = 0; turn < count; turn += 1) faults.push(draw(weather));
  }
  return faults.sort((one, other) => one.atMs - other.atMs);
}
