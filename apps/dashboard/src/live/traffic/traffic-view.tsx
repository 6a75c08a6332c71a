import { useEffect, useState } from "preact/hooks";
import type { AggregatesAnswer } from "../../../../../src/agent/routes/aggregates.messages.ts";
import type { ColorName } from "../../shared/colors.ts";
import { bytes, duration, figures, whole } from "../../shared/format.ts";
import { LineChart } from "../../shared/line-chart.tsx";
import { usePolled } from "../use-agent.ts";
import { byProtocol, type Metrics, noSamples, rates, type Samples, withSample } from "./meters.ts";
import { Talkers } from "./talkers-panel.tsx";

const EVERY_MS = 1_000;

export function TrafficView() {
  const { error, value } = usePolled<Metrics>("v1/metrics", EVERY_MS);
  const [samples, setSamples] = useState<Samples>(noSamples);
  useEffect(() => {
    if (value !== undefined) setSamples((before) => withSample(before, Date.now() / 1_000, value));
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
      <div class="tiles">
        <Meter title="Bytes" unit="bytes" samples={samples} lines={byteLines} />
        <Meter title="Packets" unit="count" samples={samples} lines={packetLines} />
        <Meter title="Messages spread" unit="count" samples={samples} lines={messageLines} />
        <Queues sample={value} />
        <Talkers />
        <Aggregates />
      </div>
      <Counters sample={value} />
    </>
  );
}

type MeterLine = readonly [name: string, color: ColorName, counters: readonly string[]];

const byteLines: readonly MeterLine[] = [
  ["packets out", "accent", ["host.bytesSent"]],
  ["packets in", "second", ["host.bytesReceived"]],
  ["links out", "alive", ["host.connectionBytesSent"]],
  ["links in", "muted", ["host.connectionBytesReceived"]],
];
const packetLines: readonly MeterLine[] = [
  ["out", "accent", ["host.packetsSent"]],
  ["in", "second", ["host.packetsReceived"]],
];
const messageLines: readonly MeterLine[] = [
  ["news", "accent", ["broadcast.accepted", "plumtree.news", "rumor.news"]],
  ["copies", "second", ["broadcast.dropped.known", "plumtree.duplicates"]],
];

interface MeterProps {
  readonly title: string;
  readonly unit: "bytes" | "count";
  readonly samples: Samples;
  readonly lines: readonly MeterLine[];
}

function Meter({ lines, samples, title, unit }: MeterProps) {
  const format = (value: number): string => (unit === "bytes" ? bytes(value) : figures(value));
  const drawn = lines.map(([name, color, counters]) => {
    const all = counters.map((counter) => rates(samples, counter));
    const values = samples.times.map((_, at) => {
      const known = all.map((one) => one[at]).filter((one) => typeof one === "number");
      return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
    });
    return { name, color, values };
  });
  return (
    <section class="panel" aria-label={title}>
      <div class="panel-head">
        <h2>{title} a second</h2>
        <ul class="legend" aria-label="Lines">
          {drawn.map(({ color, name, values }) => (
            <li key={name}>
              <span class={`swatch swatch-${color}`} aria-hidden="true" />
              {name}: {format(values.at(-1) ?? 0)}
            </li>
          ))}
        </ul>
      </div>
      <LineChart
        title={`${title} a second`}
        x={samples.times}
        xIs="time"
        lines={drawn}
        formatY={format}
        yIs={unit}
      />
    </section>
  );
}

const queueNames: Readonly<Record<string, string>> = {
  "broadcast.backlog": "messages that wait to be told",
  "replicas.missing": "updates known of, and not here yet",
  "links.queued": "bytes that wait for links",
  "swim.awarenessScore": "how slow this node finds itself (0: not at all)",
  "reconnect.places": "lost members that are looked for",
  watchClientsCount: "clients that watch this agent",
};

function Queues({ sample }: { readonly sample: Metrics }) {
  const rows = Object.entries(queueNames).filter(([name]) => sample[name] !== undefined);
  return (
    <section class="panel" aria-label="Queues">
      <h2>What waits</h2>
      <table>
        <tbody>
          {rows.map(([name, words]) => (
            <tr key={name}>
              <th scope="row">{words}</th>
              <td class="number">{figures(sample[name] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Aggregates() {
  const { value } = usePolled<AggregatesAnswer>("v1/aggregates", 2_000);
  const numbers = value?.aggregates.filter(({ kind }) => kind === "number") ?? [];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="panel scroll" aria-label="Aggregates" tabIndex={0}>
      <h2>The whole cluster in numbers</h2>
      {numbers.length === 0 ? (
        <p class="empty">
          No aggregate is open. Start agents with <code>--aggregate load</code>, and each will know
          the average of all, without a coordinator.
        </p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Aggregate</th>
              {["average", "min", "max", "sum"].map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
              <th scope="col" class="number">
                heard
              </th>
            </tr>
          </thead>
          <tbody>
            {numbers.map(({ estimates, name }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {["average", "min", "max", "sum"].map((one) => (
                  <td key={one} class="number">
                    {estimateText(name, estimates[one]?.value)}
                  </td>
                ))}
                <td class="number muted">
                  {estimates["average"] === undefined
                    ? "—"
                    : `${duration(estimates["average"].ageMs)} ago`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function estimateText(name: string, value: number | null | undefined): string {
  if (value === undefined || value === null) return "—";
  return name === "memory" ? bytes(value) : figures(value);
}

function Counters({ sample }: { readonly sample: Metrics }) {
  return (
    <section class="panel" aria-label="All counters">
      <h2>All counters, by protocol</h2>
      <div class="tiles">
        {byProtocol(sample).map(({ counters, protocol }) => (
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
