import type { MemberStatus } from "../../../../../src/agent/admin.messages.ts";
import type { ColorName } from "../../shared/colors.ts";
import { paintEdges } from "./edge-painter.ts";
import { type MapPicture, type Project, projection, RING_GAP, radiusOf } from "./map-picture.ts";
import { paintNames, paintRoundTrips } from "./name-painter.ts";

const statusColors: Readonly<Record<MemberStatus, ColorName>> = {
  alive: "alive",
  suspect: "suspect",
  failed: "failed",
  leaving: "left",
  left: "left",
};

/** Those that need looking at are drawn over the others. */
const statuses: readonly MemberStatus[] = ["left", "leaving", "alive", "suspect", "failed"];

const TROUBLE_RADIUS_MIN = 6;

/** Draws the picture into a canvas whose box is `width` by `height` CSS pixels. */
export function paintMap(canvas: HTMLCanvasElement, picture: MapPicture): void {
  const { height, width } = picture.box;
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
  const at = projection(picture);
  paintEdges(context, picture, at);
  const roundTrips = paintRoundTrips(context, picture, at);
  paintMembers(context, picture, at);
  paintNames(context, picture, { at, roundTrips });
}

/** One path for each status, or a thousand members would be three thousand strokes. */
function paintMembers(context: CanvasRenderingContext2D, picture: MapPicture, at: Project): void {
  const { members } = picture.graph;
  const { palette } = picture;
  const radius = radiusOf(members.length);
  const spots = members.map((_, index) => at(index));
  context.fillStyle = palette.surface;
  context.beginPath();
  for (const [x, y] of spots) {
    context.moveTo(x + radius + 2, y);
    context.arc(x, y, radius + 2, 0, Math.PI * 2);
  }
  context.fill();
  for (const status of statuses) {
    // Who is in trouble is not lost among a thousand that are well.
    const isTrouble = status === "suspect" || status === "failed";
    const size = isTrouble ? Math.max(radius, TROUBLE_RADIUS_MIN) : radius;
    context.beginPath();
    for (const [index, member] of members.entries()) {
      const [x = 0, y = 0] = spots[index] ?? [];
      if (member.status === status) addMark(context, status, { x, y, radius: size });
    }
    context.fillStyle = palette[statusColors[status]];
    context.strokeStyle = palette[statusColors[status]];
    context.lineWidth = isTrouble ? 3 : Math.max(1.5, size / 2.5);
    if (status === "alive" || status === "suspect") context.fill();
    else context.stroke();
  }
  for (const [index, { degraded, name }] of members.entries()) {
    const [x = 0, y = 0] = spots[index] ?? [];
    if (degraded !== undefined) paintWaves(context, palette.suspect, { x, y, radius });
    const isChosen = name === picture.chosen;
    if (!isChosen && name !== picture.hovered && index !== picture.graph.self) continue;
    context.beginPath();
    context.arc(x, y, radius + RING_GAP, 0, Math.PI * 2);
    context.lineWidth = isChosen ? 3 : 1.5;
    context.strokeStyle = isChosen ? palette.accent : palette.muted;
    context.stroke();
  }
}

interface Mark {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** The same shapes as StatusMark. */
function addMark(
  context: CanvasRenderingContext2D,
  status: MemberStatus,
  { radius, x, y }: Mark,
): void {
  if (status === "suspect") {
    context.moveTo(x, y - radius * 1.2);
    context.lineTo(x + radius * 1.15, y + radius);
    context.lineTo(x - radius * 1.15, y + radius);
    context.closePath();
  } else if (status === "failed") {
    context.moveTo(x - radius, y - radius);
    context.lineTo(x + radius, y + radius);
    context.moveTo(x + radius, y - radius);
    context.lineTo(x - radius, y + radius);
  } else {
    const size = status === "alive" ? radius : radius - 1;
    context.moveTo(x + size, y);
    context.arc(x, y, size, 0, Math.PI * 2);
    if (status !== "leaving") return;
    context.moveTo(x, y - size);
    context.lineTo(x, y + size);
  }
}

/** The same as DegradedMark, above the mark of the status. */
function paintWaves(
  context: CanvasRenderingContext2D,
  color: string,
  { radius, x, y }: Mark,
): void {
  context.strokeStyle = color;
  context.lineWidth = 1.6;
  context.beginPath();
  for (const above of [radius + 7, radius + 11]) {
    context.moveTo(x - 6, y - above);
    context.quadraticCurveTo(x - 3, y - above - 4, x, y - above);
    context.quadraticCurveTo(x + 3, y - above + 4, x + 6, y - above);
  }
  context.stroke();
}
