import { HearsayError } from "../../core/errors.ts";
import type { Experiment } from "../../sim/experiments/experiment.ts";
import {
  type ExperimentReport,
  runExperiment,
  type ValueReport,
} from "../../sim/experiments/run-experiment.ts";
import { type CliIo, colorsOf, printJson, printLine } from "../cli-io.ts";
import { usageError } from "../failure.ts";
import { tablePrinter } from "../table.ts";
import { experimentText } from "./experiment-text.ts";
import { figures } from "./number-text.ts";
import { Progress } from "./progress.ts";
import type { SimFlags } from "./sim-flags.ts";
import { SvgFile } from "./svg-file.ts";

/** What only scenarios know. */
const foreignFlags = ["trace", "save", "wire", "swarm"] as const;

/**
 * Runs an experiment and tells what it measured, beside what was expected.
 * @throws HearsayError EXPERIMENT_FAILED, CONFIG_OPTION, USAGE
 */
export async function tryExperiment(
  experiment: Experiment,
  flags: SimFlags,
  io: CliIo,
): Promise<void> {
  const foreign = foreignFlags.find((flag) => flags[flag] !== undefined);
  if (foreign !== undefined) {
    throw usageError(`--${foreign} is for scenarios; ${experiment.name} is an experiment.`);
  }
  const parameters = parametersGiven(experiment, flags);
  const picture = flags.svg === undefined ? undefined : await SvgFile.prepare(flags.svg);
  const progress = new Progress(io);
  const report = runExperiment(experiment, {
    ...(flags.seed === undefined ? {} : { firstSeed: flags.seed }),
    ...(flags.runs === undefined ? {} : { runsCount: flags.runs }),
    parameters,
    onPass: (text) => progress.tell(`${text} …`),
  });
  const { name, proves, source } = experiment;
  const { experiment: _, ...rest } = report;
  if (flags.json === true) printJson(io, { experiment: name, proves, source, ...rest });
  else {
    const colors = colorsOf(io.out, io.env);
    printLine(io, experimentText(experiment, report, colors, await tablePrinter(colors)));
  }
  // Printed first: a file that cannot be written must not cost what was measured.
  picture?.write(report.curves);
  const missed = report.values.filter(({ judgement }) => judgement?.verdict === "missed");
  const [first] = missed;
  if (first === undefined) return;
  const others = missed.length > 1 ? ` (and ${missed.length - 1} more)` : "";
  const replay = `Replay it: ${replayCommand(first, report, experiment)}`;
  throw new HearsayError("EXPERIMENT_FAILED", `${missText(first)}${others}. ${replay}`);
}

function parametersGiven(
  { name, parameters }: Experiment,
  flags: SimFlags,
): Readonly<Record<string, number>> {
  const given: (readonly [string, number])[] = [];
  for (const [key, text] of Object.entries(flags.set ?? {})) {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isNaN(value)) throw usageError(`--set ${key}=${text}: the value is no number.`);
    given.push([key, value]);
  }
  if (flags.nodes === undefined) return Object.fromEntries(given);
  if (!Object.hasOwn(parameters, "nodesCount")) {
    throw usageError(`${name} has no nodesCount that --nodes could change.`);
  }
  return Object.fromEntries([["nodesCount", flags.nodes] as const, ...given]);
}

function missText({ judgement, max, mean, min, name }: ValueReport): string {
  if (judgement === undefined) return name;
  const { seed, source, wanted } = judgement;
  const range = seed === undefined ? "" : ` (${figures(min)} to ${figures(max)}; seed ${seed})`;
  return `${name}: measured ${figures(mean)}${range}, expected ${wanted} [${source}]`;
}

/** Of the one run that broke a bound, or of all whose mean is off. */
function replayCommand(
  { judgement }: ValueReport,
  { firstSeed, parameters, runsCount }: ExperimentReport,
  experiment: Experiment,
): string {
  const seed = judgement?.seed;
  const words = ["hearsay sim", experiment.name, `--seed ${seed ?? firstSeed}`];
  words.push(`--runs ${seed === undefined ? runsCount : 1}`);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== experiment.parameters[name]) words.push(`--set ${name}=${value}`);
  }
  return words.join(" ");
}
