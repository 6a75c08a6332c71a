import type { Origin } from "../../core/peer.ts";

/** An event is at a node: it was sent there, or came. In order of time. */
export interface Arrival {
  readonly kind: "sent" | "came";
  readonly ms: number;
  readonly node: number;
  readonly origin: Origin;
  readonly seq: number;
  readonly name: string;
}

/** When an event may be told. */
export interface Telling {
  readonly ms: number;
  readonly name: string;
}

type Clock = Map<Origin, number>;

/** Each origin's events in the order of their numbers. */
export function fifoTimes(arrivals: readonly Arrival[]): Telling[] {
  return times(arrivals, ({ origin, seq }) => new Map([[origin, seq - 1]]));
}

/** Each event behind all that its origin had been told when it sent it. [Birman 1991] */
export function causalTimes(arrivals: readonly Arrival[]): Telling[] {
  return times(arrivals, (_, told) => new Map(told));
}

function times(
  arrivals: readonly Arrival[],
  needsOf: (arrival: Arrival, told: Clock) => Clock,
): Telling[] {
  const tellings: Telling[] = [];
  const toldOf = new Map<number, Clock>();
  const waitingOf = new Map<number, Arrival[]>();
  const needs = new Map<string, Clock>();
  const tell = (node: number, { name, origin, seq }: Arrival, ms: number): void => {
    toldOf.get(node)?.set(origin, seq);
    tellings.push({ ms, name });
  };
  for (const arrival of arrivals) {
    const { kind, ms, name, node } = arrival;
    const told = toldOf.get(node) ?? new Map<Origin, number>();
    toldOf.set(node, told);
    if (kind === "sent") {
      needs.set(name, needsOf(arrival, told));
      tell(node, arrival, ms);
      continue;
    }
    const waiting = [...(waitingOf.get(node) ?? []), arrival];
    const isReady = (one: Arrival): boolean =>
      [...(needs.get(one.name) ?? [])].every(([of, upTo]) => (told.get(of) ?? 0) >= upTo);
    for (let next = waiting.find(isReady); next !== undefined; next = waiting.find(isReady)) {
      waiting.splice(waiting.indexOf(next), 1);
      tell(node, next, ms);
    }
    waitingOf.set(node, waiting);
  }
  return tellings;
}
