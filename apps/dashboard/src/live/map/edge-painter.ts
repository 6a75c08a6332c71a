import type { ColorName } from "../../shared/colors.ts";
import { type Edge, type EdgeKind, edgeKinds } from "./cluster-graph.ts";
import { type MapPicture, type Project, radiusOf } from "./map-picture.ts";

interface EdgeStyle {
  readonly color: ColorName;
  readonly width: number;
  readonly dash: readonly number[];
}

const styles: Readonly<Record<EdgeKind, EdgeStyle>> = {
  reserve: { color: "edge", width: 1.25, dash: [1.5, 4] },
  view: { color: "edge", width: 1.5, dash: [] },
  lazy: { color: "muted", width: 1.5, dash: [5, 4] },
  eager: { color: "accent", width: 2.25, dash: [] },
};

/** Above so many edges only those of who is looked at have heads, and the others fade. */
const CROWD_COUNT = 300;
const CROWD_ALPHA = 0.38;
/** Between two edges that join the same two members. */
const BESIDE = 4;
const HEAD = 8;

export function paintEdges(
  context: CanvasRenderingContext2D,
  picture: MapPicture,
  at: Project,
): void {
  const { chosen, graph, hovered } = picture;
  const isCrowd = graph.edges.length > CROWD_COUNT;
  const lookedAt = new Set(
    graph.members.flatMap(({ name }, index) =>
      name === chosen || name === hovered ? [index] : [],
    ),
  );
  const isLit = ({ from, to }: Edge): boolean => lookedAt.has(from) || lookedAt.has(to);
  for (const kind of edgeKinds) {
    const edges = graph.edges.filter((edge) => edge.kind === kind);
    const lit = edges.filter(isLit);
    const others = lit.length === 0 ? edges : edges.filter((edge) => !isLit(edge));
    context.globalAlpha = isCrowd && kind !== "eager" ? CROWD_ALPHA : 1;
    paintAll(context, others, { picture, at, kind, heads: isCrowd ? "none" : "drawn", more: 0 });
    context.globalAlpha = 1;
    paintAll(context, lit, { picture, at, kind, heads: "drawn", more: 1 });
  }
}

interface How {
  readonly picture: MapPicture;
  readonly at: Project;
  readonly kind: EdgeKind;
  readonly heads: "drawn" | "none";
  /** Pixels by which they are wider. */
  readonly more: number;
}

function paintAll(context: CanvasRenderingContext2D, edges: readonly Edge[], how: How): void {
  if (edges.length === 0) return;
  const { heads, kind, more, picture } = how;
  const { color, dash, width } = styles[kind];
  const lines = edges.map((edge) => ({ edge, line: lineOf(edge, how) }));
  context.strokeStyle = picture.palette[color];
  context.fillStyle = picture.palette[color];
  context.lineWidth = width + more;
  context.lineCap = kind === "reserve" ? "round" : "butt";
  context.setLineDash([...dash]);
  context.beginPath();
  for (const { line } of lines) {
    context.moveTo(line.fromX, line.fromY);
    context.lineTo(line.toX, line.toY);
  }
  context.stroke();
  context.setLineDash([]);
  if (heads === "none") return;
  context.beginPath();
  for (const { edge, line } of lines) {
    // What both keep has no direction; what is sent has one, also where both do.
    if (edge.ways === "one" || kind === "eager" || kind === "lazy") addHead(context, line);
    if (edge.ways === "both" && (kind === "eager" || kind === "lazy"))
      addHead(context, turned(line));
  }
  context.fill();
}

interface Line {
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
}

/** From the edge of one mark to that of the other; to the right of the middle where two stand. */
function lineOf({ from, isDouble, to }: Edge, { at, picture }: How): Line {
  const [fromX, fromY] = at(from);
  const [toX, toY] = at(to);
  const length = Math.max(0.001, Math.hypot(toX - fromX, toY - fromY));
  const [x, y] = [(toX - fromX) / length, (toY - fromY) / length];
  const room = Math.min(radiusOf(picture.graph.members.length) + 3, length / 3);
  const beside = isDouble ? BESIDE : 0;
  return {
    fromX: fromX + x * room - y * beside,
    fromY: fromY + y * room + x * beside,
    toX: toX - x * room - y * beside,
    toY: toY - y * room + x * beside,
  };
}

function turned({ fromX, fromY, toX, toY }: Line): Line {
  return { fromX: toX, fromY: toY, toX: fromX, toY: fromY };
}

function addHead(context: CanvasRenderingContext2D, { fromX, fromY, toX, toY }: Line): void {
  const length = Math.max(0.001, Math.hypot(toX - fromX, toY - fromY));
  const [x, y] = [((toX - fromX) / length) * HEAD, ((toY - fromY) / length) * HEAD];
  context.moveTo(toX, toY);
  context.lineTo(toX - x - y * 0.45, toY - y + x * 0.45);
  context.lineTo(toX - x + y * 0.45, toY - y - x * 0.45);
  context.closePath();
}
