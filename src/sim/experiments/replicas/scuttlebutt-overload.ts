import type { Env } from "../../../core/env.ts";
import { makeOrigin, type Origin, type PeerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import { historyDefaults } from "../../../data/history/history.options.ts";
import { History } from "../../../data/history/history.ts";
import type { AntiEntropyMessage } from "../../../exchange/anti-entropy/anti-entropy.messages.ts";
import {
  type AntiEntropyOptions,
  antiEntropyDefaults,
} from "../../../exchange/anti-entropy/anti-entropy.options.ts";
import { AntiEntropy, type AntiEntropyTimer } from "../../../exchange/anti-entropy/anti-entropy.ts";
import { StaticView } from "../../../peers/static/static-view.ts";
import { Simulator } from "../../simulator.ts";
import type { Curve, Experiment, ExperimentCourse, ExperimentSetting } from "../experiment.ts";

const SECOND_MS = 1_000;
/** When writers begin to want twice as much, want what they did, and stop. [Scuttlebutt 2008] */
const DOUBLED_FROM_S = 25;
const DOUBLED_TO_S = 75;
const STOPPED_FROM_S = 120;
const WRITES_A_SECOND = 10;
/** As a history counts an update of one byte. */
const UPDATE_BYTES = 49;
const MODES = ["off", "aimd"] as const;

interface Participant {
  readonly engine: AntiEntropy;
  readonly history: History;
  readonly origin: Origin;
  readonly step: (body: () => void) => void;
  /** When the updates of this one were written. */
  readonly writtenAtMs: number[];
}

/**
 * The overload of the Scuttlebutt paper: every participant writes and gossips once a second, a
 * message holds so many updates, and for 50 s twice as much is wanted as gossip carries.
 *
 * Ours writes updates that do not replace each other, so that all that is written must travel: a
 * harder case than 64 keys a participant, of which the older writes need not.
 */
export const scuttlebuttOverload: Experiment = {
  name: "scuttlebutt-overload",
  proves: "Flow control keeps what is held fresh when writers want twice what gossip carries",
  source: "van Renesse 2008 §5, its overload; ours: updates that replace nothing",
  parameters: { nodesCount: 64, deltaMaxCount: 80, wantedPerSecond: 1, durationMs: 150_000 },
  runsCount: 3,
  run,
  expected: {
    "staleness, aimd (s)": {
      value: 20,
      source: "van Renesse 2008 Fig. 5: below 20 s",
      deviation: "with 64 keys a participant the older writes need not travel; here all must",
    },
    "staleness, off ÷ aimd (ratio)": {
      value: 2,
      source: "ours: without flow control it is worse by far",
      bound: "atLeast",
      of: "mean",
    },
  },
};

function run(setting: ExperimentSetting): ExperimentCourse {
  const curves: Curve[] = [];
  const worst = { off: 0, aimd: 0 };
  const written = { off: 0, aimd: 0 };
  for (const flowControl of MODES) {
    const course = simulate(setting, flowControl);
    curves.push({
      chart: "staleness",
      name: `flow control ${flowControl}`,
      xLabel: "time (s)",
      yLabel: "age of the oldest update that somebody lacks (s)",
      points: course.points,
    });
    worst[flowControl] = Math.max(...course.points.map(([, stalenessS]) => stalenessS));
    written[flowControl] = course.writtenCount;
  }
  const { aimd, off } = worst;
  return {
    values: {
      "staleness, off (s)": off,
      "staleness, aimd (s)": aimd,
      "staleness, off ÷ aimd (ratio)": off / aimd,
      "written, off (updates)": written.off,
      "written, aimd (updates)": written.aimd,
    },
    curves,
  };
}

function simulate(setting: ExperimentSetting, flowControl: AntiEntropyOptions["flowControl"]) {
  const { deltaMaxCount = 80, durationMs = 150_000, nodesCount = 64 } = setting.parameters;
  const { wantedPerSecond = 1 } = setting.parameters;
  const simulator = new Simulator({ seed: setting.seed, latency: { kind: "constant", ms: 5 } });
  const options: AntiEntropyOptions = {
    ...antiEntropyDefaults,
    flowControl,
    flowStartPerSecond: 2 * wantedPerSecond,
    flowMinPerSecond: wantedPerSecond / 10,
    flowIncreasePerSecond: wantedPerSecond / 20,
    // One message of so many updates each way, as in the paper; what is left is for the next round.
    deltaMaxBytes: deltaMaxCount * UPDATE_BYTES,
    continuationsMaxCount: 1,
    recentMaxCount: 0,
    digestMaxBytes: 1e6,
    sketchFromBytes: 1e6,
    conversationsMaxCount: nodesCount,
  };
  const town: Participant[] = [];
  for (let at = 0; at < nodesCount; at += 1) settle(simulator, town, { at, nodesCount, options });
  const random = Random.derive(setting.seed, "writers");
  const points: [number, number][] = [];
  let writtenCount = 0;
  for (let second = 0; second * SECOND_MS < durationMs; second += 1) {
    const isDoubled = second >= DOUBLED_FROM_S && second < DOUBLED_TO_S;
    const rate = second >= STOPPED_FROM_S ? 0 : wantedPerSecond * (isDoubled ? 2 : 1);
    for (let part = 0; part < WRITES_A_SECOND; part += 1) {
      for (const participant of town) {
        if (!random.chance(rate / WRITES_A_SECOND)) continue;
        const { engine, history, step, writtenAtMs } = participant;
        if (engine.flow?.takeTurn() === false) continue;
        step(() => history.append(Uint8Array.of(1)));
        writtenAtMs.push(second * SECOND_MS + (part * SECOND_MS) / WRITES_A_SECOND);
        writtenCount += 1;
      }
      simulator.runForMs(SECOND_MS / WRITES_A_SECOND);
    }
    const nowMs = (second + 1) * SECOND_MS;
    points.push([second + 1, (nowMs - oldestLacking(town, nowMs)) / SECOND_MS]);
    setting.onPass?.(`flow control ${flowControl}, ${second + 1} s`);
  }
  return { points, writtenCount };
}

/** When the oldest update was written that somebody lacks; now, if nobody lacks any. */
function oldestLacking(town: readonly Participant[], nowMs: number): number {
  let oldestMs = nowMs;
  for (const { history } of town) {
    for (const { origin, writtenAtMs } of town) {
      const atMs = writtenAtMs[history.seen.prefix(origin)];
      if (atMs !== undefined && atMs < oldestMs) oldestMs = atMs;
    }
  }
  return oldestMs;
}

function settle(
  simulator: Simulator,
  town: Participant[],
  { at, nodesCount, options }: { at: number; nodesCount: number; options: AntiEntropyOptions },
): void {
  simulator.add((host) => {
    const peers = new StaticView(host.self);
    for (let other = 0; other < nodesCount; other += 1) peers.add(other as PeerId & number);
    const origin = makeOrigin(`n${at}`, 1);
    const history = new History(
      {
        origin: () => origin,
        wallClock: () => host.wallClockMs,
        afterStep: (body) => host.afterStep(body),
      },
      historyDefaults,
    );
    host.mountDirect("antiEntropy", (env: Env<AntiEntropyMessage, AntiEntropyTimer>) => {
      const engine = new AntiEntropy(env, { peers, counters: { add: () => {} } }, options);
      engine.enrol({ name: "x", replica: history, sizeOf: () => UPDATE_BYTES });
      engine.start();
      town[at] = { engine, history, origin, step: (body) => host.step(body), writtenAtMs: [] };
      return engine;
    });
  });
}
