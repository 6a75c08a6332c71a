import type { DiscPoint } from "../../../../src/sim/playground/disc.ts";
import type { ColorName, Palette } from "../shared/colors.ts";

/** Above so many nodes each is a few pixels, put into an image at once. */
const SHAPES_MAX_COUNT = 3_000;
const MARGIN = 6;

/** How a node in a certain state is drawn. */
export interface NodeLook {
  readonly color: ColorName;
  readonly shape: "dot" | "small" | "cross";
  /** Where so few nodes of many are of this sort that they would not be seen, each is larger. */
  readonly few?: string;
}

/** What there is to draw of a town. */
export interface NodesPicture {
  /** The state of each node. */
  readonly nodes: Uint8Array;
  /** Of each state. */
  readonly looks: readonly NodeLook[];
  /** Of each node, another to which a line leads; below 0: none. */
  readonly links?: Int32Array | undefined;
}

export interface TownPicture extends NodesPicture {
  readonly points: Float64Array;
  readonly palette: Palette;
  /** A line that parts the town, or is being drawn. */
  readonly line?: readonly [DiscPoint, DiscPoint] | undefined;
}

export function paintTown(canvas: HTMLCanvasElement, size: number, picture: TownPicture): void {
  const ratio = devicePixelRatio || 1;
  const pixels = Math.round(size * ratio);
  if (canvas.width !== pixels) {
    canvas.width = pixels;
    canvas.height = pixels;
  }
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, pixels, pixels);
  if (picture.nodes.length > SHAPES_MAX_COUNT) paintPixels(context, pixels, picture);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (picture.nodes.length <= SHAPES_MAX_COUNT) paintShapes(context, size, picture);
  else paintFew(context, size, picture);
  paintLine(context, size, picture);
}

/** From a disc of radius 1 to the canvas. */
function scaleOf(size: number): { readonly middle: number; readonly radius: number } {
  return { middle: size / 2, radius: size / 2 - MARGIN };
}

/** From the canvas back into the disc. */
export function discAt(x: number, y: number, size: number): DiscPoint {
  const { middle, radius } = scaleOf(size);
  return [(x - middle) / radius, (y - middle) / radius];
}

export function nearestNode(points: Float64Array, [x, y]: DiscPoint): number {
  let best = 0;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let node = 0; node * 2 < points.length; node += 1) {
    const [dx, dy] = [(points[node * 2] ?? 0) - x, (points[node * 2 + 1] ?? 0) - y];
    const distance = dx * dx + dy * dy;
    if (distance >= bestDistance) continue;
    bestDistance = distance;
    best = node;
  }
  return best;
}

const UNKNOWN_LOOK: NodeLook = { color: "line", shape: "small" };

function lookOf({ looks }: NodesPicture, state: number): NodeLook {
  return looks[state] ?? UNKNOWN_LOOK;
}

function paintShapes(context: CanvasRenderingContext2D, size: number, picture: TownPicture): void {
  const { links, nodes, palette, points } = picture;
  const { middle, radius } = scaleOf(size);
  const dot = Math.max(1.6, Math.min(9, (radius / Math.sqrt(nodes.length)) * 0.62));
  const x = (node: number): number => middle + (points[node * 2] ?? 0) * radius;
  const y = (node: number): number => middle + (points[node * 2 + 1] ?? 0) * radius;
  if (links !== undefined) {
    context.beginPath();
    for (const [node, from] of links.entries()) {
      if (from < 0) continue;
      context.moveTo(x(from), y(from));
      context.lineTo(x(node), y(node));
    }
    context.globalAlpha = nodes.length > 400 ? 0.14 : 0.3;
    context.strokeStyle = palette.accent;
    context.lineWidth = 1;
    context.stroke();
    context.globalAlpha = 1;
  }
  for (const [node, state] of nodes.entries()) {
    const { color, shape } = lookOf(picture, state);
    context.fillStyle = palette[color];
    context.strokeStyle = context.fillStyle;
    context.beginPath();
    if (shape === "cross") {
      context.lineWidth = 1.5;
      context.moveTo(x(node) - dot * 0.8, y(node) - dot * 0.8);
      context.lineTo(x(node) + dot * 0.8, y(node) + dot * 0.8);
      context.moveTo(x(node) + dot * 0.8, y(node) - dot * 0.8);
      context.lineTo(x(node) - dot * 0.8, y(node) + dot * 0.8);
      context.stroke();
      continue;
    }
    context.arc(x(node), y(node), shape === "small" ? dot * 0.7 : dot, 0, Math.PI * 2);
    context.fill();
  }
}

function paintPixels(
  context: CanvasRenderingContext2D,
  pixels: number,
  picture: TownPicture,
): void {
  const { nodes, palette, points } = picture;
  const image = context.createImageData(pixels, pixels);
  const words = new Uint32Array(image.data.buffer);
  const colors = picture.looks.map(({ color }) => wordOf(palette[color]));
  const { middle, radius } = scaleOf(pixels);
  const side = Math.max(1, Math.floor((radius / Math.sqrt(nodes.length)) * 1.1));
  for (const [node, state] of nodes.entries()) {
    const left = Math.round(middle + (points[node * 2] ?? 0) * radius);
    const top = Math.round(middle + (points[node * 2 + 1] ?? 0) * radius);
    for (let row = top; row < top + side; row += 1) {
      words.fill(colors[state] ?? 0, row * pixels + left, row * pixels + left + side);
    }
  }
  context.putImageData(image, 0, 0);
}

/** What is in so few nodes of many is drawn large enough to be seen: the first that hear, say. */
const FEW_COUNT = 60;
const FEW_RADIUS = 2.5;

function paintFew(context: CanvasRenderingContext2D, size: number, picture: TownPicture): void {
  const { nodes, palette, points } = picture;
  const { middle, radius } = scaleOf(size);
  for (const sort of new Set(picture.looks.flatMap(({ few }) => few ?? []))) {
    const few: number[] = [];
    for (let node = 0; node < nodes.length && few.length <= FEW_COUNT; node += 1) {
      if (lookOf(picture, nodes[node] ?? 0).few === sort) few.push(node);
    }
    if (few.length > FEW_COUNT) continue;
    for (const node of few) {
      context.fillStyle = palette[lookOf(picture, nodes[node] ?? 0).color];
      context.beginPath();
      const [x, y] = [points[node * 2] ?? 0, points[node * 2 + 1] ?? 0];
      context.arc(middle + x * radius, middle + y * radius, FEW_RADIUS, 0, Math.PI * 2);
      context.fill();
    }
  }
}

/** Of `rgb(r, g, b)`, as the bytes of an image have it on machines of today. */
function wordOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (255 << 24) | (blue << 16) | (green << 8) | red;
}

function paintLine(context: CanvasRenderingContext2D, size: number, picture: TownPicture): void {
  if (picture.line === undefined) return;
  const { middle, radius } = scaleOf(size);
  const [[fromX, fromY], [toX, toY]] = picture.line;
  const length = Math.hypot(toX - fromX, toY - fromY) || 1;
  const [dx, dy] = [(toX - fromX) / length, (toY - fromY) / length];
  context.beginPath();
  context.moveTo(middle + (fromX - dx * 3) * radius, middle + (fromY - dy * 3) * radius);
  context.lineTo(middle + (toX + dx * 3) * radius, middle + (toY + dy * 3) * radius);
  context.setLineDash([6, 5]);
  context.lineWidth = 2;
  context.strokeStyle = picture.palette.failed;
  context.stroke();
  context.setLineDash([]);
}
