import { duration, whole } from "../../shared/format.ts";
import { type Box, type MapPicture, type Project, RING_GAP, radiusOf } from "./map-picture.ts";
import { type Rectangle, Room } from "./room.ts";

/** Above so many members only the round trip to the chosen one and the one pointed at is told. */
const TIMED_MAX_COUNT = 24;
const LINE_HEIGHT = 15;
const HALO = 4;

/** Measuring a thousand names takes longer than painting them. */
const widths = new Map<string, number>();

/**
 * Beside the links of this agent: how long a question and its answer take. Returns where they
 * stand, for names to keep off them.
 */
export function paintRoundTrips(
  context: CanvasRenderingContext2D,
  { chosen, graph, hovered, palette }: MapPicture,
  at: Project,
): Rectangle[] {
  context.font = "11.5px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = HALO + 1;
  context.lineJoin = "round";
  context.strokeStyle = palette.surface;
  context.fillStyle = palette.muted;
  const areAllTold = graph.members.length <= TIMED_MAX_COUNT;
  const told = new Set<number>();
  const taken: Rectangle[] = [];
  for (const { from, kind, to } of graph.edges) {
    if (kind === "reserve" || (from !== graph.self && to !== graph.self)) continue;
    const other = from === graph.self ? to : from;
    const peer = graph.members[other];
    if (peer?.rttMs === undefined || peer.status !== "alive" || told.has(other)) continue;
    if (!areAllTold && peer.name !== chosen && peer.name !== hovered) continue;
    told.add(other);
    const [fromX, fromY] = at(from);
    const [toX, toY] = at(to);
    const text = duration(peer.rttMs);
    const [x, y] = [(fromX + toX) / 2, (fromY + toY) / 2];
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
    const half = context.measureText(text).width / 2;
    const [top, bottom] = [y - LINE_HEIGHT / 2, y + LINE_HEIGHT / 2];
    taken.push({ left: x - half, top, right: x + half, bottom });
  }
  return taken;
}

interface Named {
  readonly index: number;
  readonly text: string;
  /** Lower is named first. */
  readonly rank: number;
}

/**
 * As many names as there is room for: first this agent, who is looked at, and who is in trouble.
 * Nearer, there is room for more.
 */
export function paintNames(
  context: CanvasRenderingContext2D,
  picture: MapPicture,
  { at, roundTrips }: { readonly at: Project; readonly roundTrips: readonly Rectangle[] },
): void {
  const { box, graph, palette } = picture;
  const radius = radiusOf(graph.members.length);
  context.font = "12.5px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "top";
  context.lineWidth = HALO;
  context.lineJoin = "round";
  const marks = new Room();
  for (const one of roundTrips) marks.take(one);
  for (const index of graph.members.keys()) {
    const [x, y] = at(index);
    marks.take({ left: x - radius, top: y - radius, right: x + radius, bottom: y + radius });
  }
  const names = new Room();
  names.take(noteAt(box));
  let namedCount = 0;
  for (const { index, rank, text } of namedOf(picture)) {
    const [x, y] = at(index);
    if (x < 0 || y < 0 || x > box.width || y > box.height) continue;
    const width = widthOf(context, text);
    const around = placesAround({ x, y, radius: radius + (rank < 2 ? RING_GAP + 2 : 0) }, width);
    const free = around.filter((one) => names.isFree(one));
    const clear = free.find((one) => marks.isFree(one));
    // Who is well is named only where that hides nobody else.
    const place = clear ?? (rank < 3 ? free[0] : undefined) ?? (rank < 2 ? around[0] : undefined);
    if (place === undefined) continue;
    names.take(place);
    namedCount += 1;
    context.strokeStyle = palette.surface;
    context.strokeText(text, place.left, place.top);
    context.fillStyle = palette.ink;
    context.fillText(text, place.left, place.top);
  }
  if (namedCount < graph.members.length) paintNote(context, picture, namedCount);
}

/** Where it is told how many are named. */
function noteAt({ height }: Box): Rectangle {
  return { left: 8, top: height - 30, right: 330, bottom: height - 8 };
}

function paintNote(
  context: CanvasRenderingContext2D,
  { box, graph, palette }: MapPicture,
  namedCount: number,
): void {
  const { bottom, left, top } = noteAt(box);
  const counts = `${whole(namedCount)} of ${whole(graph.members.length)}`;
  const note = `${counts} named here: zoom in for more`;
  context.fillStyle = palette.surface;
  context.fillRect(left, top, widthOf(context, note) + 8, bottom - top);
  context.fillStyle = palette.muted;
  context.fillText(note, left + 4, top + 4);
}

function namedOf({ chosen, graph, hovered }: MapPicture): Named[] {
  const named = graph.members.map(({ degraded, name, status }, index): Named => {
    if (index === graph.self) return { index, text: `${name} (this agent)`, rank: 0 };
    if (name === chosen || name === hovered) return { index, text: name, rank: 1 };
    const isWell = status === "alive" && degraded === undefined;
    return { index, text: name, rank: isWell ? 3 : 2 };
  });
  return named.sort((a, b) => a.rank - b.rank);
}

/** Below, above, right and left of a mark. */
function placesAround(
  { radius, x, y }: { readonly x: number; readonly y: number; readonly radius: number },
  width: number,
): Rectangle[] {
  const gap = radius + 4;
  const half = width / 2;
  const tops = [y + gap, y - gap - LINE_HEIGHT].map((top) => ({ left: x - half, top }));
  const sides = [x + gap, x - gap - width].map((left) => ({ left, top: y - LINE_HEIGHT / 2 }));
  return [...tops, ...sides].map(({ left, top }) => {
    return { left, top, right: left + width, bottom: top + LINE_HEIGHT };
  });
}

function widthOf(context: CanvasRenderingContext2D, text: string): number {
  const before = widths.get(text);
  if (before !== undefined) return before;
  if (widths.size > 5_000) widths.clear();
  const { width } = context.measureText(text);
  widths.set(text, width);
  return width;
}
