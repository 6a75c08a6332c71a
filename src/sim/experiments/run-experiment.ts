import { HearsayError } from "../../core/errors.ts";
import { resolveOptions } from "../../core/options.ts";
import { averageCurves } from "./aggregate/average-curves.ts";
import type { Curve, ExpectedValues, Experiment, ExperimentCourse } from "./experiment.ts";
import { type Judgement, judgeValue, type Sample } from "./judge-value.ts";
import { type Spread, spreadOf } from "./spread.ts";

export interface ExperimentOptions {
  /** The others follow it by one each. Default: 1. */
  readonly firstSeed?: number;
  /** Default: the experiment's own. */
  readonly runsCount?: number;
  /** Those that are not the defaults. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Told before each run and, by long ones, now and then. */
  readonly onPass?: (progress: string) => void;
}

/** What all runs of an experiment came to. The same options give the same report. */
export interface ExperimentReport {
  readonly experiment: string;
  readonly firstSeed: number;
  readonly runsCount: number;
  readonly parameters: Readonly<Record<string, number>>;
  /** No value missed what was expected of it. */
  readonly passed: boolean;
  readonly values: readonly ValueReport[];
  /** Each one's mean over the runs. */
  readonly curves: readonly Curve[];
}

export interface ValueReport extends Spread {
  readonly name: string;
  /** Undefined: nothing is expected of it, or nothing at these parameters. */
  readonly judgement: Judgement | undefined;
}

/** @throws HearsayError CONFIG_OPTION names a parameter that is unknown or makes no sense. */
export function runExperiment(
  experiment: Experiment,
  options: ExperimentOptions = {},
): ExperimentReport {
  const { firstSeed = 1, onPass, runsCount = experiment.runsCount } = options;
  if (runsCount < 1) throw new HearsayError("CONFIG_OPTION", "runsCount must be 1 or more.");
  const parameters = parametersOf(experiment, options.parameters);
  const courses: ExperimentCourse[] = [];
  for (let run = 0; run < runsCount; run += 1) {
    const seed = firstSeed + run;
    const tell = (progress: string): void => onPass?.(`seed ${seed}${progress}`);
    tell(` (${run + 1} of ${runsCount})`);
    const setting = { seed, parameters, onPass: (text: string) => tell(`: ${text}`) };
    courses.push(experiment.run(setting));
  }
  const judging = { firstSeed, ownRunsCount: experiment.runsCount };
  const values = judgeAll(courses, judging, expectedOf(experiment, parameters));
  return {
    experiment: experiment.name,
    firstSeed,
    runsCount,
    parameters,
    passed: values.every(({ judgement }) => judgement?.verdict !== "missed"),
    values,
    curves: averageCurves(courses.map(({ curves }) => curves)),
  };
}

function parametersOf(
  { name, parameters }: Experiment,
  given: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const resolved = resolveOptions(name, parameters, given);
  return Object.fromEntries(Object.keys(parameters).map((key) => [key, Number(resolved[key])]));
}

function expectedOf(
  experiment: Experiment,
  parameters: Readonly<Record<string, number>>,
): ExpectedValues {
  const names = Object.keys(parameters);
  const isStandard = names.every((name) => parameters[name] === experiment.parameters[name]);
  const expected = isStandard ? experiment.expected : undefined;
  const wanted = expected ?? experiment.expectedAt?.(parameters) ?? {};
  // A law of large numbers has no answer for one node: nothing is held then.
  return Object.fromEntries(
    Object.entries(wanted).filter(([, { value }]) => Number.isFinite(value)),
  );
}

function judgeAll(
  courses: readonly ExperimentCourse[],
  judging: Pick<Sample, "firstSeed" | "ownRunsCount">,
  expected: ExpectedValues,
): ValueReport[] {
  const names = Object.keys(courses[0]?.values ?? {});
  const absent = Object.keys(expected).find((name) => !names.includes(name));
  if (absent !== undefined) throw new Error(`${absent} is expected, but no run has it`);
  return names.map((name) => {
    const values = courses.map((course) => measured(course, name));
    const spread = spreadOf(values);
    const wanted = expected[name];
    const sample = { ...judging, spread, values };
    const judgement = wanted === undefined ? undefined : judgeValue(wanted, sample);
    return { name, ...spread, judgement };
  });
}

function measured({ values }: ExperimentCourse, name: string): number {
  const value = values[name];
  if (value === undefined) throw new Error(`not every run has ${name}`);
  return value;
}
