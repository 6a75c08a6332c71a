import type { RunReport } from "./report.ts";
import { type RunOptions, runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { type Shrunk, shrink, writtenOut } from "./shrink.ts";

/**
 * The smallest scenario that fails in the same way as this run did, under a name of its own:
 * written out as JSON it is a file that anybody can run.
 */
export function shrinkFailure(
  scenario: Scenario,
  report: RunReport,
  options: Pick<RunOptions, "transcode"> & { readonly runsMaxCount?: number } = {},
): Shrunk {
  const { runsMaxCount, ...runOptions } = options;
  const how = failureOf(report);
  const shrunk = shrink(writtenOut(scenario, report.seed), {
    fails: (candidate) => failureOf(runScenario(candidate, runOptions)) === how,
    ...(runsMaxCount === undefined ? {} : { runsMaxCount }),
  });
  const name = `${scenario.name}-seed-${report.seed}`;
  return { ...shrunk, scenario: { ...shrunk.scenario, name } };
}

/** In which way a run failed: what must stay the same while it is made smaller. */
function failureOf(report: RunReport): string | undefined {
  if (report.broken !== undefined) return "broken";
  if (report.formedMs === undefined) return "not formed";
  return report.checkers.find((checker) => !checker.passed)?.name;
}
