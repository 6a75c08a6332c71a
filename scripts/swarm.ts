/**
 * Long swarms: many seeds, each with faults of its own, over every scenario made for it.
 *
 *   npm run swarm -- [--seeds N] [--from SEED] [--scenario NAME] [--nodes N] [--wire]
 *
 * A failing seed is shrunk, printed as a scenario file, and named with the command that replays it.
 *
 *   npm run swarm -- hostile [--count N] [--seed SEED]
 *
 * Mutated packets and stream prefixes instead: `test/hostile`.
 *
 *   npm run swarm -- data [--count N] [--seed SEED]
 *
 * Data models on exchanges and nodes under faults, 200 seeds by default: `test/matrix/data`.
 */
import { parseArgs } from "node:util";
import { processIo } from "../src/cli/process-io.ts";
import { runCli } from "../src/cli/run-cli.ts";
import { builtInNames } from "../src/cli/sim/scenario-files.ts";

const RAFT_SEEDS_MAX_COUNT = 1_000_000;

const { values, positionals } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    scenario: { type: "string" },
    nodes: { type: "string" },
    wire: { type: "boolean", default: false },
    count: { type: "string" },
    seed: { type: "string", default: "1" },
  },
  allowPositionals: true,
});

if (positionals[0] === "hostile") {
  const { runLong } = await import("../test/hostile/long-run.ts");
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const { count = "10000000", seed } = values;
  const end = await runLong({ count: Number(count), seed: Number(seed), write });
  process.exit(end === "well" ? 0 : 1);
}

if (positionals[0] === "data") {
  const { runDataSwarm } = await import("../test/matrix/data/data-swarm.ts");
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const { count = "200", seed } = values;
  const failedCount = await runDataSwarm({ count: Number(count), seed: Number(seed), write });
  process.exit(failedCount === 0 ? 0 : 1);
}

if (positionals[0] === "raft") {
  const { runRaftSeeds } = await import("../test/swarm/raft-seeds.ts");
  // Mutated packets come by the million, groups by the thousand.
  const count = Math.min(Number(values.count), RAFT_SEEDS_MAX_COUNT);
  const write = (line: string) => process.stdout.write(`${line}\n`);
  process.exit(runRaftSeeds({ first: Number(values.seed), count, write }).length === 0 ? 0 : 1);
}

const { scenario } = values;
const names =
  scenario === undefined ? builtInNames().filter((name) => name.startsWith("swarm-")) : [scenario];
const more = [
  ...(values.nodes === undefined ? [] : ["--nodes", values.nodes]),
  ...(values.wire ? ["--wire"] : []),
];
const io = processIo();

for (const name of names) {
  const seeds = ["--seed", values.from, "--runs", values.seeds];
  const code = await runCli(["sim", name, "--swarm", ...seeds, ...more], io);
  if (code !== 0) process.exitCode = code;
}
