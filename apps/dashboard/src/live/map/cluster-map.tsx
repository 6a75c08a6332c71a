import { useEffect, useRef, useState } from "preact/hooks";
import { usePalette } from "../../shared/use-palette.ts";
import type { ClusterGraph } from "./cluster-graph.ts";
import { paintMap } from "./map-painter.ts";
import { type Box, type MapCamera, projection, radiusOf } from "./map-picture.ts";
import { useCamera } from "./use-camera.ts";
import { useLayout } from "./use-layout.ts";

interface ClusterMapProps {
  readonly graph: ClusterGraph;
  /** Marked, and its links are in bold. */
  readonly shown: string | undefined;
  /** By the user: it comes into sight. */
  readonly chosen: string | undefined;
  readonly onChoose: (name: string | undefined) => void;
}

const ZOOM_STEP = 1.25;
/** Pixels that an arrow key moves the map. */
const PAN_STEP = 60;
/** Pixels within which a pointer means a member. */
const REACH = 10;

/** Members and their links. All that it shows stands in the list beside it, too. */
export function ClusterMap({ chosen, graph, onChoose, shown }: ClusterMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const places = useLayout(graph);
  const palette = usePalette();
  const box = useBox(canvas);
  const [hovered, setHovered] = useState<string | undefined>(undefined);
  const chosenAt = graph.members.findIndex(({ name }) => name === chosen);
  const { camera, move, showAll, zoom } = useCamera(places, box, { name: chosen, at: chosenAt });
  useEffect(() => {
    const element = canvas.current;
    if (element === null || box.width === 0) return;
    const frame = requestAnimationFrame(() => {
      paintMap(element, { graph, places, camera, box, palette, chosen: shown, hovered });
    });
    return () => cancelAnimationFrame(frame);
  });
  const memberAt = (event: MouseEvent): string | undefined =>
    nearest(event, { graph, places, camera, box, canvas: canvas.current });
  const drag = useDrag(move, (event) => onChoose(memberAt(event)));
  return (
    <div class="map-box">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={labelOf(graph)}
        onKeyDown={(event) => {
          const step = event.key === "0" ? "all" : keySteps[event.key];
          if (step !== undefined) event.preventDefault();
          if (step === "all") showAll();
          else if (step !== undefined) move(...step);
        }}
        onWheel={(event) => {
          event.preventDefault();
          move(0, 0, event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
        }}
        onPointerDown={drag.onDown}
        onPointerMove={(event) => {
          if (!drag.onMove(event)) setHovered(memberAt(event));
        }}
        onPointerUp={drag.onUp}
        onPointerLeave={() => setHovered(undefined)}
      />
      <MapTools onZoom={zoom} onShowAll={showAll} />
    </div>
  );
}

interface MapToolsProps {
  readonly onZoom: (factor: number) => void;
  readonly onShowAll: () => void;
}

function MapTools({ onShowAll, onZoom }: MapToolsProps) {
  return (
    <div class="map-tools">
      <button type="button" aria-label="Zoom in" onClick={() => onZoom(ZOOM_STEP)}>
        +
      </button>
      <button type="button" aria-label="Zoom out" onClick={() => onZoom(1 / ZOOM_STEP)}>
        −
      </button>
      <button type="button" onClick={onShowAll}>
        Show all
      </button>
    </div>
  );
}

function labelOf({ edges, members }: ClusterGraph): string {
  return (
    `Map of ${members.length} members and ${edges.length} links. Arrow keys move it, plus and ` +
    "minus zoom, 0 shows all. The members are listed beside it."
  );
}

const keySteps: Readonly<Record<string, readonly [number, number, number?]>> = {
  ArrowLeft: [-PAN_STEP, 0],
  ArrowRight: [PAN_STEP, 0],
  ArrowUp: [0, -PAN_STEP],
  ArrowDown: [0, PAN_STEP],
  "+": [0, 0, ZOOM_STEP],
  "=": [0, 0, ZOOM_STEP],
  "-": [0, 0, 1 / ZOOM_STEP],
};

function useBox(canvas: { readonly current: HTMLCanvasElement | null }): Box {
  const [box, setBox] = useState<Box>({ width: 0, height: 0 });
  useEffect(() => {
    const parent = canvas.current?.parentElement;
    if (parent === null || parent === undefined) return;
    const observer = new ResizeObserver(() => {
      setBox({ width: parent.clientWidth, height: parent.clientHeight });
    });
    observer.observe(parent);
    return () => observer.disconnect();
  }, []);
  return box;
}

/** A pointer that moved a little was a click. */
function useDrag(move: (x: number, y: number) => void, onClick: (event: PointerEvent) => void) {
  const last = useRef<{ x: number; y: number; isFar: boolean } | undefined>(undefined);
  return {
    onDown: (event: PointerEvent): void => {
      last.current = { x: event.clientX, y: event.clientY, isFar: false };
      if (event.target instanceof Element) event.target.setPointerCapture(event.pointerId);
    },
    onMove: (event: PointerEvent): boolean => {
      const before = last.current;
      if (before === undefined) return false;
      const [x, y] = [before.x - event.clientX, before.y - event.clientY];
      if (!before.isFar && Math.hypot(x, y) < 4) return true;
      last.current = { x: event.clientX, y: event.clientY, isFar: true };
      move(x, y);
      return true;
    },
    onUp: (event: PointerEvent): void => {
      if (last.current?.isFar === false) onClick(event);
      last.current = undefined;
    },
  };
}

interface Aim {
  readonly graph: ClusterGraph;
  readonly places: Float32Array;
  readonly camera: MapCamera;
  readonly box: Box;
  readonly canvas: HTMLCanvasElement | null;
}

function nearest(event: MouseEvent, { box, camera, canvas, graph, places }: Aim) {
  if (canvas === null) return undefined;
  const { left, top } = canvas.getBoundingClientRect();
  const at = projection({ box, camera, places });
  let best: string | undefined;
  let bestDistance = radiusOf(graph.members.length) + REACH;
  for (const [index, { name }] of graph.members.entries()) {
    const [x, y] = at(index);
    const distance = Math.hypot(x - (event.clientX - left), y - (event.clientY - top));
    if (distance >= bestDistance) continue;
    bestDistance = distance;
    best = name;
  }
  return best;
}
