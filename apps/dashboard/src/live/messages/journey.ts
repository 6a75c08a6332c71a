import type { TraceAnswer } from "../../../../../src/agent/routes/traces.messages.ts";

/** How a message came to one node. */
export interface Stop {
  readonly name: string;
  /** Who told it first; undefined for the publisher, and where that is not known. */
  readonly from: string | undefined;
  /** Nodes on the way that is known, 0 for the publisher; undefined where it is not. */
  readonly hops: number | undefined;
  /** Since it was published, by the clocks of the two nodes. */
  readonly afterMs: number;
  /** Times that it came again. */
  readonly copies: readonly { readonly from: string | undefined; readonly afterMs: number }[];
}

export interface JourneyPicture {
  readonly stops: readonly Stop[];
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
      .filter(({ kind }) => kind === "copy")
      .map(({ at, from }) => ({ from, afterMs: at - startAt }));
    const hops = hopsTo(name, author, fromOf);
    return { name, from: first.from, hops, afterMs: first.at - startAt, copies };
  });
  stops.sort((a, b) => (a.hops ?? 99) - (b.hops ?? 99) || a.afterMs - b.afterMs);
  const names = (keep: (node: TraceAnswer["nodes"][number]) => boolean): string[] => {
    return nodes.filter(keep).map(({ name }) => name);
  };
  return {
    stops,
    without: names(({ arrivals, status }) => status === "answered" && arrivals.length === 0),
    silent: names(({ status }) => status === "silent"),
    copiesCount: stops.reduce((sum, { copies }) => sum + copies.length, 0),
  };
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
