import { useEffect, useRef, useState } from "preact/hooks";
import type { DiscPoint } from "../../../../src/sim/playground/disc.ts";
import { usePalette } from "../shared/use-palette.ts";
import { discAt, type NodesPicture, nearestNode, paintTown } from "./town-painter.ts";

export interface TownCanvasProps {
  readonly label: string;
  readonly points: Float64Array;
  readonly picture: NodesPicture | undefined;
  /** What a pointer does: a click is meant for a node, or a drag draws a line. */
  readonly pointer: "node" | "line";
  readonly line: readonly [DiscPoint, DiscPoint] | undefined;
  readonly onNode: (node: number) => void;
  readonly onLine: (from: DiscPoint, to: DiscPoint) => void;
}

/** A line shorter than this (of the radius) was a click. */
const LINE_MIN = 0.05;
/** Two towns and their curve shall fit on a screen. */
const SIDE_MAX = 400;

export function TownCanvas(props: TownCanvasProps) {
  const { label, line, onLine, onNode, picture, pointer, points } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const palette = usePalette();
  const [size, setSize] = useState(0);
  const [drawn, setDrawn] = useState<readonly [DiscPoint, DiscPoint] | undefined>(undefined);
  useEffect(() => {
    const box = canvas.current?.parentElement;
    if (box === null || box === undefined) return;
    const observer = new ResizeObserver(() => setSize(Math.min(box.clientWidth, SIDE_MAX)));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = canvas.current;
    const nodesCount = points.length / 2;
    if (element === null || size === 0) return;
    const none: NodesPicture = { nodes: new Uint8Array(nodesCount), looks: [] };
    const fitting = picture?.nodes.length === nodesCount ? picture : none;
    const frame = requestAnimationFrame(() => {
      paintTown(element, size, { ...fitting, points, palette, line: drawn ?? line });
    });
    return () => cancelAnimationFrame(frame);
  }, [points, picture, palette, size, line, drawn]);
  const pointAt = (event: PointerEvent): DiscPoint => {
    const { left, top } = canvas.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return discAt(event.clientX - left, event.clientY - top, size);
  };
  return (
    <div class="town-box">
      <canvas
        ref={canvas}
        class="town"
        style={{ width: `${size}px`, height: `${size}px` }}
        role="img"
        aria-label={label}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const point = pointAt(event);
          if (pointer === "line") setDrawn([point, point]);
          else onNode(nearestNode(points, point));
        }}
        onPointerMove={(event) => {
          if (drawn !== undefined) setDrawn([drawn[0], pointAt(event)]);
        }}
        onPointerUp={() => {
          if (drawn === undefined) return;
          const [from, to] = drawn;
          setDrawn(undefined);
          const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
          if (length >= LINE_MIN) onLine(from, to);
        }}
      />
    </div>
  );
}
