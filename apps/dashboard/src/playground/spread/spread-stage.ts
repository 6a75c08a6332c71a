import type { SpreadNumbers } from "../../../../../src/sim/playground/spread.options.ts";
import type { SpreadProtocolName } from "../../../../../src/sim/playground/spread-protocols.ts";
import type { SpreadSetting } from "../../../../../src/sim/playground/spread-town.ts";
import type { Rules } from "../play.ts";
import type { Played, Stage } from "../use-play.ts";
import type { SpreadState } from "./spread.messages.ts";
import { firstSpread, type SpreadPlay, settingOf, tickOf } from "./spread-play.ts";
import { scenarios } from "./spread-scenarios.ts";
import { numberRules, protocolTitles } from "./spread-words.ts";

export type SpreadPlayed = Played<SpreadPlay, SpreadSetting, SpreadState>;

export const spreadRules: Rules<SpreadProtocolName, SpreadNumbers> = {
  kind: "spread",
  protocolTitles,
  numbers: numberRules,
  first: firstSpread,
  scenarios,
};

export const spreadStage: Stage<SpreadProtocolName, SpreadNumbers, SpreadSetting> = {
  rules: spreadRules,
  tickOf,
  settingOf,
  startWorker: () => {
    return new Worker(new URL("./spread.worker.ts", import.meta.url), { type: "module" });
  },
};
