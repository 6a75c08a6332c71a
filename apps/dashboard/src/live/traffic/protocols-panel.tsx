import { useRef, useState } from "preact/hooks";
import { bytes, figures } from "../../shared/format.ts";
import { type Looks, REST_LOOK, settledLooks } from "./band-looks.ts";
import { Measuring } from "./measuring.tsx";
import type { Metrics } from "./meters.ts";
import { protocolRates, type Quantity, shares, type TrafficSample } from "./protocol-rates.ts";
import { ProtocolTable } from "./protocol-table.tsx";
import { type Band, StackedChart } from "./stacked-chart.tsx";

interface ProtocolsProps {
  readonly samples: readonly TrafficSample[];
  readonly metrics: Metrics;
}

const units = ["Bytes", "Messages"] as const;
type Unit = (typeof units)[number];

/** What each protocol moves, out and in, over time and in numbers. */
export function Protocols({ metrics, samples }: ProtocolsProps) {
  const [unit, setUnit] = useState<Unit>("Bytes");
  const looks = useRef<Looks>(new Map());
  const told = shares(samples);
  const names = told.map(({ protocol }) => protocol);
  looks.current = settledLooks(looks.current, names);
  return (
    <section class="panel" aria-label="Protocols">
      <div class="panel-head">
        <h2>{unit} a second, by protocol</h2>
        <fieldset class="row plain">
          <legend class="hidden-text">What is drawn</legend>
          {units.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === unit}
              onClick={() => setUnit(one)}
            >
              {one}
            </button>
          ))}
        </fieldset>
      </div>
      <div class="chart-pair">
        {(["sent", "received"] as const).map((direction) => (
          <Direction
            key={direction}
            direction={direction}
            unit={unit}
            samples={samples}
            looks={looks.current}
          />
        ))}
      </div>
      <ProtocolTable metrics={metrics} samples={samples} shares={told} looks={looks.current} />
    </section>
  );
}

interface DirectionProps {
  readonly direction: "sent" | "received";
  readonly unit: Unit;
  readonly samples: readonly TrafficSample[];
  readonly looks: Looks;
}

function Direction({ direction, looks, samples, unit }: DirectionProps) {
  const quantity: Quantity = `${direction}${unit}`;
  const bands = bandsOf(samples, looks, quantity);
  const format = unit === "Bytes" ? bytes : figures;
  const now = bands.reduce((sum, { values }) => sum + (values.at(-1) ?? 0), 0);
  const title = `${direction === "sent" ? "Out" : "In"}`;
  const isMeasured = samples.length > 1;
  return (
    <div>
      <h3>
        {title} {isMeasured ? <span class="muted">{format(now)} a second</span> : null}
      </h3>
      {isMeasured ? (
        <StackedChart
          title={`${title}, ${unit.toLowerCase()} a second by protocol`}
          times={samples.map(({ at }) => at)}
          bands={bands}
          yIs={unit === "Bytes" ? "bytes" : "count"}
          formatY={format}
        />
      ) : (
        <Measuring />
      )}
    </div>
  );
}

/** Those with looks, and all others as one band on top of them. */
function bandsOf(samples: readonly TrafficSample[], looks: Looks, quantity: Quantity): Band[] {
  const ranked = [...looks].map(([name, look]): Band => {
    return { name, look, values: protocolRates(samples, name, quantity) };
  });
  const others = [...(samples.at(-1)?.protocols.keys() ?? [])].filter((name) => !looks.has(name));
  if (others.length === 0) return ranked;
  const rates = others.map((name) => protocolRates(samples, name, quantity));
  const values = samples.map((_, at) => {
    const known = rates.map((one) => one[at] ?? null).filter((one) => one !== null);
    return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
  });
  return [...ranked, { name: "all others", look: REST_LOOK, values }];
}
