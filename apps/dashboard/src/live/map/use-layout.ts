import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ClusterGraph } from "./cluster-graph.ts";
import type { LayoutAnswer, LayoutRequest } from "./layout.messages.ts";

interface Layout {
  readonly names: readonly string[];
  readonly places: Float32Array;
}

/**
 * Where members stand; follows the graph, in a worker. Who is new stands on a circle until the
 * worker answers.
 */
export function useLayout(graph: ClusterGraph): Float32Array {
  const [layout, setLayout] = useState<Layout>(nobody);
  const worker = useRef<Worker | undefined>(undefined);
  const asked = useRef<{ round: number; names: readonly string[] }>({ round: 0, names: [] });
  useEffect(() => {
    const made = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.current = made;
    made.onmessage = ({ data: { places, round } }: MessageEvent<LayoutAnswer>): void => {
      const { names, round: latest } = asked.current;
      if (round === latest) setLayout({ names, places });
    };
    return () => made.terminate();
  }, []);
  const key = useMemo(() => keyOf(graph), [graph]);
  const names = useMemo(() => graph.members.map(({ name }) => name), [key]);
  useEffect(() => {
    const round = asked.current.round + 1;
    asked.current = { round, names };
    const edges = new Uint32Array(graph.near.flat());
    const request: LayoutRequest = { round, names, edges };
    worker.current?.postMessage(request, [edges.buffer]);
  }, [key]);
  return useMemo(() => placesFor(names, layout), [names, layout]);
}

const nobody: Layout = { names: [], places: new Float32Array(0) };

/** Whoever stood somewhere stands there until the worker says otherwise. */
export function placesFor(names: readonly string[], layout: Layout): Float32Array {
  if (layout.names === names) return layout.places;
  const before = new Map(layout.names.map((name, at) => [name, at]));
  const places = circle(names.length);
  for (const [at, name] of names.entries()) {
    const last = before.get(name);
    if (last !== undefined) places.set(layout.places.subarray(last * 2, last * 2 + 2), at * 2);
  }
  return places;
}

/** Statuses and kinds of edges change what is drawn, not where. */
function keyOf({ members, near }: ClusterGraph): string {
  const names = members.map(({ name }) => name).join("\n");
  return `${names}\n${near.map(([from, to]) => `${from}-${to}`).join(" ")}`;
}

/** Until the first answer. */
function circle(count: number): Float32Array {
  const places = new Float32Array(count * 2);
  for (let at = 0; at < count; at += 1) {
    const angle = (at / Math.max(1, count)) * 2 * Math.PI;
    places[at * 2] = 100 * Math.cos(angle);
    places[at * 2 + 1] = 100 * Math.sin(angle);
  }
  return places;
}
