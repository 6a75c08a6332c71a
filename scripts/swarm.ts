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
 *
 *   npm run swarm -- raft [--count N] [--seed SEED]
 *
 * Groups of Raft under faults, 10,000 seeds by default: `test/swarm/raft-seeds.ts`.
 *
 *   npm run swarm -- etcd [--count N] [--seed SEED]
 *
 * Orders kept in a simulated etcd under faults, 1,000 seeds by default: `test/swarm/etcd-seeds.ts`.
 *
 *   npm run swarm -- certificates [--count N] [--seed SEED]
 *
 * Convergence certificates held against what nodes have, 1,000 seeds by default:
 * `test/swarm/certificate-seeds.ts`.
 *
 *   npm run swarm -- locks [--count N] [--seed SEED]
 *
 * Locks on groups of Raft under faults, 1,000 seeds by default: `test/swarm/lock-seeds.ts`.
 *
 *   npm run swarm -- ordered [--count N] [--seed SEED]
 *
 * Ordered logs over such groups, 1,000 seeds by default: `test/swarm/log-seeds.ts`.
 */
import { parseArgs } from "node:util";
import { processIo } from "../src/cli/process-io.ts";
import { runCli } from "../src/cli/run-cli.ts";
import { builtInNames } from "../src/cli/sim/scenario-files.ts";

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

interface Span {
  readonly seed: number;
  readonly count: number;
  readonly write: (line: string) => void;
}

/** Swarms of other things than scenarios: how many unless told, and how many failed. */
const otherSwarms: Record<string, { count: number; run: (span: Span) => Promise<number> }> = {
  hostile: {
    count: 10_000_000,
    async run(span) {
      const { runLong } = await import("../test/hostile/long-run.ts");
      return (await runLong(span)) === "well" ? 0 : 1;
    },
  },
  data: {
    count: 200,
    async run(span) {
      const { runDataSwarm } = await import("../test/matrix/data/data-swarm.ts");
      return runDataSwarm(span);
    },
  },
  etcd: {
    count: 1_000,
    async run(span) {
      const { failedOf, runEtcdSeeds } = await import("../test/swarm/etcd-seeds.ts");
      return failedOf(runEtcdSeeds(span)).length;
    },
  },
  certificates: {
    count: 1_000,
    async run(span) {
      const { runCertificateSeeds } = await import("../test/swarm/certificate-seeds.ts");
      return (await runCertificateSeeds(span)).filter(({ failures }) => failures.length > 0).length;
    },
  },
  locks: {
    count: 1_000,
    async run(span) {
      const { runLockSeeds } = await import("../test/swarm/lock-seeds.ts");
      return runLockSeeds(span).length;
    },
  },
  ordered: {
    count: 1_000,
    async run(span) {
      const { runLogSeeds } = await import("../test/swarm/log-seeds.ts");
      return runLogSeeds(span).length;
    },
  },
  raft: {
    count: 10_000,
    async run(span) {
      const { runRaftSeeds } = await import("../test/swarm/raft-seeds.ts");
      return runRaftSeeds(span).length;
    },
  },
};

const [what] = positionals;
const other = what === undefined ? undefined : otherSwarms[what];
if (what !== undefined && other === undefined) {
  process.stderr.write(`no swarm of ${what}: ${Object.keys(otherSwarms).join(", ")}\n`);
  process.exit(2);
}
if (other !== undefined) {
  const seed = Number(values.seed);
  const count = values.count === undefined ? other.count : Number(values.count);
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1) {
    process.stderr.write("--seed and --count are whole numbers, --count from 1\n");
    process.exit(2);
  }
  const write = (line: string) => process.stdout.write(`${line}\n`);
  process.exit((await other.run({ seed, count, write })) === 0 ? 0 : 1);
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
