import { type SpreadSetting, SpreadTown } from "../../../../../src/sim/playground/spread-town.ts";
import { hostTown } from "../town-host.ts";
import type { SpreadState } from "./spread.messages.ts";

/** Above so many nodes who told whom cannot be seen, and is not sent. */
const TOLD_MAX_COUNT = 2_000;
/** Theory is told at least so far. */
const TICKS_MIN = 16;

hostTown({
  build: (setting: SpreadSetting, onSettled) => new SpreadTown(setting, onSettled),
  markedMs: (town) => town.course.markedMs,
  look: (town, atMs) => {
    const { course, setting } = town;
    const heardByTick = course.heardByTick(atMs);
    const nodes = course.statesAt(atMs);
    const isSmall = setting.numbers.nodesCount <= TOLD_MAX_COUNT;
    const toldBy = isSmall ? course.toldByAt(atMs) : undefined;
    const theory = town.theory(Math.max(TICKS_MIN, heardByTick.length - 1));
    const told: SpreadState = { count: town.countAt(atMs), heardByTick, theory, nodes };
    const state = toldBy === undefined ? told : { ...told, toldBy };
    return { state, given: [nodes.buffer, ...(toldBy === undefined ? [] : [toldBy.buffer])] };
  },
});
