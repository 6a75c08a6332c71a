import { resolveOptions } from "../../core/options.ts";
import { spreadDefaults } from "../playground/spread.options.ts";
import {
  experimentName,
  type SpreadProtocolName,
  spreadProtocols,
} from "../playground/spread-protocols.ts";
import { SpreadTown } from "../playground/spread-town.ts";
import type { Experiment, ExperimentCourse, ExperimentSetting } from "./experiment.ts";

/** Rounds in which nobody hears it: then nobody will, whom only time could help. */
const QUIET_ROUNDS = 12;
const ROUNDS_MAX = 400;

/** What the playground shows, as an experiment: the same town, the same seed, the same counts. */
function spreadExperiment(protocol: SpreadProtocolName): Experiment {
  return {
    name: experimentName(protocol),
    proves: `How one update spreads in the playground. ${spreadProtocols[protocol]}.`,
    source: "ours",
    parameters: spreadDefaults,
    runsCount: 1,
    run: (setting) => run(protocol, setting),
  };
}

function run(protocol: SpreadProtocolName, { parameters, seed }: ExperimentSetting) {
  const numbers = resolveOptions("playground", spreadDefaults, parameters);
  const town = new SpreadTown({ seed, protocol, numbers });
  return followed(town, numbers.roundIntervalMs);
}

/** Node 0 hears it first, and is followed until all have, or nobody more does. */
function followed(town: SpreadTown, roundIntervalMs: number): ExperimentCourse {
  town.act({ do: "infect", node: 0 });
  const points: (readonly [number, number])[] = [];
  let quiet = 0;
  let count = town.count();
  for (let round = 0; round <= ROUNDS_MAX; round += 1) {
    points.push([round, count.heardCount / count.nodesCount]);
    if (count.heardCount === count.livingCount || quiet >= QUIET_ROUNDS) break;
    town.advanceTo((round + 1) * roundIntervalMs);
    const next = town.count();
    quiet = next.heardCount === count.heardCount ? quiet + 1 : 0;
    count = next;
  }
  const lastMs = town.course.heardAtMs.reduce((last, ms) => Math.max(last, ms), 0);
  const values = {
    "heard (nodes)": count.heardCount,
    "messages (by then)": count.messagesCount,
    "last heard (ms)": lastMs,
  };
  const curve = { chart: "Nodes that have heard", name: town.setting.protocol };
  return { values, curves: [{ ...curve, xLabel: "round", yLabel: "share of nodes", points }] };
}

export const playgroundExperiments: readonly Experiment[] = (
  Object.keys(spreadProtocols) as SpreadProtocolName[]
).map(spreadExperiment);
