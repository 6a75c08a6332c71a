import { clockTime, shown } from "../../shared/format.ts";
import { Drawing } from "./drawing.tsx";
import type { PlacedVersion } from "./version-graph.ts";

const BOX = { width: 150, height: 44 } as const;
const STEP = { x: 200, y: 58 } as const;
const MARGIN = 8;
/** To the point that those branch from before which nothing is known. */
const ROOT = 56;

interface VersionDrawingProps {
  readonly name: string;
  readonly placed: readonly PlacedVersion[];
}

/** A box for each write, and a line from each to those that its author had seen. */
export function VersionDrawing({ name, placed }: VersionDrawingProps) {
  const most = Math.max(0, ...placed.map(({ offset }) => offset));
  const columns = Math.max(0, ...placed.map(({ column }) => column));
  const height = 2 * MARGIN + BOX.height + 2 * most * STEP.y;
  const firsts = placed.filter(({ parents }) => parents.length === 0);
  const left = MARGIN + (firsts.length > 1 ? ROOT : 0);
  const width = left + MARGIN + BOX.width + columns * STEP.x;
  const x = ({ column }: PlacedVersion): number => left + column * STEP.x;
  const y = ({ offset }: PlacedVersion): number => height / 2 + offset * STEP.y;
  const byName = new Map(placed.map((one) => [one.node.name, one]));
  const edges = placed.flatMap((to) =>
    to.parents.flatMap((parent) => {
      const from = byName.get(parent);
      return from === undefined ? [] : [{ from, to }];
    }),
  );
  return (
    <Drawing
      label={`Versions of ${name}`}
      title={`${name}: ${placed.map(textOf).join("; ")}`}
      width={width}
      height={height}
    >
      {firsts.length < 2 ? null : (
        <circle cx={MARGIN + 6} cy={height / 2} r="5" class="tree-root" />
      )}
      {firsts.length < 2
        ? null
        : firsts.map((to) => (
            <path
              key={to.node.name}
              d={branch({ x: MARGIN + 12, y: height / 2 }, { x: x(to), y: y(to) })}
              class="tree-branch"
              data-branch={dotOf(to)}
            />
          ))}
      {edges.map(({ from, to }) => (
        <path
          key={`${from.node.name} ${to.node.name}`}
          d={branch({ x: x(from) + BOX.width, y: y(from) }, { x: x(to), y: y(to) })}
          class="tree-branch"
          data-edge={`${dotOf(from)} > ${dotOf(to)}`}
        />
      ))}
      {placed.map((one) => (
        <VersionBox key={one.node.name} placed={one} x={x(one)} y={y(one)} />
      ))}
    </Drawing>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function branch(from: Point, to: Point): string {
  const middle = (from.x + to.x) / 2;
  return `M${from.x} ${from.y} C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
}

interface VersionBoxProps {
  readonly placed: PlacedVersion;
  readonly x: number;
  readonly y: number;
}

function VersionBox({ placed, x, y }: VersionBoxProps) {
  const { answer, kind } = placed.node;
  const note =
    answer === undefined
      ? "replaced, not kept"
      : `${answer.from}, ${clockTime(answer.clock.ms).slice(0, 8)}`;
  return (
    <g class={`version is-${kind}`} data-version={dotOf(placed)} data-kind={kind}>
      <rect x={x} y={y - BOX.height / 2} width={BOX.width} height={BOX.height} rx="6" />
      <text x={x + 10} y={y - 3}>
        {clip(textOfValue(placed), 19)}
      </text>
      <text x={x + 10} y={y + 14} class="tree-note">
        {clip(note, 22)}
      </text>
    </g>
  );
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function textOfValue({ node: { answer, dot } }: PlacedVersion): string {
  if (answer === undefined) return `${dot.origin.replace(/#.*/, "")}’s write ${dot.seq}`;
  return "value" in answer ? shown(answer.value) : "deleted";
}

function textOf(one: PlacedVersion): string {
  const { answer, kind } = one.node;
  const by = answer === undefined ? "" : ` by ${answer.from}`;
  return `${textOfValue(one)}${by}${kind === "head" ? "" : ", replaced"}`;
}

function dotOf({ node: { dot } }: PlacedVersion): string {
  return `${dot.origin.replace(/#.*/, "")}:${dot.seq}`;
}
