import { useMemo } from "preact/hooks";
import { theoreticalShares } from "../../../../src/sim/playground/spread-theory.ts";
import { figures } from "../shared/format.ts";
import { type ChartLine, LineChart } from "../shared/line-chart.tsx";
import type { Play } from "./address-text.ts";
import type { TownState } from "./use-town.ts";

interface InfectionCurveProps {
  readonly play: Play;
  readonly states: readonly [TownState | undefined, TownState | undefined];
}

const ROUNDS_MIN = 12;
const colors = ["accent", "second"] as const;
const names = ["A", "B"] as const;

/** The share that has heard by round, beside what theory says of it. */
export function InfectionCurve({ play, states }: InfectionCurveProps) {
  const roundsCount = Math.max(
    ROUNDS_MIN,
    ...states.map((one) => (one?.heardByRound.length ?? 1) - 1),
  );
  const drawn = useMemo(
    () => linesOf(play, states, roundsCount),
    [play.numbers, play.protocols, states[0], states[1], roundsCount],
  );
  const x = useMemo(() => Array.from({ length: roundsCount + 1 }, (_, at) => at), [roundsCount]);
  return (
    <section class="panel" aria-label="Infection curve">
      <div class="panel-head">
        <h2>Share of nodes that have heard, by round</h2>
        <ul class="legend" aria-label="Lines">
          {drawn.map(({ color, dash, name }) => (
            <li key={name}>
              <span
                class={`swatch swatch-${color}${dash === undefined ? "" : " dashed"}`}
                aria-hidden="true"
              />
              {name}
            </li>
          ))}
        </ul>
      </div>
      <LineChart
        title="Share of nodes that have heard, by round"
        x={x}
        xIs="number"
        xLabel="round"
        lines={drawn}
        yMax={1}
        height={220}
        formatY={(value) => `${figures(value * 100)} %`}
      />
      <p class="muted small">
        Theory is of a rumour that starts at one node and that nobody tires of telling, with the
        same fanout and loss; flooding, trees, direct mail and infect-and-die do not go by its
        rounds.
      </p>
    </section>
  );
}

function linesOf(
  { numbers, protocols }: Play,
  states: InfectionCurveProps["states"],
  roundsCount: number,
): ChartLine[] {
  return protocols.flatMap((protocol, at): ChartLine[] => {
    const color = colors[at] ?? "accent";
    const name = `${names[at] ?? ""}: ${protocol}`;
    const heard = states[at]?.heardByRound ?? [];
    const theory = theoreticalShares(protocol, numbers, roundsCount);
    const padded = Array.from({ length: roundsCount + 1 }, (_, round) => {
      const count = heard[round];
      return count === undefined ? null : count / numbers.nodesCount;
    });
    const measured = { name, color, values: padded };
    if (theory === undefined) return [measured];
    return [measured, { name: `${name}, theory`, color, dash: [5, 4], values: theory }];
  });
}
