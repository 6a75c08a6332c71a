import { type ChartLine, LineChart } from "../shared/line-chart.tsx";
import { percent } from "./spread/spread-words.ts";

/** Both towns, as their curves are named and coloured. */
export const sides = [
  { name: "A", color: "accent", at: 0 },
  { name: "B", color: "second", at: 1 },
] as const;

interface CurvePanelProps {
  readonly label: string;
  readonly title: string;
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly lines: readonly ChartLine[];
  readonly height: number;
  /** What dotted lines are. */
  readonly dotted: string;
  /** Of each side, what it runs and what theory says of that. */
  readonly theories: readonly { readonly title: string; readonly words: string }[];
  readonly note: string;
}

/** Shares of both towns in the course of time, beside what theory says of them. */
export function CurvePanel(props: CurvePanelProps) {
  const { dotted, height, label, lines, note, theories, title, x, xLabel } = props;
  return (
    <section class="panel curve" aria-label={label}>
      <h2>{title}</h2>
      <LineChart {...{ title, x, xLabel, lines, height }} xIs="number" yMax={1} formatY={percent} />
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
          <i class="swatch dotted" aria-hidden="true" /> {dotted}
        </li>
      </ul>
      <dl class="small theory">
        {sides.map(({ at, name }) => (
          <div key={name}>
            <dt>
              {name}: {theories[at]?.title}
            </dt>
            <dd class="muted">{theories[at]?.words}</dd>
          </div>
        ))}
      </dl>
      <p class="small muted">{note}</p>
    </section>
  );
}
