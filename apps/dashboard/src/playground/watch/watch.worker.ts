import { type WatchSetting, WatchTown } from "../../../../../src/sim/playground/watch-town.ts";
import { hostTown } from "../town-host.ts";
import type { WatchState } from "./watch.messages.ts";

/** Of more deaths than can be read, the latest are told. */
const DEATHS_MAX_COUNT = 8;

hostTown({
  build: (setting: WatchSetting, onSettled) => new WatchTown(setting, onSettled),
  markedMs: (town) => town.course.markedMs,
  look: (town, atMs) => {
    const { living, verdicts } = town.course.tallyAt(atMs);
    const deaths = town.course.deathsAt(atMs).slice(-DEATHS_MAX_COUNT);
    const state: WatchState = {
      count: town.countAt(atMs),
      marks: town.course.countsByTick(atMs),
      expectedByTick: town.expectedByTick(atMs),
      verdicts,
      living,
      deaths: deaths.map((death) => {
        const { knewByStep: _, ...expected } = town.theory(death.atMs);
        return { ...death, expected };
      }),
    };
    return { state, given: [verdicts.buffer, living.buffer] };
  },
});
