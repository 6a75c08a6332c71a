import { useEffect, useState } from "preact/hooks";
import type { ColorName } from "../../shared/colors.ts";
import { figures, whole } from "../../shared/format.ts";
import { LineChart } from "../../shared/line-chart.tsx";
import { usePolled } from "../use-agent.ts";
import { Aggregates } from "./aggregates-panel.tsx";
import { counterNames } from "./duplicates.ts";
import { LinksPanel } from "./links-panel.tsx";
import { Measuring } from "./measuring.tsx";
import { byProtocol, type Metrics, noSamples, rates, type Samples, withSample } from "./meters.ts";
import { type TrafficSample, trafficSample, withTraffic } from "./protocol-rates.ts";
import { Protocols } from "./protocols-panel.tsx";
import { Queues } from "./queues-panel.tsx";
import { Talkers } from "./talkers-panel.tsx";
import "./traffic.css";

const EVERY_MS = 1_000;

export function TrafficView() {
  const { error, value } = usePolled<Metrics>("v1/metrics", EVERY_MS);
  const [samples, setSamples] = useState<Samples>(noSamples);
  const [traffic, setTraffic] = useState<readonly TrafficSample[]>([]);
  useEffect(() => {
    if (value === undefined) return;
    const at = Date.now() / 1_000;
    setSamples((before) => withSample(before, at, value));
    setTraffic((before) => withTraffic(before, trafficSample(at, value)));
  }, [value]);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  return (
    <>
      <div class="page-head">
        <h1>Traffic</h1>
        <p>
          What this node sends, receives and holds, second by second since this page was opened.
        </p>
      </div>
      <Protocols samples={traffic} metrics={value} />
      <LinksPanel />
      <div class="tiles">
        <Meter title="Packets" samples={samples} lines={packetLines} />
        <Meter title="Messages spread" samples={samples} lines={messageLines} />
        <Queues sample={value} />
        <Talkers />
        <Aggregates />
      </div>
      <Counters sample={value} />
    </>
  );
}

type MeterLine = readonly [name: string, color: ColorName, counters: readonly string[]];

const packetLines: readonly MeterLine[] = [
  ["out", "accent", ["host.packetsSent"]],
  ["in", "second", ["host.packetsReceived"]],
];
const messageLines: readonly MeterLine[] = [
  ["news", "accent", counterNames("news")],
  ["copies", "second", counterNames("copies")],
];

interface MeterProps {
  readonly title: string;
  readonly samples: Samples;
  readonly lines: readonly MeterLine[];
}

function Meter({ lines, samples, title }: MeterProps) {
  const drawn = lines.map(([name, color, counters]) => {
    const all = counters.map((counter) => rates(samples, counter));
    const values = samples.times.map((_, at) => {
      const known = all.map((one) => one[at]).filter((one) => typeof one === "number");
      return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
    });
    return { name, color, values };
  });
  const isMeasured = samples.times.length > 1;
  return (
    <section class="panel" aria-label={title}>
      <div class="panel-head">
        <h2>{title} a second</h2>
        <ul class="legend" aria-label="Lines">
          {drawn.map(({ color, name, values }) => (
            <li key={name}>
              <span class={`swatch swatch-${color}`} aria-hidden="true" />
              {name}
              {isMeasured ? `: ${figures(values.at(-1) ?? 0)}` : ""}
            </li>
          ))}
        </ul>
      </div>
      {isMeasured ? (
        <LineChart
          title={`${title} a second`}
          x={samples.times}
          xIs="time"
          lines={drawn}
          formatY={figures}
          yIs="count"
        />
      ) : (
        <Measuring size="low" />
      )}
    </section>
  );
}

/** It has a table of its own. */
function withoutTraffic(sample: Metrics): Metrics {
  return Object.fromEntries(
    Object.entries(sample).filter(([name]) => !name.startsWith("traffic.")),
  );
}

function Counters({ sample }: { readonly sample: Metrics }) {
  return (
    <section class="panel" aria-label="All counters">
      <h2>All counters, by protocol</h2>
      <div class="tiles">
        {byProtocol(withoutTraffic(sample)).map(({ counters, protocol }) => (
          <details key={protocol}>
            <summary>
              <b>{protocol}</b> <span class="muted">({counters.length})</span>
            </summary>
            <table>
              <tbody>
                {counters.map(({ name, value }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td class="number">
                      {Number.isInteger(value) ? whole(value) : figures(value)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        ))}
      </div>
    </section>
  );
}
