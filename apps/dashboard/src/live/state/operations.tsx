import { useState } from "preact/hooks";
import type { LogAnswer, LogEntryAnswer } from "../../../../../src/agent/routes/logs.messages.ts";
import { clockTime, shown } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { Drawing } from "./drawing.tsx";
import { NameForm } from "./name-form.tsx";

const ENTRIES_SHOWN_MAX = 40;
const ROW = 34;
const LANE = 46;

/** An operation log, a lane for each writer, in the order in which this node executed it. */
export function Operations() {
  const [log, setLog] = useState<string | undefined>(undefined);
  const path = log && `v1/logs/${encodeURIComponent(log)}`;
  const { error, value } = usePolled<LogAnswer>(path, 1_500);
  return (
    <section class="panel stack" aria-label="Operation log">
      <div class="panel-head">
        <h2>Operation log</h2>
        <NameForm label="Log" placeholder="chat" onName={setLog} />
      </div>
      {log === undefined ? (
        <p class="empty">Name a log to see its operations, each after all that it knew of.</p>
      ) : value === undefined ? (
        <p class="empty">{error?.message ?? "Asking the agent …"}</p>
      ) : value.entries.length === 0 ? (
        <p class="empty">
          {log} is empty: <code>hearsay log append {log} VALUE</code>
        </p>
      ) : (
        <Lanes entries={value.entries.slice(-ENTRIES_SHOWN_MAX)} />
      )}
    </section>
  );
}

/**
 * Whole arrows lead from an operation to the next of its writer, which is after it everywhere;
 * broken ones to what was executed next here, which may be so elsewhere or not.
 */
function Lanes({ entries }: { readonly entries: readonly LogEntryAnswer[] }) {
  const writers = [...new Set(entries.map(({ from }) => from))].sort();
  const x = (from: string): number => 16 + writers.indexOf(from) * LANE;
  const y = (at: number): number => 34 + at * ROW;
  const textX = 16 + writers.length * LANE;
  const height = y(entries.length) - ROW / 2;
  return (
    <figure>
      <Drawing
        label="Operations"
        title={entries.map(({ from, value }) => `${from}: ${shown(value)}`).join("; ")}
        width={620}
        height={height}
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8Z" class="tree-leaf" />
          </marker>
        </defs>
        {writers.map((name) => (
          <text key={name} x={x(name) - 8} y={14} class="tree-note">
            {name}
          </text>
        ))}
        <Arrows entries={entries} x={x} y={y} />
        {entries.map(({ clock, from, index, value }, at) => (
          <g key={index}>
            <circle cx={x(from)} cy={y(at)} r="5" class="tree-leaf" />
            <text x={textX} y={y(at) + 4}>
              {shown(value).slice(0, 56)}
            </text>
            <text x="612" y={y(at) + 4} class="tree-note" text-anchor="end">
              {`${index} · ${clockTime(clock.ms)}`}
            </text>
          </g>
        ))}
      </Drawing>
      <figcaption class="muted small">
        Top to bottom as this node executed them: a cause always stands above its effect. Whole
        arrows: the writer’s own next one. Broken: executed next here; operations that knew nothing
        of each other may stand the other way round elsewhere.
      </figcaption>
    </figure>
  );
}

interface ArrowsProps {
  readonly entries: readonly LogEntryAnswer[];
  readonly x: (from: string) => number;
  readonly y: (at: number) => number;
}

function Arrows({ entries, x, y }: ArrowsProps) {
  return (
    <>
      {entries.map(({ from, index }, at) => {
        const own = entries.findLastIndex((one, place) => place < at && one.from === from);
        const before = own >= 0 ? own : at - 1;
        const cause = entries[before];
        if (cause === undefined) return null;
        return (
          <path
            key={index}
            d={`M${x(cause.from)} ${y(before) + 6} L${x(from)} ${y(at) - 7}`}
            class={own >= 0 ? "tree-branch" : "tree-branch tree-order"}
            marker-end="url(#arrow)"
          />
        );
      })}
    </>
  );
}
