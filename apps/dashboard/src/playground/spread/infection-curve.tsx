import { useMemo } from "preact/hooks";
import { theoryWords } from "../../../../../src/sim/playground/spread-theory.ts";
import { figures } from "../../shared/format.ts";
import { type ChartLine, LineChart } from "../../shared/line-chart.tsx";
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
const sides = [
  { name: "A", color: "accent" },
  { name: "B", color: "second" },
] as const;

/** The share that has heard by round, beside what theory says of it. */
export function InfectionCurve({ play, states, tick }: InfectionCurveProps) {
  const lasts = states.map((state) => (state?.heardByTick.length ?? 1) - 1 + TICKS_TO_SPARE);
  const ticksCount = Math.max(TICKS_MIN, ...lasts);
  const lines = useMemo(
    () => sides.flatMap((_, at) => linesOf(play, at, states[at], ticksCount)),
    [play.numbers, play.protocols, states[0], states[1], ticksCount],
  );
  const x = useMemo(() => Array.from({ length: ticksCount + 1 }, (_, at) => at), [ticksCount]);
  const title = `Infection curve: share that has heard, by ${tick.word}`;
  return (
    <section class="panel curve" aria-label="Infection curve">
      <h2>{title}</h2>
      <LineChart
        title={title}
        x={x}
        xIs="number"
        xLabel={tick.word === "round" ? "round" : `hops of ${figures(tick.ms)} ms, a mean latency`}
        lines={lines}
        yMax={1}
        height={250}
        formatY={percent}
      />
      <ul class="legend" aria-label="Lines">
        <li>
          <i class="swatch swatch-accent" aria-hidden="true" /> A
        </li>
        <li>
          <i class="swatch swatch-second" aria-hidden="true" /> B
        </li>
        <li>
          <i class="swatch dashed" aria-hidden="true" /> theory of each
        </li>
        <li>
          <i class="swatch dotted" aria-hidden="true" /> share that ever hears, by theory
        </li>
      </ul>
      <dl class="small theory">
        {sides.map(({ name }, at) => (
          <div key={name}>
            <dt>
              {name}: {protocolTitles[play.protocols[at] ?? "push"]}
            </dt>
            <dd class="muted">
              {theoryWords[play.protocols[at] ?? "push"]}
              {finalText(states[at])}
            </dd>
          </div>
        ))}
      </dl>
      <p class="small muted">Theory is of an undisturbed town in which node 0 began.</p>
    </section>
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
