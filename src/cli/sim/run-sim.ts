import { writeFileSync } from "node:fs";
import { HearsayError } from "../../core/errors.ts";
import { averageCurves } from "../../sim/experiments/aggregate/average-curves.ts";
import { findExperiment } from "../../sim/experiments/catalog.ts";
import type { Curve } from "../../sim/experiments/experiment.ts";
import { firstProblem, type RunReport } from "../../sim/scenario/report.ts";
import { type RunOptions, runScenario } from "../../sim/scenario/run-scenario.ts";
import type { Scenario } from "../../sim/scenario/scenario.ts";
import { shrinkFailure } from "../../sim/scenario/shrink-failure.ts";
import { drawSwarm } from "../../sim/scenario/swarm.ts";
import { overTheWire } from "../../sim/scenario/swim-transcode.wire.ts";
import { type CliIo, colorsOf, printJson, printLine } from "../cli-io.ts";
import { usageError } from "../failure.ts";
import { Progress } from "./progress.ts";
import { loadScenario } from "./scenario-files.ts";
import type { SimFlags } from "./sim-flags.ts";
import { listAll } from "./sim-list.ts";
import { runText, scenarioText, summaryText } from "./sim-report.ts";
import { summarizeRuns } from "./sim-summary.ts";
import { SvgFile } from "./svg-file.ts";
import { TraceFile } from "./trace-file.ts";
import { tryExperiment } from "./try-experiment.ts";

/** Most runs of the search for the smallest plan that still fails. [guess] */
const SHRINK_RUNS_MAX_COUNT = 300;

/**
 * @throws HearsayError SCENARIO_FAILED, EXPERIMENT_FAILED, SCENARIO_INVALID, CONFIG_OPTION,
 *   PACKAGE_MISSING, USAGE
 */
export async function simulate(
  which: string | undefined,
  flags: SimFlags,
  io: CliIo,
): Promise<void> {
  if (flags.list === true) return listAll(flags, io);
  if (which === undefined) {
    throw usageError("Say which scenario: a file, or a name of hearsay sim --list.");
  }
  const experiment = findExperiment(which);
  if (experiment !== undefined) return tryExperiment(experiment, flags, io);
  if (flags.set !== undefined) {
    throw usageError("--set is for experiments: change a scenario in its file, or by --nodes.");
  }
  if (flags.trace !== undefined && (flags.runs ?? 1) > 1) {
    throw usageError("--trace writes down one run: give --seed, and not --runs.");
  }
  if (flags.save !== undefined && flags.swarm !== true) {
    throw usageError("--save keeps what --swarm has shrunk: give --swarm too.");
  }
  const change = flags.nodes === undefined ? {} : { nodes: flags.nodes };
  const scenario = loadScenario(which, change);
  const picture = flags.svg === undefined ? undefined : await SvgFile.prepare(flags.svg);
  const { runs, failed } = runAll(scenario, flags, io);
  const found = flags.swarm === true && failed !== undefined ? smallest(failed, flags, io) : {};
  print({ scenario, runs, ...found }, flags, io);
  // Printed first: a file that cannot be written must not cost what was found.
  if (flags.save !== undefined && found.shrunk !== undefined) save(flags.save, found.shrunk);
  picture?.write(curvesOf(runs));
  if (failed === undefined) return;
  const { seed } = failed.report;
  const replay = `Replay it: ${replayCommand(which, seed, flags)}`;
  const count = runs.filter((run) => !run.passed).length;
  const others = count > 1 ? ` (${count} of ${runs.length} seeds failed)` : "";
  const problem = firstProblem(failed.report) ?? "a threshold was missed";
  throw new HearsayError("SCENARIO_FAILED", `seed ${seed}: ${problem}${others}. ${replay}`);
}

interface Failed {
  readonly report: RunReport;
  /** With the faults of its seed. */
  readonly scenario: Scenario;
}

interface AllRuns {
  readonly runs: readonly RunReport[];
  /** The first one. */
  readonly failed: Failed | undefined;
}

function runAll(scenario: Scenario, flags: SimFlags, io: CliIo): AllRuns {
  const progress = new Progress(io);
  const first = flags.seed ?? scenario.seed;
  const runs: RunReport[] = [];
  let failed: Failed | undefined;
  const trace = flags.trace === undefined ? undefined : new TraceFile(flags.trace);
  try {
    for (let seed = first; seed < first + (flags.runs ?? 1); seed += 1) {
      const drawn = flags.swarm === true ? drawSwarm(scenario, seed) : scenario;
      const onPass = (virtualMs: number): void =>
        progress.tell(`seed ${seed}, ${Math.floor(virtualMs / 1_000)} s of virtual time …`);
      const report = runScenario(drawn, {
        seed,
        onPass,
        ...wireOf(flags),
        ...(trace === undefined ? {} : { trace: trace.write }),
      });
      runs.push(report);
      if (!report.passed) failed ??= { report, scenario: drawn };
    }
  } finally {
    trace?.close();
  }
  return { runs, failed };
}

function smallest(
  { report, scenario }: Failed,
  flags: SimFlags,
  io: CliIo,
): { readonly shrunk?: Scenario } {
  io.err.write(`Seed ${report.seed} failed; looking for the smallest plan that still does …\n`);
  const options = { runsMaxCount: SHRINK_RUNS_MAX_COUNT, ...wireOf(flags) };
  return { shrunk: shrinkFailure(scenario, report, options).scenario };
}

function save(path: string, scenario: Scenario): void {
  try {
    writeFileSync(path, `${JSON.stringify(scenario, null, 2)}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError(`--save cannot write ${path}: ${why}`);
  }
}

interface Outcome {
  readonly scenario: Scenario;
  readonly runs: readonly RunReport[];
  readonly shrunk?: Scenario;
}

function print({ runs, scenario, shrunk }: Outcome, flags: SimFlags, io: CliIo): void {
  const passed = runs.every((run) => run.passed);
  const failedSeeds = runs.filter((run) => !run.passed).map((run) => run.seed);
  const summary = summarizeRuns(runs);
  if (flags.json === true) {
    const { name, proves } = scenario;
    const found = shrunk === undefined ? {} : { shrunk };
    return printJson(io, { scenario: name, proves, passed, failedSeeds, summary, runs, ...found });
  }
  const colors = colorsOf(io.out, io.env);
  printLine(io, scenarioText(scenario, colors));
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) printLine(io, runText(only, colors));
  else {
    const failed = runs.find((run) => !run.passed);
    printLine(io, `${runs.length} runs, ${failedSeeds.length} failed\n`);
    printLine(io, summaryText(summary, colors));
    if (failed !== undefined) printLine(io, `\n${runText(failed, colors)}`);
  }
  if (shrunk === undefined) return;
  printLine(io, "\nThe smallest scenario found that fails in the same way:\n");
  printLine(io, JSON.stringify(shrunk, null, 2));
}

function curvesOf(runs: readonly RunReport[]): Curve[] {
  const curves = runs.map(({ checkers }) => checkers.flatMap((checker) => checker.curves ?? []));
  return averageCurves(curves);
}

function replayCommand(which: string, seed: number, flags: SimFlags): string {
  const words = ["hearsay sim", which, "--seed", String(seed)];
  if (flags.nodes !== undefined) words.push("--nodes", String(flags.nodes));
  if (flags.swarm === true) words.push("--swarm");
  if (flags.wire === true) words.push("--wire");
  return words.join(" ");
}

function wireOf(flags: SimFlags): Pick<RunOptions, "transcode"> {
  return flags.wire === true ? { transcode: overTheWire() } : {};
}
