import { useEffect, useRef, useState } from "preact/hooks";
import type { DiscPoint } from "../../../../src/sim/playground/disc.ts";
import type { Deed } from "../../../../src/sim/playground/play-town.ts";
import { usePalette } from "../shared/use-palette.ts";
import { discAt, nearestNode, paintTown } from "./town-painter.ts";
import type { TownState } from "./town-worker.ts";

export type Tool = "infect" | "kill" | "part";

interface TownCanvasProps {
  readonly label: string;
  readonly points: Float64Array;
  readonly state: TownState | undefined;
  readonly tool: Tool;
  readonly line: readonly [DiscPoint, DiscPoint] | undefined;
  readonly onDeed: (deed: Deed) => void;
}

/** A line shorter than this (of the radius) was a click. */
const LINE_MIN = 0.05;
/** Two towns and their curve shall fit on a screen. */
const SIDE_MAX = 400;

export function TownCanvas({ label, line, onDeed, points, state, tool }: TownCanvasProps) {
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
    const fitting = state?.nodes.length === nodesCount ? state : undefined;
    const nodes = fitting?.nodes ?? new Uint8Array(nodesCount);
    const toldBy = fitting?.toldBy;
    const frame = requestAnimationFrame(() => {
      paintTown(element, size, { points, nodes, toldBy, palette, line: drawn ?? line });
    });
    return () => cancelAnimationFrame(frame);
  }, [points, state, palette, size, line, drawn]);
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
          if (tool === "part") setDrawn([point, point]);
          else onDeed({ do: tool, node: nearestNode(points, point) });
        }}
        onPointerMove={(event) => {
          if (drawn !== undefined) setDrawn([drawn[0], pointAt(event)]);
        }}
        onPointerUp={() => {
          if (drawn === undefined) return;
          const [from, to] = drawn;
          setDrawn(undefined);
          const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
          if (length >= LINE_MIN) onDeed({ do: "part", from, to });
        }}
      />
    </div>
  );
}
