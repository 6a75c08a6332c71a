import { expect, it } from "vitest";
import { runExperiment } from "../run-experiment.ts";
import { overlayScale } from "./overlay-scale.ts";

it("trees over a small overlay reach all, and all survivors of a disaster", () => {
  const parameters = { nodesCount: 400, broadcastsCount: 50, laterBroadcastsCount: 10 };
  const { values } = runExperiment(overlayScale, { parameters });
  const missed = values.filter(({ judgement }) => judgement?.verdict === "missed");
  expect(missed.map(({ mean, name }) => `${name}: ${mean}`)).toEqual([]);
  expect(values.filter(({ judgement }) => judgement?.verdict === "held")).toHaveLength(3);
});
