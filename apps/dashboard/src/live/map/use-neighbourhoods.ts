import { useRef } from "preact/hooks";
import type { OverlaysAnswer } from "../../../../../src/agent/routes/traces.messages.ts";
import { usePolled } from "../use-agent.ts";
import type { Neighbourhood } from "./cluster-graph.ts";

type Told = ReadonlyMap<string, Neighbourhood>;

const none: Told = new Map();

/**
 * What nodes say of their neighbours. Of a large cluster an agent asks some at a time, others each
 * time, so what they said is kept until they say something else.
 */
export function useNeighbourhoods(path: string, living: ReadonlySet<string>): Told {
  const answer = usePolled<OverlaysAnswer>(path, 3_000).value;
  const known = useRef<{ path: string; answer: OverlaysAnswer | undefined; told: Told }>({
    path,
    answer: undefined,
    told: none,
  });
  if (known.current.path !== path) known.current = { path, answer: undefined, told: none };
  const { current } = known;
  const isGone = [...current.told.keys()].some((name) => !living.has(name));
  if (answer !== undefined && (isGone || current.answer !== answer)) {
    known.current = { path, answer, told: withAnswer(current.told, answer, living) };
  }
  return known.current.told;
}

/** Who lives no more is forgotten; who is silent may speak again. */
export function withAnswer(
  before: Told,
  { nodes }: OverlaysAnswer,
  living: ReadonlySet<string>,
): Told {
  const told = new Map([...before].filter(([name]) => living.has(name)));
  for (const node of nodes) {
    if (node.status === "answered" && living.has(node.name)) told.set(node.name, node);
  }
  return told;
}
