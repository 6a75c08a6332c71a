/** How the bands of a stacked chart look: each has a colour and a pattern of its own. */

const BANDS_MAX = 6;

/** A band's look is a number: `.band-0` … of traffic.css; the last is of all that has none. */
export const REST_LOOK = BANDS_MAX;

export type Looks = ReadonlyMap<string, number>;

/** Who had a look keeps it, so that a colour does not change hands while somebody looks. */
export function assignLooks(before: Looks, busiest: readonly string[]): Looks {
  const shown = busiest.slice(0, BANDS_MAX);
  const kept = new Map(
    shown.flatMap((name) => {
      const look = before.get(name);
      return look === undefined ? [] : [[name, look] as const];
    }),
  );
  const taken = new Set(kept.values());
  let next = 0;
  return new Map(
    shown.map((name) => {
      const look = kept.get(name);
      if (look !== undefined) return [name, look] as const;
      while (taken.has(next)) next += 1;
      taken.add(next);
      return [name, next] as const;
    }),
  );
}

/** The same looks in the same order, as often as that is so. */
export function settledLooks(before: Looks, busiest: readonly string[]): Looks {
  const next = assignLooks(before, busiest);
  const isSame = next.size === before.size && [...next.keys()].every((name) => before.has(name));
  return isSame ? before : next;
}
