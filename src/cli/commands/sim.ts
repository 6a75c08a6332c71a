import type { Command } from "commander";
import type { CliIo } from "../cli-io.ts";
import { addCommand, wholeNumber } from "../command.ts";
import type { SimFlags } from "../sim/run-sim.ts";

const SEED_MAX = 999_999_999_999_999;
const RUNS_MAX_COUNT = 1_000_000;
const NODES_MAX_COUNT = 1_000_000;

export function addSim(program: Command, io: CliIo): void {
  addCommand(program, {
    usage: "sim [scenario]",
    summary: "run a scenario in the simulator: a cluster in virtual time, with faults and checkers",
    examples: [
      "hearsay sim --list",
      "hearsay sim crash-detection",
      "hearsay sim my.json --seed 7 --trace trace.txt",
      "hearsay sim swarm-node --swarm --runs 50",
    ],
    notes:
      "SCENARIO is a file that ends in .json, or a name of --list. The same seed gives the same\n" +
      "run. Exits with 1 when a threshold is missed; stderr then says how to replay that seed.\n" +
      "docs/simulator.md describes the files.",
  })
    .option("--list", "tell what each built-in scenario shows")
    .option("--seed <n>", "the first seed (default: the scenario's own)", wholeNumber(0, SEED_MAX))
    .option("--runs <n>", "how many seeds, one after the other", wholeNumber(1, RUNS_MAX_COUNT), 1)
    .option("--nodes <n>", "another size than the scenario's", wholeNumber(1, NODES_MAX_COUNT))
    .option("--wire", "put every message through its codec and back")
    .option("--trace <file>", "write down every event, a line each")
    .option("--swarm", "let each seed draw its own faults, and shrink a failing plan")
    .option("--save <file>", "with --swarm: write the shrunk scenario to this file")
    .action(async (which: string | undefined, flags: SimFlags) => {
      const { simulate } = await import("../sim/run-sim.ts");
      simulate(which, flags, io);
    });
}
