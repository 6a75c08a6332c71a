import { useMemo } from "preact/hooks";
import { theoryWords } from "../../../../../src/sim/playground/spread-theory.ts";
import { figures } from "../../shared/format.ts";
import type { ChartLine } from "../../shared/line-chart.tsx";
import { CurvePanel, sides } from "../curve-panel.tsx";
import type { Tick } from "../play.ts";
import type { SpreadState } from "./spread.messages.ts";
import type { SpreadPlay } from "./spread-play.ts";
import { percent, protocolTitles } from "./spread-words.ts";

interface InfectionCurveProps {
  readonly play: SpreadPlay;
  readonly tick: Tick;
  readonly states: readonly [SpreadState | undefined, SpreadState | undefined];
}

const TICKS_MIN = 12;
const TICKS_TO_SPARE = 4;

/** The share that has heard by round, beside what theory says of it. */
export function InfectionCurve({ play, states, tick }: InfectionCurveProps) {
  const lasts = states.map((state) => (state?.heardByTick.length ?? 1) - 1 + TICKS_TO_SPARE);
  const ticksCount = Math.max(TICKS_MIN, ...lasts);
  const lines = useMemo(
    () => sides.flatMap(({ at }) => linesOf(play, at, states[at], ticksCount)),
    [play.numbers, play.protocols, states[0], states[1], ticksCount],
  );
  const x = useMemo(() => Array.from({ length: ticksCount + 1 }, (_, at) => at), [ticksCount]);
  const title = `Infection curve: share that has heard, by ${tick.word}`;
  return (
    <CurvePanel
      {...{ title, x, lines }}
      label="Infection curve"
      xLabel={tick.word === "round" ? "round" : `hops of ${figures(tick.ms)} ms, a mean latency`}
      height={250}
      dotted="share that ever hears, by theory"
      theories={sides.map(({ at }) => {
        const protocol = play.protocols[at] ?? "push";
        const words = `${theoryWords[protocol]}${finalText(states[at])}`;
        return { title: protocolTitles[protocol], words };
      })}
      note="Theory is of an undisturbed town in which node 0 began."
    />
  );
}

function finalText(state: SpreadState | undefined): string {
  const final = state?.theory.final;
  return final === undefined ? "" : `: ${percent(final)} in the end`;
}

function linesOf(
  { numbers, protocols }: SpreadPlay,
  at: number,
  state: SpreadState | undefined,
  ticksCount: number,
): ChartLine[] {
  const { color, name: side } = sides[at] ?? sides[0];
  const name = `${side}: ${protocolTitles[protocols[at] ?? "push"]}`;
  const ticks = Array.from({ length: ticksCount + 1 }, (_, tick) => tick);
  const heard = state?.heardByTick ?? [];
  const measured = ticks.map((tick) => {
    const count = heard[tick];
    return count === undefined ? null : count / numbers.nodesCount;
  });
  const { curve = [], final } = state?.theory ?? {};
  const lines: ChartLine[] = [
    { name, color, values: measured },
    {
      name: `${name}, theory`,
      color,
      dash: [5, 4],
      values: ticks.map((one) => curve[one] ?? null),
    },
  ];
  if (final === undefined) return lines;
  const level = {
    name: `${name}, in the end`,
    color,
    dash: [1, 4],
    values: ticks.map(() => final),
  };
  return [...lines, level];
}
