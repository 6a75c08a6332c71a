import type { Member, ViewSnapshot } from "../../../../../src/agent/admin.messages.ts";

/** `view`: who keeps a link to whom. `eager`, `lazy`: branches of one tree. */
export type EdgeKind = "view" | "reserve" | "eager" | "lazy";

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
}

export interface ClusterGraph {
  readonly members: readonly Member[];
  readonly edges: readonly Edge[];
  /** Which member this agent is. */
  readonly self: number;
}

/** What one node says of its neighbours. */
export interface Neighbourhood {
  readonly name: string;
  readonly active: readonly string[];
  readonly passive?: readonly string[];
  /** Of the tree that is looked at. */
  readonly eager?: readonly string[];
  readonly lazy?: readonly string[];
}

/** Members by name, and an edge for each pair that some node speaks of: its strongest kind. */
export function graphOf(
  members: readonly Member[],
  self: string,
  neighbourhoods: readonly Neighbourhood[],
): ClusterGraph {
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
  const places = new Map(sorted.map(({ name }, at) => [name, at]));
  const edges = new Map<number, Edge>();
  const add = (from: string, to: string, kind: EdgeKind): void => {
    const one = places.get(from);
    const other = places.get(to);
    if (one === undefined || other === undefined || one === other) return;
    const key = Math.min(one, other) * sorted.length + Math.max(one, other);
    const before = edges.get(key);
    if (before === undefined || rank(kind) > rank(before.kind)) {
      edges.set(key, { from: one, to: other, kind });
    }
  };
  for (const { active, eager = [], lazy = [], name, passive = [] } of neighbourhoods) {
    for (const peer of passive) add(name, peer, "reserve");
    for (const peer of active) add(name, peer, "view");
    for (const peer of lazy) add(name, peer, "lazy");
    for (const peer of eager) add(name, peer, "eager");
  }
  return { members: sorted, edges: [...edges.values()], self: places.get(self) ?? -1 };
}

/** Where only this node's own view is known. */
export function ownNeighbourhood(name: string, view: ViewSnapshot | undefined): Neighbourhood[] {
  if (view === undefined) return [];
  const { overlay, peers } = view;
  if (overlay === undefined) return [{ name, active: peers }];
  return [{ name, active: overlay.active, passive: overlay.passive }];
}

function rank(kind: EdgeKind): number {
  return ["reserve", "view", "lazy", "eager"].indexOf(kind);
}
