import type { Experiment } from "../../sim/experiments/experiment.ts";
import type { ExperimentReport, ValueReport } from "../../sim/experiments/run-experiment.ts";
import type { Colors } from "../cli-io.ts";
import type { tablePrinter } from "../table.ts";
import { figures } from "./number-text.ts";

type Table = Awaited<ReturnType<typeof tablePrinter>>;

/** An experiment's outcome, for people. */
export function experimentText(
  experiment: Experiment,
  report: ExperimentReport,
  colors: Colors,
  table: Table,
): string {
  const { firstSeed, parameters, runsCount, values } = report;
  const settings = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const runs = runsCount === 1 ? "1 run" : `${runsCount} runs`;
  const facts = [experiment.source, `${runs} from seed ${firstSeed}`, ...settings];
  const notes = values.flatMap(({ judgement, name }) =>
    judgement?.note === undefined ? [] : [`  ~ ${name}: ${judgement.note}`],
  );
  return [
    `${colors.bold(experiment.name)}  ${experiment.proves}`,
    facts.join(" · "),
    "",
    table(
      ["", "value", "mean", "± 95 %", "least", "most", "expected", "source"],
      values.map((value) => rowOf(value, colors)),
    ),
    ...(notes.length === 0 ? [] : ["", ...notes]),
  ].join("\n");
}

function rowOf(value: ValueReport, colors: Colors): string[] {
  const { confidence, judgement, max, mean, min, name } = value;
  const numbers = [mean, confidence, min, max].map(figures);
  if (judgement === undefined) return ["", name, ...numbers, "", ""];
  const { source, verdict, wanted } = judgement;
  const marks = { held: colors.green("ok"), missed: colors.red("FAIL"), told: colors.yellow("~") };
  return [marks[verdict], name, ...numbers, wanted, source];
}
