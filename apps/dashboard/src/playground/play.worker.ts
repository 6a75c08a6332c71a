/** One town, beside the page: the simulator and the protocols are the very classes that ship. */

import { portableExperiments } from "../../../../src/sim/experiments/portable.ts";
import { runExperiment } from "../../../../src/sim/experiments/run-experiment.ts";
import { SpreadTown } from "../../../../src/sim/playground/spread-town.ts";
import { DEAD, FRESH, HEARD, type PlayAnswer, type PlayRequest } from "./play.messages.ts";

/** Above so many nodes who told whom cannot be seen, and is not sent. */
const TOLD_MAX_COUNT = 2_000;

let town: SpreadTown | undefined;

addEventListener("message", (event: MessageEvent<PlayRequest>): void => {
  const request = event.data;
  try {
    obey(request);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    tell({ kind: "failure", round: request.round, text });
  }
});

function obey(request: PlayRequest): void {
  const { round } = request;
  if (request.kind === "experiment") return runTable(request);
  if (request.kind === "catalog") return tellCatalog(round);
  if (request.kind === "build") {
    town = new SpreadTown(request.setting);
    town.replay(request.deeds, request.nowMs);
  } else if (request.kind === "advance") town?.advanceTo(request.toMs);
  else town?.act(request.deed);
  if (town !== undefined) tellState(round, town);
}

function tellState(round: number, told: SpreadTown): void {
  const { heardAtMs, nowMs, setting, toldBy } = told;
  const { nodesCount, roundIntervalMs } = setting.numbers;
  const nodes = new Uint8Array(nodesCount);
  const heardIn: number[] = [];
  for (let node = 0; node < nodesCount; node += 1) {
    const atMs = heardAtMs[node] ?? -1;
    let state = told.isAlive(node) ? 0 : DEAD;
    if (atMs >= 0) {
      state |= HEARD;
      if (atMs > nowMs - roundIntervalMs) state |= FRESH;
      const inRound = Math.ceil(atMs / roundIntervalMs);
      heardIn[inRound] = (heardIn[inRound] ?? 0) + 1;
    }
    nodes[node] = state;
  }
  const ways = nodesCount <= TOLD_MAX_COUNT ? { toldBy: toldBy.slice() } : {};
  const heardByRound = summed(heardIn, Math.floor(nowMs / roundIntervalMs));
  tell({ kind: "state", round, count: told.count(), heardByRound, nodes, ...ways });
}

function summed(heardIn: readonly (number | undefined)[], roundsCount: number): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (let round = 0; round <= roundsCount; round += 1) {
    sum += heardIn[round] ?? 0;
    sums.push(sum);
  }
  return sums;
}

function tellCatalog(round: number): void {
  const listed = portableExperiments.map(({ name, proves, source }) => ({ name, proves, source }));
  tell({ kind: "catalog", round, experiments: listed });
}

function runTable({ name, round, runsCount, seed }: PlayRequest & { kind: "experiment" }): void {
  const experiment = portableExperiments.find((one) => one.name === name);
  if (experiment === undefined) throw new Error(`there is no experiment ${name}`);
  const onPass = (text: string): void => tell({ kind: "progress", round, text });
  const report = runExperiment(experiment, { firstSeed: seed, runsCount, onPass });
  tell({ kind: "report", round, report });
}

function tell(answer: PlayAnswer): void {
  postMessage(answer);
}
