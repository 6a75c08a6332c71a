import type { Member, ViewSnapshot } from "../../../../../src/agent/admin.messages.ts";

/**
 * `view`: a link that is used. `eager`, `lazy`: branches of one tree. `reserve`: known for the time
 * when links break, HyParView's passive view.
 */
export type EdgeKind = "reserve" | "view" | "lazy" | "eager";

export const edgeKinds: readonly EdgeKind[] = ["reserve", "view", "lazy", "eager"];

/** Which links are drawn. */
export type LinksShown = "used" | "reserve" | "all";

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  /** "both": the other one says the same of this one. */
  readonly ways: "one" | "both";
  /** Whether another edge joins the same two, the other way: then they stand beside each other. */
  readonly isDouble: boolean;
}

export interface ClusterGraph {
  readonly members: readonly Member[];
  readonly edges: readonly Edge[];
  /** Pairs that are near each other on the map, whichever links are shown. */
  readonly near: readonly (readonly [number, number])[];
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

/** Members by name, and what each node says of its links: the strongest kind towards each other. */
export function graphOf(
  members: readonly Member[],
  self: string,
  neighbourhoods: Iterable<Neighbourhood>,
  shown: LinksShown = "used",
): ClusterGraph {
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
  const places = new Map(sorted.map(({ name }, at) => [name, at]));
  const said = new Said(sorted.length);
  for (const { active, eager = [], lazy = [], name, passive = [] } of neighbourhoods) {
    const from = places.get(name);
    if (from === undefined) continue;
    const say = (peers: readonly string[], kind: EdgeKind): void => {
      for (const peer of peers) said.add(from, places.get(peer), kind);
    };
    say(passive, "reserve");
    say(active, "view");
    say(lazy, "lazy");
    say(eager, "eager");
  }
  const isShown = ({ kind }: Edge): boolean => {
    return shown === "all" || (kind === "reserve") === (shown === "reserve");
  };
  const edges = said.edges();
  const near = edges
    .filter(({ kind }) => kind !== "reserve")
    .map(({ from, to }) => [from, to] as const);
  return { members: sorted, edges: edges.filter(isShown), near, self: places.get(self) ?? -1 };
}

/** Where only this node's own view is known. */
export function ownNeighbourhood(name: string, view: ViewSnapshot | undefined): Neighbourhood[] {
  if (view === undefined) return [];
  const { overlay, peers } = view;
  if (overlay === undefined) return [{ name, active: peers }];
  return [{ name, active: overlay.active, passive: overlay.passive }];
}

/** Who says what of whom. */
class Said {
  private readonly count: number;
  private readonly kinds = new Map<number, EdgeKind>();

  constructor(count: number) {
    this.count = count;
  }

  add(from: number, to: number | undefined, kind: EdgeKind): void {
    if (to === undefined || from === to) return;
    const key = from * this.count + to;
    const before = this.kinds.get(key);
    if (before === undefined || rank(kind) > rank(before)) this.kinds.set(key, kind);
  }

  edges(): Edge[] {
    const edges: Edge[] = [];
    for (const [key, kind] of this.kinds) {
      const [from, to] = [Math.floor(key / this.count), key % this.count];
      const back = this.kinds.get(to * this.count + from);
      if (back === kind && to < from) continue;
      const isDouble = back !== undefined && back !== kind;
      edges.push({ from, to, kind, ways: back === kind ? "both" : "one", isDouble });
    }
    return edges;
  }
}

function rank(kind: EdgeKind): number {
  return edgeKinds.indexOf(kind);
}
