import { counted, duration } from "../../shared/format.ts";
import type { JourneyPicture } from "./journey.ts";
import {
  HALF_HEIGHT,
  HALF_WIDTH,
  type JourneyLayout,
  ringAt,
  type Spot,
} from "./journey-layout.ts";
import type { MovePart, ReplayFrame } from "./replay.ts";

interface JourneyDrawingProps {
  readonly journey: JourneyPicture;
  readonly layout: JourneyLayout;
  readonly frame: ReplayFrame;
  readonly copies: "shown" | "hidden";
}

/** Copies that are drawn; in a large cluster they would hide what they are copies of. */
const COPIES_MAX = 300;
/** Nodes above which names are told by the table only. */
const NAMED_MAX = 48;
/** How far a copy's arrow swings out, so that it does not lie on the first one. */
const SWING = 0.16;

/** The way of a message at one moment: the author in the middle, each ring one hop farther. */
export function JourneyDrawing({ copies, frame, journey, layout }: JourneyDrawingProps) {
  const radius = layout.spots.size > 60 ? 5 : 9;
  const arrows = frame.parts.filter(({ share }) => share > 0);
  const seen = arrows.filter(({ move }) => move.kind === "news");
  const again = copies === "shown" ? arrows.filter(({ move }) => move.kind === "copy") : [];
  return (
    <svg
      class="journey"
      viewBox={`${-HALF_WIDTH} ${-HALF_HEIGHT} ${HALF_WIDTH * 2} ${HALF_HEIGHT * 2}`}
      role="img"
      aria-label={
        `The way of the message: by now ${frame.reached.size} of ${layout.spots.size} nodes have ` +
        "it. The table below says the same."
      }
    >
      <Rings layout={layout} />
      {again.slice(0, COPIES_MAX).map((part, at) => (
        <Arrow key={`copy ${at}`} part={part} layout={layout} radius={radius} />
      ))}
      {seen.map((part) => (
        <Arrow key={part.move.to} part={part} layout={layout} radius={radius} />
      ))}
      {[...layout.spots].map(([name, spot]) => (
        <Node
          key={name}
          name={name}
          spot={spot}
          radius={radius}
          role={name === journey.author ? "author" : "other"}
          reachedMs={frame.reached.get(name)}
          copiesCount={copies === "shown" ? (frame.copies.get(name) ?? 0) : 0}
          isNamed={layout.spots.size <= NAMED_MAX}
        />
      ))}
    </svg>
  );
}

function Rings({ layout: { hasOutside, ringsCount } }: { readonly layout: JourneyLayout }) {
  const all = ringsCount + (hasOutside ? 1 : 0);
  return (
    <g class="journey-rings">
      {Array.from({ length: all }, (_, at) => {
        const [width, height] = ringAt((at + 1) / all);
        const isOutside = hasOutside && at + 1 === all;
        const text = isOutside ? "not reached yet" : at === 0 ? "1 hop" : `${at + 1} hops`;
        return (
          <g key={text}>
            <ellipse rx={width} ry={height} />
            <text y={-height - 5}>{text}</text>
          </g>
        );
      })}
    </g>
  );
}

interface ArrowProps {
  readonly part: MovePart;
  readonly layout: JourneyLayout;
  readonly radius: number;
}

/** From its sender as far as it has come; a copy bows out, thin and dashed. */
function Arrow({ layout: { spots }, part: { move, share }, radius }: ArrowProps) {
  const from = move.from === undefined ? undefined : spots.get(move.from);
  const to = spots.get(move.to);
  if (from === undefined || to === undefined) return null;
  const isCopy = move.kind === "copy";
  const swing = isCopy ? SWING : 0;
  const bend = {
    x: (from.x + to.x) / 2 - (to.y - from.y) * swing,
    y: (from.y + to.y) / 2 + (to.x - from.x) * swing,
  };
  const room = (radius + 3) / Math.max(1, Math.hypot(to.x - from.x, to.y - from.y));
  const until = Math.max(0.02, Math.min(share, 1 - room));
  const middle = between(from, bend, until);
  const tip = between(middle, between(bend, to, until), until);
  const path = `M${point(from)}Q${point(middle)} ${point(tip)}`;
  return (
    <g class={isCopy ? "journey-copy" : "journey-news"}>
      <path d={path} />
      <path class="journey-head" d={headOf(middle, tip, isCopy ? 6 : 9)} />
    </g>
  );
}

function headOf(from: Spot, tip: Spot, size: number): string {
  const length = Math.max(0.001, Math.hypot(tip.x - from.x, tip.y - from.y));
  const [x, y] = [((tip.x - from.x) / length) * size, ((tip.y - from.y) / length) * size];
  const left = { x: tip.x - x - y * 0.5, y: tip.y - y + x * 0.5 };
  const right = { x: tip.x - x + y * 0.5, y: tip.y - y - x * 0.5 };
  return `M${point(tip)}L${point(left)}L${point(right)}Z`;
}

interface NodeProps {
  readonly name: string;
  readonly spot: Spot;
  readonly radius: number;
  readonly role: "author" | "other";
  readonly reachedMs: number | undefined;
  readonly copiesCount: number;
  readonly isNamed: boolean;
}

function Node({ copiesCount, isNamed, name, radius, reachedMs, role, spot }: NodeProps) {
  const standing = reachedMs === undefined ? "waiting" : "reached";
  const after = reachedMs === undefined || role === "author" ? "" : `+${duration(reachedMs)}`;
  const again = copiesCount === 0 ? "" : counted(copiesCount, "copy", "copies");
  const note = [after, again].filter((words) => words !== "").join(", ");
  return (
    <g class={`journey-node journey-${standing}`} transform={`translate(${point(spot)})`}>
      <title>{`${name} ${note}`}</title>
      {role === "author" ? <circle class="journey-author" r={radius + 5} /> : null}
      <circle r={radius} />
      {isNamed ? (
        <text y={radius + (role === "author" ? 20 : 15)}>
          <tspan class="journey-name">{name}</tspan>
          {note === "" ? null : (
            <tspan class="journey-after" x={0} dy="1.15em">
              {note}
            </tspan>
          )}
        </text>
      ) : null}
    </g>
  );
}

function between(a: Spot, b: Spot, share: number): Spot {
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

function point({ x, y }: Spot): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
