import { experiments } from "../../sim/experiments/catalog.ts";
import { type CliIo, colorsOf, printJson, printLine } from "../cli-io.ts";
import type { JsonFlag } from "../command.ts";
import { builtInNames, loadScenario } from "./scenario-files.ts";

/** What there is to run, a line each. */
export function listAll(flags: JsonFlag, io: CliIo): void {
  const scenarios = builtInNames().map((name) => {
    const { nodes, proves } = loadScenario(name);
    return { name, kind: "scenario", nodes, proves };
  });
  const trials = experiments.map(({ name, parameters, proves, runsCount, source }) => {
    return { name, kind: "experiment", proves, source, runs: runsCount, parameters };
  });
  if (flags.json === true) return printJson(io, [...scenarios, ...trials]);
  const colors = colorsOf(io.out, io.env);
  const all = [...scenarios, ...trials];
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const one of all) {
    const source = "source" in one ? colors.dim(` (${one.source})`) : "";
    printLine(io, `${colors.bold(one.name.padEnd(width))}  ${one.proves}${source}`);
  }
}
