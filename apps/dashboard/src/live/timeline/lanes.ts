import type { Member } from "../../../../../src/agent/admin.messages.ts";
import type { TimelineEvent } from "../../../../../src/agent/routes/timeline.messages.ts";
import type { Timeline } from "./timeline-book.ts";

/** A time in which a member had one status; `to` is undefined while it has it. */
export interface Stretch {
  readonly status: Member["status"];
  readonly from: number;
  readonly to: number | undefined;
  /** Of the event that began it; undefined where it is older than what is remembered. */
  readonly event: TimelineEvent | undefined;
}

/** One member over time. */
export interface Lane {
  readonly name: string;
  readonly stretches: readonly Stretch[];
  /** When it said that it was busy. */
  readonly degraded: readonly { readonly from: number; readonly to: number | undefined }[];
}

/** Lanes of the members that changed last, by name: so many fit a window. */
export const LANES_MAX = 16;

const names = new Intl.Collator("en", { numeric: true });

export function lanesOf(timeline: Timeline, members: readonly Member[]): readonly Lane[] {
  const byName = new Map<string, TimelineEvent[]>();
  for (const event of timeline.events) {
    const known = byName.get(event.name);
    // Told again, so that those that changed last stand last.
    byName.delete(event.name);
    if (known === undefined) byName.set(event.name, [event]);
    else {
      known.push(event);
      byName.set(event.name, known);
    }
  }
  const changed = [...byName.keys()].slice(-LANES_MAX);
  const room = LANES_MAX - changed.length;
  const others = members.map(({ name }) => name).filter((name) => !byName.has(name));
  return [...changed, ...others.sort(names.compare).slice(0, room)]
    .sort(names.compare)
    .map((name) => {
      const member = members.find((one) => one.name === name);
      return laneOf(name, byName.get(name) ?? [], { beganAt: timeline.beganAt, member });
    });
}

interface Around {
  readonly beganAt: number;
  readonly member: Member | undefined;
}

function laneOf(name: string, events: readonly TimelineEvent[], { beganAt, member }: Around): Lane {
  const stretches: Stretch[] = [];
  const degraded: { from: number; to: number | undefined }[] = [];
  const [first] = events;
  if (first === undefined && member !== undefined) {
    stretches.push({ status: member.status, from: beganAt, to: undefined, event: undefined });
  }
  // Before the first event that is remembered it was there, unless that event is its coming.
  if (first !== undefined && first.kind !== "join" && first.at > beganAt) {
    const status = first.kind === "suspect" || first.kind === "degrade" ? "alive" : undefined;
    if (status !== undefined) {
      stretches.push({ status, from: beganAt, to: undefined, event: undefined });
    }
  }
  for (const event of events) {
    const { at, kind, status } = event;
    const last = stretches.at(-1);
    const trouble = degraded.at(-1);
    if (kind === "degrade") degraded.push({ from: at, to: undefined });
    else if (trouble !== undefined && trouble.to === undefined && !event.degraded) trouble.to = at;
    const isSame = last?.to === undefined && last?.status === status && kind !== "reap";
    if (isSame) continue;
    if (last !== undefined && last.to === undefined) {
      stretches[stretches.length - 1] = { ...last, to: at };
    }
    if (kind !== "reap") stretches.push({ status, from: at, to: undefined, event });
  }
  return { name, stretches, degraded };
}
