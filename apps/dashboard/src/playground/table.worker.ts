/** Experiments, beside the page: the very ones that `hearsay sim` runs. */
import { portableExperiments } from "../../../../src/sim/experiments/portable.ts";
import { runExperiment } from "../../../../src/sim/experiments/run-experiment.ts";
import type { TableAnswer, TableRequest } from "./table.messages.ts";

addEventListener("message", (event: MessageEvent<TableRequest>): void => {
  try {
    tell(answerTo(event.data));
  } catch (error) {
    tell({ kind: "failure", text: error instanceof Error ? error.message : String(error) });
  }
});

function answerTo(request: TableRequest): TableAnswer {
  if (request.kind === "catalog") {
    const experiments = portableExperiments.map((one) => {
      const { name, parameters, proves, runsCount, source } = one;
      return { name, parameters, proves, runsCount, source };
    });
    return { kind: "catalog", experiments };
  }
  const { name, parameters, runsCount, seed } = request;
  const experiment = portableExperiments.find((one) => one.name === name);
  if (experiment === undefined) throw new Error(`there is no experiment ${name}`);
  const onPass = (text: string): void => tell({ kind: "progress", text });
  const report = runExperiment(experiment, { firstSeed: seed, runsCount, parameters, onPass });
  return { kind: "report", report };
}

function tell(answer: TableAnswer): void {
  postMessage(answer);
}
