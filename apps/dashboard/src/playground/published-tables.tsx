import { useEffect, useRef, useState } from "preact/hooks";
import type { ExperimentReport } from "../../../../src/sim/experiments/run-experiment.ts";
import type { ColorName } from "../shared/colors.ts";
import { figures } from "../shared/format.ts";
import { LineChart } from "../shared/line-chart.tsx";
import { type Asked, RUNS_MAX, TABLE_SEED_MAX } from "./asked.ts";
import type { SpreadScenario } from "./spread/spread-play.ts";
import { scenariosOf } from "./spread/spread-scenarios.ts";
import type { Listed, TableAnswer, TableRequest } from "./table.messages.ts";

interface TownsProps {
  readonly onScenario: (scenario: SpreadScenario) => void;
}

/** Experiments that `hearsay sim` runs, here. */
export function PublishedTables({ asked, onAsk, onScenario }: AskProps & TownsProps) {
  const experiments = useCatalog();
  const table = useTable();
  const chosen = experiments.find((one) => one.name === asked.name);
  return (
    <section class="panel stack" aria-label="Published tables">
      <h2>Published tables and measurements</h2>
      <p class="muted small">
        The same that <code>hearsay sim {asked.name}</code> runs: means over several seeds, beside
        what was published. More runs come closer; some take minutes.
      </p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          table.run({ ...asked, parameters: asked.parameters ?? {} });
        }}
      >
        <div class="row fields">
          <ExperimentChoice {...{ experiments, asked, onAsk }} />
          <button type="submit" disabled={table.progress !== undefined}>
            Run it
          </button>
          {table.progress === undefined ? null : (
            <button type="button" onClick={table.stop}>
              Stop it
            </button>
          )}
          <span class="small muted" role="status">
            {table.progress ?? ""}
          </span>
        </div>
        <Parameters {...{ chosen, asked, onAsk }} />
      </form>
      <p class="small">{chosen?.proves}</p>
      <InTheTowns table={asked.name} onScenario={onScenario} />
      {table.failure === undefined ? null : (
        <p class="note bad" role="alert">
          {table.failure}
        </p>
      )}
      {table.report === undefined ? null : <Report report={table.report} />}
    </section>
  );
}

interface AskProps {
  readonly asked: Asked;
  /** What is typed while the page draws must not be lost: each change is made to the latest. */
  readonly onAsk: (change: (asked: Asked) => Asked) => void;
}

function ExperimentChoice({
  asked,
  experiments,
  onAsk,
}: AskProps & { readonly experiments: readonly Listed[] }) {
  return (
    <>
      <label class="field">
        <span>Experiment</span>
        <select
          value={asked.name}
          onChange={(event) => {
            const name = event.currentTarget.value;
            onAsk(({ runsCount, seed }) => ({ name, seed, runsCount }));
          }}
        >
          {experiments.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name} ({one.source})
            </option>
          ))}
        </select>
      </label>
      <NumberField
        label="First seed"
        value={asked.seed}
        most={TABLE_SEED_MAX}
        onChange={(seed) => onAsk((before) => ({ ...before, seed }))}
      />
      <NumberField
        label="Runs"
        value={asked.runsCount}
        most={RUNS_MAX}
        onChange={(runsCount) => onAsk((before) => ({ ...before, runsCount }))}
      />
    </>
  );
}

/** As published, until one changes them. */
function Parameters({ asked, chosen, onAsk }: AskProps & { readonly chosen: Listed | undefined }) {
  const names = Object.keys(chosen?.parameters ?? {});
  if (chosen === undefined || names.length === 0) return null;
  return (
    <fieldset class="row parameters">
      <legend class="hidden-text">Parameters, as published</legend>
      {names.map((name) => (
        <label key={`${chosen.name} ${name}`} class="field">
          <span>{name}</span>
          <input
            type="number"
            step="any"
            value={asked.parameters?.[name] ?? chosen.parameters[name]}
            onInput={(event) => {
              const value = event.currentTarget.valueAsNumber;
              if (Number.isNaN(value)) return;
              onAsk((before) => {
                return { ...before, parameters: { ...before.parameters, [name]: value } };
              });
            }}
          />
        </label>
      ))}
    </fieldset>
  );
}

/** One run of the table, where the towns can show it. */
function InTheTowns({ onScenario, table }: TownsProps & { readonly table: string }) {
  const fitting = scenariosOf(table);
  if (fitting.length === 0) return null;
  return (
    <p class="row">
      <span class="small muted">One run of it in the towns:</span>
      {fitting.map((one) => (
        <button key={one.name} type="button" onClick={() => onScenario(one)}>
          {one.title}
        </button>
      ))}
    </p>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
}

function NumberField({ label, most, onChange, value }: NumberFieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        min={1}
        max={most}
        value={value}
        onInput={(event) => {
          const next = Math.floor(Number(event.currentTarget.value));
          if (next >= 1 && next <= most) onChange(next);
        }}
      />
    </label>
  );
}

/** Told by a worker, so that the page itself need not hold them all. */
function useCatalog(): readonly Listed[] {
  const [listed, setListed] = useState<readonly Listed[]>([]);
  useEffect(() => {
    const worker = makeTableWorker();
    worker.onmessage = ({ data }: MessageEvent<TableAnswer>): void => {
      if (data.kind === "catalog") setListed(data.experiments);
      worker.terminate();
    };
    const request: TableRequest = { kind: "catalog" };
    worker.postMessage(request);
    return () => worker.terminate();
  }, []);
  return listed;
}

function useTable() {
  const worker = useRef<Worker | undefined>(undefined);
  const [progress, setProgress] = useState<string | undefined>(undefined);
  const [report, setReport] = useState<ExperimentReport | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const stop = (): void => {
    worker.current?.terminate();
    worker.current = undefined;
    setProgress(undefined);
  };
  useEffect(() => stop, []);
  const hear = (answer: TableAnswer): void => {
    if (answer.kind === "progress") return setProgress(answer.text);
    if (answer.kind === "report") setReport(answer.report);
    if (answer.kind === "failure") setFailure(answer.text);
    stop();
  };
  const run = (asked: Omit<Extract<TableRequest, { kind: "run" }>, "kind">): void => {
    stop();
    setFailure(undefined);
    setProgress("starting …");
    worker.current = makeTableWorker();
    worker.current.onmessage = (event: MessageEvent<TableAnswer>) => hear(event.data);
    worker.current.onerror = ({ message }) =>
      hear({ kind: "failure", text: `The experiment ended: ${message}` });
    const request: TableRequest = { kind: "run", ...asked };
    worker.current.postMessage(request);
  };
  return { progress, report, failure, run, stop };
}

function makeTableWorker(): Worker {
  return new Worker(new URL("./table.worker.ts", import.meta.url), { type: "module" });
}

const verdicts = { held: "● held", missed: "✕ missed", told: "◌ told only" } as const;

function Report({ report }: { readonly report: ExperimentReport }) {
  return (
    <div class="stack" data-report={report.experiment}>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Value</th>
              <th scope="col" class="number">
                Mean
              </th>
              <th scope="col" class="number">
                ± 95 %
              </th>
              <th scope="col">Expected</th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {report.values.map(({ confidence, judgement, mean, name }) => (
              <tr key={name} data-value={name} data-mean={mean}>
                <th scope="row">{name}</th>
                <td class="number">{figures(mean)}</td>
                <td class="number muted">{figures(confidence)}</td>
                <td>
                  {judgement === undefined
                    ? "—"
                    : `${verdicts[judgement.verdict]}: ${judgement.wanted}`}
                </td>
                <td class="muted small">{judgement?.source ?? ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Curves report={report} />
    </div>
  );
}

const lineColors: readonly ColorName[] = ["accent", "second", "alive", "suspect", "failed", "left"];

/** Curves of one chart that have the same places on the x axis. */
function Curves({ report }: { readonly report: ExperimentReport }) {
  const charts = [...new Set(report.curves.map(({ chart }) => chart))];
  return (
    <div class="charts">
      {charts.map((chart) => {
        const curves = report.curves.filter((one) => one.chart === chart);
        const x = [...new Set(curves.flatMap(({ points }) => points.map(([at]) => at)))];
        x.sort((one, other) => one - other);
        const lines = curves.map(({ name, points }, at) => {
          const byX = new Map(points);
          const color = lineColors[at % lineColors.length] ?? "accent";
          return { name, color, values: x.map((place) => byX.get(place) ?? null) };
        });
        return (
          <figure key={chart}>
            <figcaption class="small">
              <b>{chart}</b> <span class="muted">{curves.map(({ name }) => name).join(", ")}</span>
            </figcaption>
            <LineChart
              title={chart}
              x={x}
              xIs="number"
              xLabel={curves[0]?.xLabel ?? ""}
              lines={lines}
              formatY={figures}
            />
          </figure>
        );
      })}
    </div>
  );
}
