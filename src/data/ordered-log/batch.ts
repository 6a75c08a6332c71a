import { compareHybridTimes, type HybridTime } from "../../core/hybrid-clock.ts";
import { memberOf, type Origin, parseOrigin } from "../../core/peer.ts";
import { compareUtf8 } from "../../core/text.ts";
import type { HeldEvent } from "./event.ts";
import type { BatchEntry } from "./order-command.ts";

/** An event that may be proposed, as far as it alone is concerned. */
export interface ReadyEvent {
  readonly event: HeldEvent;
  /** By which it is compared: not before that of its origin's event before it. */
  time: HybridTime;
}

export interface BatchBounds {
  readonly maxCount: number;
  /** Up to here events of a life have their place. */
  floorOf(origin: Origin): number;
  /** Up to here they will have one by what is under way. */
  proposedOf(origin: Origin): number;
}

/** Lives of one member one after the other, the oldest first. */
export function inOrderOfLives(origins: ReadonlySet<Origin>): Iterable<Origin> {
  const members = new Set<string>();
  for (const origin of origins) members.add(memberOf(origin));
  // Mostly each has one that writes.
  return members.size === origins.size ? origins : [...origins].sort(compareLives);
}

/**
 * The next batch, in an order that respects happened-before: those of one life by number, else by
 * hybrid time, ties by origin. An event whose needs are neither placed nor proposed waits, and all
 * of its life behind it. `ready` holds each life's events in a row, and those of a member's lives
 * as `inOrderOfLives`: so an older life is not closed by later ones while it has any.
 * [spec raft §4]
 */
export function collectBatch(ready: ReadyEvent[], bounds: BatchBounds): BatchEntry[] {
  let before: ReadyEvent | undefined;
  for (const one of ready) {
    // A clock that was set back tells nothing of what happened first.
    if (before !== undefined && isSameMember(before, one)) {
      if (compareHybridTimes(one.time, before.time) < 0) one.time = before.time;
    }
    before = one;
  }
  ready.sort(compareReady);
  const taken = new Map<Origin, number>();
  const blocked = new Set<Origin>();
  const entries: BatchEntry[] = [];
  for (const { event } of ready) {
    if (entries.length >= bounds.maxCount) break;
    const { origin } = event.dot;
    if (blocked.has(origin)) continue;
    const needs = event.needs.filter(([other, seq]) => bounds.floorOf(other) < seq);
    const isMet = needs.every(
      ([other, seq]) => Math.max(taken.get(other) ?? 0, bounds.proposedOf(other)) >= seq,
    );
    if (!isMet) {
      blocked.add(origin);
      continue;
    }
    taken.set(origin, event.dot.seq);
    entries.push({ dot: event.dot, hash: event.hash, needs });
  }
  return entries;
}

function compareReady(a: ReadyEvent, b: ReadyEvent): number {
  const one = a.event.dot;
  const other = b.event.dot;
  if (one.origin === other.origin) return one.seq - other.seq;
  return compareHybridTimes(a.time, b.time) || compareLives(one.origin, other.origin);
}

function isSameMember(one: ReadyEvent, other: ReadyEvent): boolean {
  const [a, b] = [one.event.dot.origin, other.event.dot.origin];
  return a === b || memberOf(a) === memberOf(b);
}

function compareLives(one: Origin, other: Origin): number {
  const [a, b] = [parseOrigin(one), parseOrigin(other)];
  if (a === undefined || b === undefined) return compareUtf8(one, other);
  return compareUtf8(a.name, b.name) || a.boot - b.boot;
}
