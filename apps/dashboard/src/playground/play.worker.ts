/** One town, beside the page: the simulator and the protocols are the very classes that ship. */
import { TownTime } from "../../../../src/sim/playground/play-town.ts";
import { SpreadTown } from "../../../../src/sim/playground/spread-town.ts";
import type { PlayAnswer, PlayRequest } from "./play.messages.ts";

type ShowRequest = PlayRequest & { readonly kind: "show" };

/** Above so many nodes who told whom cannot be seen, and is not sent. */
const TOLD_MAX_COUNT = 2_000;
/** Theory is told at least so far. */
const TICKS_MIN = 16;
/** So long it computes until it looks whether something else is wanted. */
const SLICE_MS = 60;
/** So often it shows how far it is. */
const GLIMPSE_MS = 150;
/** A clock is not asked after each of a million moments. */
const MOMENTS_AT_ONCE = 32;

let time: TownTime<SpreadTown> | undefined;
let builtOf = "";
let wanted: ShowRequest | undefined;
let isBusy = false;

addEventListener("message", (event: MessageEvent<PlayRequest>): void => {
  const request = event.data;
  if (request.kind === "show") {
    wanted = request;
    if (!isBusy) work();
    return;
  }
  wanted = undefined;
  guard(request.round, () => {
    if (time !== undefined) tellState(request.round, time.town.course.markedMs, "done");
  });
});

/** A slice of what is wanted; the rest after whatever the page has said meanwhile. */
function work(): void {
  const request = wanted;
  isBusy = false;
  if (request === undefined) return;
  guard(request.round, () => {
    if (!advance(request)) {
      isBusy = true;
      setTimeout(work);
      return;
    }
    wanted = undefined;
    tellState(request.round, request.atMs, "done");
  });
}

let glimpsedAtMs = 0;

function advance({ atMs, deeds, round, setting }: ShowRequest): boolean {
  const key = JSON.stringify(setting);
  if (time === undefined || key !== builtOf) {
    builtOf = key;
    // The one before is let go first: two large ones may not fit.
    time = undefined;
    const onSettled = (settledCount: number): void =>
      tell({ kind: "building", round, settledCount });
    time = new TownTime(() => new SpreadTown(setting, onSettled));
  }
  const endMs = performance.now() + SLICE_MS;
  let moments = 0;
  const isEnough = (): boolean => {
    moments += 1;
    return moments % MOMENTS_AT_ONCE === 0 && performance.now() > endMs;
  };
  const isThere = time.reach(atMs, deeds, isEnough);
  if (!isThere && performance.now() - glimpsedAtMs > GLIMPSE_MS) {
    glimpsedAtMs = performance.now();
    tellState(round, time.town.nowMs, "underWay");
  }
  return isThere;
}

function tellState(round: number, atMs: number, how: "done" | "underWay"): void {
  if (time === undefined) return;
  const { course, setting } = time.town;
  const heardByTick = course.heardByTick(atMs);
  const nodes = course.statesAt(atMs);
  const isSmall = setting.numbers.nodesCount <= TOLD_MAX_COUNT;
  const ways = isSmall ? { toldBy: course.toldByAt(atMs) } : {};
  const theory = time.town.theory(Math.max(TICKS_MIN, heardByTick.length - 1));
  const count = time.town.countAt(atMs);
  const isDone = how === "done";
  const answer: PlayAnswer = { kind: "state", round, isDone, count, heardByTick, theory, nodes };
  tell({ ...answer, ...ways }, [nodes.buffer, ...(isSmall ? [ways.toldBy?.buffer] : [])]);
}

function guard(round: number, body: () => void): void {
  try {
    body();
  } catch (error) {
    // A town that broke is not gone on with.
    time = undefined;
    wanted = undefined;
    const text = error instanceof Error ? error.message : String(error);
    tell({ kind: "failure", round, text });
  }
}

function tell(answer: PlayAnswer, given: readonly (ArrayBuffer | undefined)[] = []): void {
  const transfer = given.filter((one) => one !== undefined);
  postMessage(answer, { transfer });
}
