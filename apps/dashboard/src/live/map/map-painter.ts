import type { MemberStatus } from "../../../../../src/agent/admin.messages.ts";
import type { ColorName, Palette } from "../../shared/colors.ts";
import { duration } from "../../shared/format.ts";
import type { ClusterGraph, EdgeKind } from "./cluster-graph.ts";

/** Above so many members only the chosen one and the one under the pointer are named. */
const NAMED_MAX_COUNT = 80;
/** Above so many members only the round trip to the chosen one and the one pointed at is told. */
const TIMED_MAX_COUNT = 24;

export interface MapCamera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface MapPicture {
  readonly graph: ClusterGraph;
  readonly places: Float32Array;
  readonly camera: MapCamera;
  readonly palette: Palette;
  readonly chosen: string | undefined;
  readonly hovered: string | undefined;
  /** Of members that a message has reached; undefined while none is followed. */
  readonly reached?: ReadonlyMap<string, number> | undefined;
}

const statusColors: Readonly<Record<MemberStatus, ColorName>> = {
  alive: "alive",
  suspect: "suspect",
  failed: "failed",
  leaving: "left",
  left: "left",
};

const edgeStyles: Readonly<Record<EdgeKind, readonly [ColorName, number, readonly number[]]>> = {
  reserve: ["faint-line", 1, []],
  view: ["line", 1, []],
  lazy: ["muted", 1, [3, 4]],
  eager: ["accent", 1.75, []],
};

/** Draws the picture into a canvas whose box is `width` by `height` CSS pixels. */
export function paintMap(
  canvas: HTMLCanvasElement,
  { width, height }: { readonly width: number; readonly height: number },
  picture: MapPicture,
): void {
  const ratio = devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const at = projection(picture, { width, height });
  paintEdges(context, picture, at);
  paintRoundTrips(context, picture, at);
  paintMembers(context, picture, at);
  paintNames(context, picture, at);
}

export type Project = (index: number) => readonly [x: number, y: number];

export function projection(
  { camera, places }: Pick<MapPicture, "camera" | "places">,
  { width, height }: { readonly width: number; readonly height: number },
): Project {
  return (index) => [
    ((places[index * 2] ?? 0) - camera.x) * camera.scale + width / 2,
    ((places[index * 2 + 1] ?? 0) - camera.y) * camera.scale + height / 2,
  ];
}

function paintEdges(context: CanvasRenderingContext2D, picture: MapPicture, at: Project): void {
  const { graph, palette } = picture;
  for (const kind of ["reserve", "view", "lazy", "eager"] as const) {
    const [color, width, dash] = edgeStyles[kind];
    context.beginPath();
    for (const edge of graph.edges) {
      if (edge.kind !== kind) continue;
      context.moveTo(...at(edge.from));
      context.lineTo(...at(edge.to));
    }
    context.strokeStyle = palette[color];
    context.lineWidth = width;
    context.setLineDash([...dash]);
    context.stroke();
  }
  context.setLineDash([]);
}

/** Beside the links of this agent: how long a question and its answer take. */
function paintRoundTrips(
  context: CanvasRenderingContext2D,
  { chosen, graph, hovered, palette, reached }: MapPicture,
  at: Project,
): void {
  // On the way of a message other times are told.
  if (reached !== undefined) return;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = palette.surface;
  context.fillStyle = palette.muted;
  const areAllTold = graph.members.length <= TIMED_MAX_COUNT;
  for (const { from, to } of graph.edges) {
    if (from !== graph.self && to !== graph.self) continue;
    const peer = graph.members[from === graph.self ? to : from];
    if (peer?.rttMs === undefined || peer.status !== "alive") continue;
    if (!areAllTold && peer.name !== chosen && peer.name !== hovered) continue;
    const [fromX, fromY] = at(from);
    const [toX, toY] = at(to);
    const text = duration(peer.rttMs);
    context.strokeText(text, (fromX + toX) / 2, (fromY + toY) / 2);
    context.fillText(text, (fromX + toX) / 2, (fromY + toY) / 2);
  }
}

function paintMembers(context: CanvasRenderingContext2D, picture: MapPicture, at: Project): void {
  const { chosen, graph, hovered, palette, reached } = picture;
  const radius = radiusOf(graph.members.length);
  for (const [index, { degraded, name, status }] of graph.members.entries()) {
    const [x, y] = at(index);
    const isLit = reached === undefined || reached.has(name);
    context.globalAlpha = isLit ? 1 : 0.3;
    context.fillStyle = palette.surface;
    context.beginPath();
    context.arc(x, y, radius + 2, 0, Math.PI * 2);
    context.fill();
    context.fillStyle = palette[statusColors[status]];
    context.strokeStyle = palette[statusColors[status]];
    paintMark(context, status, { x, y, radius });
    if (degraded !== undefined) paintWaves(context, palette.suspect, { x, y, radius });
    context.globalAlpha = 1;
    if (name === chosen || name === hovered || index === graph.self) {
      context.beginPath();
      context.arc(x, y, radius + 4, 0, Math.PI * 2);
      context.lineWidth = name === chosen ? 2.5 : 1.25;
      context.strokeStyle = name === chosen ? palette.accent : palette.muted;
      context.stroke();
    }
  }
}

/** The same shapes as StatusMark. */
function paintMark(
  context: CanvasRenderingContext2D,
  status: MemberStatus,
  { radius, x, y }: { readonly x: number; readonly y: number; readonly radius: number },
): void {
  context.beginPath();
  context.lineWidth = Math.max(1.5, radius / 2.5);
  if (status === "alive") {
    context.arc(x, y, radius, 0, Math.PI * 2);
    context.fill();
  } else if (status === "suspect") {
    context.moveTo(x, y - radius * 1.2);
    context.lineTo(x + radius * 1.15, y + radius);
    context.lineTo(x - radius * 1.15, y + radius);
    context.fill();
  } else if (status === "failed") {
    context.moveTo(x - radius, y - radius);
    context.lineTo(x + radius, y + radius);
    context.moveTo(x + radius, y - radius);
    context.lineTo(x - radius, y + radius);
    context.stroke();
  } else {
    context.arc(x, y, radius - 1, 0, Math.PI * 2);
    context.stroke();
  }
}

/** The same as DegradedMark, above the mark of the status. */
function paintWaves(
  context: CanvasRenderingContext2D,
  color: string,
  { radius, x, y }: { readonly x: number; readonly y: number; readonly radius: number },
): void {
  context.strokeStyle = color;
  context.lineWidth = 1.6;
  context.beginPath();
  for (const above of [radius + 5, radius + 9]) {
    context.moveTo(x - 6, y - above);
    context.quadraticCurveTo(x - 3, y - above - 4, x, y - above);
    context.quadraticCurveTo(x + 3, y - above + 4, x + 6, y - above);
  }
  context.stroke();
}

function paintNames(context: CanvasRenderingContext2D, picture: MapPicture, at: Project): void {
  const { chosen, graph, hovered, palette, reached } = picture;
  const areAllNamed = graph.members.length <= NAMED_MAX_COUNT;
  const radius = radiusOf(graph.members.length);
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "top";
  context.lineWidth = 3;
  context.lineJoin = "round";
  for (const [index, { name }] of graph.members.entries()) {
    if (!areAllNamed && name !== chosen && name !== hovered && index !== graph.self) continue;
    const [x, y] = at(index);
    const label = index === graph.self ? `${name} (this agent)` : name;
    const afterMs = reached?.get(name);
    const text = afterMs === undefined ? label : `${label} +${afterMs} ms`;
    context.strokeStyle = palette.surface;
    context.strokeText(text, x, y + radius + 5);
    context.fillStyle = palette.ink;
    context.fillText(text, x, y + radius + 5);
  }
}

export function radiusOf(membersCount: number): number {
  if (membersCount <= 40) return 8;
  return membersCount <= 200 ? 6 : 4;
}
