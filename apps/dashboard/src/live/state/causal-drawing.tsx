import { useState } from "preact/hooks";
import type { LogEntryAnswer } from "../../../../../src/agent/routes/logs.messages.ts";
import { clipped, clockTime, counted, shown } from "../../shared/format.ts";
import {
  type CausalArrow,
  type CausalGraph,
  type CausalRow,
  causalGraph,
  concurrentWith,
} from "./causal-graph.ts";

/** As `.causal-rows li` has it. */
const ROW = 34;
const HEAD = 22;
const MARGIN = 18;
const LANE_MAX = 64;
const LANES_WIDTH_MAX = 420;
/** From a lane to an arrow that goes down beside it. */
const BESIDE = 12;

type Standing = "chosen" | "past" | "future" | "concurrent" | "none";

/** A lane for each writer, as this node executed them; arrows lead from cause to effect. */
export function CausalDrawing({ entries }: { readonly entries: readonly LogEntryAnswer[] }) {
  const graph = causalGraph(entries);
  const [chosenIndex, setChosen] = useState<number | undefined>(undefined);
  const row = entries.findIndex(({ index }) => index === chosenIndex);
  const chosen = row < 0 ? undefined : row;
  const standings = standingsOf(graph, chosen);
  return (
    <figure>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section class="scroll causal" tabIndex={0} aria-label="Operations and their causes">
        <Lanes graph={graph} standings={standings} />
        <ol class="causal-rows" start={entries[0]?.index}>
          {graph.rows.map((one, at) => (
            <OperationRow
              key={one.entry.index}
              row={one}
              standing={standings[at] ?? "none"}
              onChoose={() => setChosen(at === chosen ? undefined : one.entry.index)}
            />
          ))}
        </ol>
      </section>
      {chosen === undefined ? null : <Chosen graph={graph} row={chosen} />}
      <figcaption class="legend">
        <span>
          <i class="line line-eager" /> its direct cause
        </span>
        <span>no way along arrows: neither author knew of the other’s</span>
        <span>↑ a cause that stands before those shown</span>
        <span>choose one to see what it came after</span>
      </figcaption>
    </figure>
  );
}

interface LanesProps {
  readonly graph: CausalGraph;
  readonly standings: readonly Standing[];
}

function Lanes({ graph, standings }: LanesProps) {
  const { arrows, lanes, rows } = graph;
  const step = Math.min(LANE_MAX, (LANES_WIDTH_MAX - 2 * MARGIN) / Math.max(1, lanes.length - 1));
  const x = (row: number): number => MARGIN + (rows[row]?.lane ?? 0) * step;
  const y = (row: number): number => HEAD + row * ROW + ROW / 2;
  const width = 2 * MARGIN + Math.max(0, lanes.length - 1) * step;
  const height = HEAD + rows.length * ROW;
  const isLit = (row: number): boolean => ["chosen", "past"].includes(standings[row] ?? "none");
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      class="tree"
      role="img"
      aria-label={`${counted(rows.length, "operation")} of ${lanes.join(", ")}, with arrows`}
    >
      <Arrowhead />
      {lanes.map((name, lane) => (
        <g key={name}>
          <path d={`M${MARGIN + lane * step} ${HEAD} V${height}`} class="lane" />
          <text x={MARGIN + lane * step} y={14} class="tree-note" text-anchor="middle">
            {name.slice(0, Math.max(2, Math.floor(step / 7)))}
          </text>
        </g>
      ))}
      {arrows.map(({ from, to }) => (
        <path
          key={`${from} ${to}`}
          d={wayOf(
            { x: x(from), y: y(from) },
            { x: x(to), y: y(to) },
            shaftOf(graph, { from, to }, [x(from), x(to)]),
          )}
          class={isLit(from) && isLit(to) ? "tree-branch lit" : "tree-branch"}
          marker-end="url(#arrow)"
          data-arrow={`${dotOf(rows[from])} > ${dotOf(rows[to])}`}
        />
      ))}
      {rows.map(({ entry, hiddenCount }, row) => (
        <g key={entry.index} class={`operation is-${standings[row] ?? "none"}`}>
          {hiddenCount === 0 ? null : (
            <path d={`M${x(row)} ${y(row) - 15} V${y(row) - 7}`} class="tree-branch hidden-cause" />
          )}
          <circle
            cx={x(row)}
            cy={y(row)}
            r="5.5"
            class={entry.causes === undefined ? "tree-unknown" : "tree-leaf"}
          />
        </g>
      ))}
    </svg>
  );
}

function Arrowhead() {
  return (
    <defs>
      <marker
        id="arrow"
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerUnits="userSpaceOnUse"
        markerWidth="9"
        markerHeight="9"
        orient="auto"
      >
        <path d="M0 0 8 4 0 8Z" class="tree-leaf" />
      </marker>
    </defs>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where an arrow goes down: in a lane in which nothing stands between its ends, or beside one. */
function shaftOf({ rows }: CausalGraph, { from, to }: CausalArrow, xs: readonly [number, number]) {
  const between = rows.slice(from + 1, to).map(({ lane }) => lane);
  const isFree = (row: number): boolean => !between.includes(rows[row]?.lane ?? -1);
  const [source, target] = xs;
  if (isFree(from)) return source;
  return isFree(to) ? target : source + BESIDE;
}

/** It changes lanes between two rows only, and so passes through nothing on its way. */
function wayOf(from: Point, to: Point, shaft: number): string {
  const [start, end] = [from.y + 6, to.y - 7];
  const bend = (one: Point, other: Point): string => {
    const middle = (one.y + other.y) / 2;
    return `C${one.x} ${middle} ${other.x} ${middle} ${other.x} ${other.y}`;
  };
  const top = { x: shaft, y: shaft === from.x ? start : from.y + ROW - 8 };
  const bottom = { x: shaft, y: shaft === to.x ? end : to.y - ROW + 8 };
  if (bottom.y <= top.y)
    return `M${from.x} ${start} ${bend({ ...from, y: start }, { ...to, y: end })}`;
  const first = top.y === start ? "" : bend({ ...from, y: start }, top);
  const last = bottom.y === end ? "" : bend(bottom, { ...to, y: end });
  return `M${from.x} ${start} ${first} L${shaft} ${bottom.y} ${last}`;
}

function standingsOf(graph: CausalGraph, chosen: number | undefined): Standing[] {
  const { rows } = graph;
  if (chosen === undefined) return rows.map(() => "none");
  const beside = new Set(concurrentWith(graph, chosen));
  return rows.map(({ past }, row) => {
    if (row === chosen) return "chosen";
    if (rows[chosen]?.past.has(row) === true) return "past";
    if (past.has(chosen)) return "future";
    return beside.has(row) ? "concurrent" : "none";
  });
}

function dotOf(row: CausalRow | undefined): string {
  return row === undefined ? "" : `${row.entry.from}:${row.entry.dot.seq}`;
}

interface OperationRowProps {
  readonly row: CausalRow;
  readonly standing: Standing;
  readonly onChoose: () => void;
}

function OperationRow({ onChoose, row, standing }: OperationRowProps) {
  const { entry, hiddenCount } = row;
  const { clock, from, index, order, value } = entry;
  return (
    <li class={`is-${standing}`}>
      <button
        type="button"
        aria-pressed={standing === "chosen"}
        onClick={onChoose}
        data-entry={index}
      >
        <span class="muted index">{index}</span>
        <span class="words">
          <bdi>{from}</bdi>: {clipped(shown(value), 160)}
        </span>
        <span class="muted small notes">
          {hiddenCount > 0 ? `↑${hiddenCount} ` : ""}
          {order === "causal" || order === undefined ? "" : `${order} `}
          {clockTime(clock.ms)}
        </span>
      </button>
    </li>
  );
}

/** In words what the drawing shows of one operation. */
function Chosen({ graph, row }: { readonly graph: CausalGraph; readonly row: number }) {
  const one = graph.rows[row];
  if (one === undefined) return null;
  const { causes, entry, hiddenCount } = one;
  const { origin, seq } = entry.dot;
  const names = (rows: readonly number[]): string =>
    rows.map((at) => `${graph.rows[at]?.entry.index}`).join(", ");
  const beside = concurrentWith(graph, row);
  return (
    <p class="note small" role="status" data-chosen={entry.index}>
      <b>{entry.index}</b> is <span class="mono">{`${origin}:${seq}`}</span>,{" "}
      <code>{clipped(shown(entry.value))}</code>.{" "}
      {entry.causes === undefined
        ? "Its author did not say what it came after. "
        : causes.length + hiddenCount === 0
          ? "It came after nothing. "
          : `It came directly after ${names(causes) || "what stands before"}${
              causes.length > 0 && hiddenCount > 0 ? " and what stands before" : ""
            }. `}
      {beside.length === 0 ? null : <>Written without knowing of each other: {names(beside)}.</>}
    </p>
  );
}
