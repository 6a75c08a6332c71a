import type { WatchNumbers } from "../../../../../src/sim/playground/watch.options.ts";
import type { WatchDetectorName } from "../../../../../src/sim/playground/watch-detectors.ts";
import type { WatchSetting } from "../../../../../src/sim/playground/watch-town.ts";
import type { Rules } from "../play.ts";
import type { Played, Stage } from "../use-play.ts";
import type { WatchState } from "./watch.messages.ts";
import { firstWatch, type WatchPlay, watchScenarios, watchTick } from "./watch-play.ts";
import { detectorTitles, watchNumberRules } from "./watch-words.ts";

export type WatchPlayed = Played<WatchPlay, WatchSetting, WatchState>;

export const watchRules: Rules<WatchDetectorName, WatchNumbers> = {
  kind: "watch",
  protocolTitles: detectorTitles,
  numbers: watchNumberRules,
  first: firstWatch,
  scenarios: watchScenarios,
};

export const watchStage: Stage<WatchDetectorName, WatchNumbers, WatchSetting> = {
  rules: watchRules,
  tickOf: () => watchTick,
  settingOf: ({ numbers, protocols, seed }, side) => ({ seed, numbers, protocol: protocols[side] }),
  startWorker: () => {
    return new Worker(new URL("./watch.worker.ts", import.meta.url), { type: "module" });
  },
};
