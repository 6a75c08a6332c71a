/** How often each replica, by name, has been heard of. A missing name counts 0. */
export type VectorClock = ReadonlyMap<string, number>;

/** How one clock stands to another. [Fidge 1988, Mattern 1989] */
export type ClockOrder = "equal" | "before" | "after" | "concurrent";

/** Whether one is before the other, both are the same, or neither knew of the other. */
export function compareVectorClocks(a: VectorClock, b: VectorClock): ClockOrder {
  const isAfter = exceeds(a, b);
  const isBefore = exceeds(b, a);
  if (isAfter) return isBefore ? "concurrent" : "after";
  return isBefore ? "before" : "equal";
}

/** The least clock that is not before either. */
export function mergeVectorClocks(a: VectorClock, b: VectorClock): VectorClock {
  const merged = new Map(a);
  for (const [name, count] of b) merged.set(name, Math.max(count, merged.get(name) ?? 0));
  return merged;
}

/** `clock` after one more event at `name`. */
export function incrementVectorClock(clock: VectorClock, name: string): VectorClock {
  return new Map(clock).set(name, (clock.get(name) ?? 0) + 1);
}

function exceeds(a: VectorClock, b: VectorClock): boolean {
  for (const [name, count] of a) if (count > (b.get(name) ?? 0)) return true;
  return false;
}
