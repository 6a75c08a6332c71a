import type { ArrivalMeans, TraceAnswer } from "../../../../../src/agent/routes/traces.messages.ts";

/** That a message came to a node once more. */
interface Copy {
  readonly from: string | undefined;
  readonly means: ArrivalMeans;
  readonly afterMs: number;
}

/** How a message came to one node. */
export interface Stop {
  readonly name: string;
  /** Who told it first; undefined for the publisher, and where that is not known. */
  readonly from: string | undefined;
  readonly means: ArrivalMeans;
  /** Nodes on the way that is known, 0 for the publisher; undefined where it is not. */
  readonly hops: number | undefined;
  /** Since it was published, by the clocks of the two nodes. */
  readonly afterMs: number;
  /** Times that it came again. */
  readonly copies: readonly Copy[];
}

/** One transfer from node to node, or a first telling whose sender is not known. */
export interface Move {
  readonly kind: "news" | "copy";
  readonly means: ArrivalMeans;
  readonly from: string | undefined;
  readonly to: string;
  /** When its sender had it, as far as known; and when it arrived: never before that. */
  readonly leftMs: number;
  readonly cameMs: number;
}

export interface JourneyPicture {
  readonly author: string;
  readonly stops: readonly Stop[];
  /** In the order in which they arrived. */
  readonly moves: readonly Move[];
  /** Asked, and it has not heard of the message (or does not remember it). */
  readonly without: readonly string[];
  /** Asked, and it did not answer. */
  readonly silent: readonly string[];
  readonly copiesCount: number;
}

/** Puts together what the nodes remember of one message; stops in the order they were reached. */
export function journeyOf({ dot, nodes }: TraceAnswer): JourneyPicture {
  const reached = nodes.flatMap(({ arrivals, name, status }) => {
    const first = arrivals.find(({ kind }) => kind !== "copy");
    return status === "answered" && first !== undefined ? [{ name, arrivals, first }] : [];
  });
  const publisher = nodes.find(({ arrivals }) => arrivals.some(({ kind }) => kind === "published"));
  const author = publisher?.name ?? dot.origin.replace(/#[^#]*$/, "");
  const begin = publisher?.arrivals.find(({ kind }) => kind === "published")?.at;
  const startAt = begin ?? Math.min(...reached.map(({ first }) => first.at));
  const fromOf = new Map(reached.map(({ first, name }) => [name, first.from]));
  const stops = reached.map(({ arrivals, first, name }): Stop => {
    const copies = arrivals
      .filter((arrival) => arrival !== first)
      .map(({ at, from, means }) => ({ from, means, afterMs: at - startAt }));
    const hops = hopsTo(name, author, fromOf);
    const { from, means } = first;
    return { name, from, means, hops, afterMs: first.at - startAt, copies };
  });
  stops.sort((a, b) => rankOf(a) - rankOf(b) || a.afterMs - b.afterMs);
  const names = (keep: (node: TraceAnswer["nodes"][number]) => boolean): string[] => {
    return nodes.filter(keep).map(({ name }) => name);
  };
  return {
    author,
    stops,
    moves: movesOf(stops),
    without: names(({ arrivals, status }) => status === "answered" && arrivals.length === 0),
    silent: names(({ status }) => status === "silent"),
    copiesCount: stops.reduce((sum, { copies }) => sum + copies.length, 0),
  };
}

/** Clocks of nodes differ: nothing is drawn as if it had arrived before its sender had it. */
function movesOf(stops: readonly Stop[]): readonly Move[] {
  const cameAt = arrivalsOf(stops);
  const moves: Move[] = [];
  const move = (kind: Move["kind"], to: string, { afterMs, from, means }: Copy): void => {
    const leftMs = from === undefined ? 0 : (cameAt.get(from) ?? 0);
    const cameMs = kind === "news" ? (cameAt.get(to) ?? 0) : Math.max(leftMs, afterMs);
    moves.push({ kind, means, from, to, leftMs: Math.min(leftMs, cameMs), cameMs });
  };
  for (const stop of stops) if (stop.hops !== 0) move("news", stop.name, stop);
  for (const { copies, name } of stops) for (const copy of copies) move("copy", name, copy);
  return moves.sort((a, b) => a.cameMs - b.cameMs);
}

/** When each had it, its tellers before it; of those that name each other one is first. */
function arrivalsOf(stops: readonly Stop[]): ReadonlyMap<string, number> {
  const stopOf = new Map(stops.map((stop) => [stop.name, stop]));
  const cameAt = new Map<string, number>();
  for (const { name } of stops) {
    const way: Stop[] = [];
    const onWay = new Set<string>();
    let at = stopOf.get(name);
    while (at !== undefined && !cameAt.has(at.name) && !onWay.has(at.name)) {
      way.push(at);
      onWay.add(at.name);
      at = at.from === undefined ? undefined : stopOf.get(at.from);
    }
    for (const { afterMs, from, name: reached } of way.reverse()) {
      const leftMs = from === undefined ? 0 : (cameAt.get(from) ?? 0);
      cameAt.set(reached, Math.max(0, leftMs, afterMs));
    }
  }
  return cameAt;
}

/** Those of whom no way is known come last. */
function rankOf({ hops }: Stop): number {
  return hops ?? Number.MAX_SAFE_INTEGER;
}

/** Along those who told it first, back to the author. */
function hopsTo(
  name: string,
  author: string,
  fromOf: ReadonlyMap<string, string | undefined>,
): number | undefined {
  let at: string | undefined = name;
  for (let hops = 0; at !== undefined && hops <= fromOf.size; hops += 1) {
    if (at === author) return hops;
    at = fromOf.get(at);
  }
  return undefined;
}
