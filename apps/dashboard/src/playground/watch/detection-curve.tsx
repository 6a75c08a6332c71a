import { useMemo } from "preact/hooks";
import { watchTheoryWords } from "../../../../../src/sim/playground/watch-theory.ts";
import type { ChartLine } from "../../shared/line-chart.tsx";
import { CurvePanel, sides } from "../curve-panel.tsx";
import type { WatchState } from "./watch.messages.ts";
import type { WatchPlay } from "./watch-play.ts";
import { detectorTitles } from "./watch-words.ts";

interface DetectionCurveProps {
  readonly play: WatchPlay;
  readonly states: readonly [WatchState | undefined, WatchState | undefined];
}

const SECONDS_MIN = 20;
const SECONDS_TO_SPARE = 5;
const NOTE =
  "Theory is the mean over all seeds, of a town in which nobody is slow and nothing is parted.";

/** The share that knows of the dead, by second, and that of the living that is doubted. */
export function DetectionCurve({ play, states }: DetectionCurveProps) {
  const lasts = states.map((state) => (state?.marks.length ?? 1) - 1 + SECONDS_TO_SPARE);
  const secondsCount = Math.max(SECONDS_MIN, ...lasts);
  const x = useMemo(() => Array.from({ length: secondsCount + 1 }, (_, at) => at), [secondsCount]);
  const lines = useMemo(
    () => sides.flatMap(({ at }) => linesOf(play, at, states[at], x)),
    [play.protocols, states[0], states[1], x],
  );
  const title = "Who knows of the dead, by second";
  return (
    <CurvePanel
      {...{ title, x, lines }}
      label="Detection curve"
      xLabel="second"
      height={230}
      dotted="share of the living that is doubted"
      theories={play.protocols.map((protocol) => ({
        title: detectorTitles[protocol],
        words: watchTheoryWords[protocol],
      }))}
      note={NOTE}
    />
  );
}

function linesOf(
  { protocols }: WatchPlay,
  at: 0 | 1,
  state: WatchState | undefined,
  x: readonly number[],
): ChartLine[] {
  const { color, name: side } = sides[at];
  const name = `${side}: ${detectorTitles[protocols[at]]}`;
  const marks = state?.marks ?? [];
  const expected = state?.expectedByTick ?? [];
  const known = x.map((second) => {
    const mark = marks[second];
    if (mark === undefined || mark.tellableCount === 0) return null;
    return mark.knownCount / mark.tellableCount;
  });
  const doubted = x.map((second) => {
    const mark = marks[second];
    if (mark === undefined) return null;
    const pairs = mark.livingCount * (mark.livingCount - 1);
    return pairs === 0 ? null : (mark.suspectedCount + mark.buriedCount) / pairs;
  });
  return [
    { name, color, values: known },
    {
      name: `${name}, theory`,
      color,
      dash: [5, 4],
      values: x.map((second) => expected[second] ?? null),
    },
    { name: `${name}, living ones doubted`, color, dash: [1, 4], values: doubted },
  ];
}
