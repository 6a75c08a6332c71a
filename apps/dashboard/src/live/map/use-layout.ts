import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ClusterGraph } from "./cluster-graph.ts";
import type { LayoutAnswer, LayoutRequest } from "./layout.messages.ts";

/** Where members stand; follows the graph, in a worker. Places of another graph are never given. */
export function useLayout(graph: ClusterGraph): Float32Array {
  const [layout, setLayout] = useState<LayoutAnswer | undefined>(undefined);
  const worker = useRef<Worker | undefined>(undefined);
  const round = useRef(0);
  useEffect(() => {
    const made = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.current = made;
    made.onmessage = (event: MessageEvent<LayoutAnswer>): void => setLayout(event.data);
    return () => made.terminate();
  }, []);
  const key = useMemo(() => keyOf(graph), [graph]);
  useEffect(() => {
    round.current += 1;
    const edges = new Uint32Array(graph.near.flat());
    const names = graph.members.map(({ name }) => name);
    const request: LayoutRequest = { round: round.current, names, edges };
    worker.current?.postMessage(request, [edges.buffer]);
  }, [key]);
  const count = graph.members.length;
  const first = useMemo(() => circle(count), [count]);
  return layout?.places.length === count * 2 ? layout.places : first;
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
