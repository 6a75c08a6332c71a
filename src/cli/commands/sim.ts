import type { Command } from "commander";
import type { CliIo } from "../cli-io.ts";
import { addCommand, collectPair, wholeNumber } from "../command.ts";
import type { SimFlags } from "../sim/sim-flags.ts";

const SEED_MAX = 999_999_999_999_999;
const RUNS_MAX_COUNT = 1_000_000;
const NODES_MAX_COUNT = 1_000_000;

export function addSim(program: Command, io: CliIo): void {
  addCommand(program, {
    usage: "sim [scenario]",
    summary: "run a scenario or experiment in the simulator: a cluster in virtual time",
    examples: [
      "hearsay sim --list",
      "hearsay sim crash-detection",
      "hearsay sim my.json --seed 7 --trace trace.txt",
      "hearsay sim swarm-node --swarm --runs 50",
      "hearsay sim broadcast-latency --runs 20 --set ratePerSecond=50 --svg latency.svg",
    ],
    notes:
      "SCENARIO is a file that ends in .json, or a name of --list: a scenario or an experiment.\n" +
      "The same seed gives the same run. Exits with 1 when a threshold or an expectation is\n" +
      "missed; stderr then says how to replay it. docs/simulator.md describes all of it.",
  })
    .option("--list", "tell what each built-in scenario and experiment shows")
    .option("--seed <n>", "the first seed (default: the scenario's own)", wholeNumber(0, SEED_MAX))
    .option(
      "--runs <n>",
      "how many seeds, one after the other (default: 1, or the experiment's own)",
      wholeNumber(1, RUNS_MAX_COUNT),
    )
    .option("--nodes <n>", "another size than the scenario's", wholeNumber(1, NODES_MAX_COUNT))
    .option(
      "--set <name=value>",
      "change a parameter of an experiment; may be repeated",
      collectPair,
    )
    .option("--svg <file>", "draw the curves into this file (needs the package echarts)")
    .option("--wire", "put every message through its codec and back")
    .option("--trace <file>", "write down every event, a line each")
    .option("--swarm", "let each seed draw its own faults, and shrink a failing plan")
    .option("--save <file>", "with --swarm: write the shrunk scenario to this file")
    .action(async (which: string | undefined, flags: SimFlags) => {
      const { simulate } = await import("../sim/run-sim.ts");
      await simulate(which, flags, io);
    });
}
