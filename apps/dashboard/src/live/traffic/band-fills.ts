import { REST_LOOK } from "./band-looks.ts";

/** Of a tile of the pattern, in pixels of the screen. */
const TILE = 8;

/** The colours of the bands in the theme that is shown, by look. */
export function readBandColors(): string[] {
  const probe = document.createElement("span");
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const colors = Array.from({ length: REST_LOOK + 1 }, (_, look) => {
    probe.className = `band-swatch band-${look}`;
    return style.color;
  });
  probe.remove();
  return colors;
}

type Stroke = (tile: CanvasRenderingContext2D) => void;

const line =
  (...points: readonly number[]): Stroke =>
  (tile) => {
    const [x = 0, y = 0, toX = 0, toY = 0] = points;
    tile.moveTo(x, y);
    tile.lineTo(toX, toY);
  };
const rising = [line(-2, 2, 2, -2), line(0, 8, 8, 0), line(6, 10, 10, 6)];
const falling = [line(-2, 6, 2, 10), line(0, 0, 8, 8), line(6, -2, 10, 2)];

/** What tells the bands apart for who does not tell their colours: as in traffic.css. */
const strokes: readonly (readonly Stroke[])[] = [
  [],
  rising,
  [line(0, 4, 8, 4)],
  falling,
  [line(4, 0, 4, 8)],
  [...rising, ...falling],
  [line(0, 4, 8, 4), line(4, 0, 4, 8)],
];

/** What a chart fills a band with. */
export function bandFill(look: number, color: string, gap: string): string | CanvasPattern {
  const tile = document.createElement("canvas");
  tile.width = TILE;
  tile.height = TILE;
  const context = tile.getContext("2d");
  if (context === null) return color;
  context.fillStyle = color;
  context.fillRect(0, 0, TILE, TILE);
  context.strokeStyle = gap;
  context.lineWidth = 1.25;
  context.beginPath();
  for (const stroke of strokes[look] ?? []) stroke(context);
  context.stroke();
  return context.createPattern(tile, "repeat") ?? color;
}
