/**
 * Everything that an object holds, counted by where it is held: no table of a node escapes, and a
 * new one is found without being named here.
 */

export interface Holding {
  /** The class and field of each step on the way. */
  readonly path: string;
  /** Entries of the largest collection at that path. */
  readonly largest: number;
  /** Entries of all collections at that path. */
  readonly total: number;
}

interface Visit {
  readonly value: object;
  readonly path: string;
}

/** Collections that hold at least `leastCount` entries, the largest first. */
export function census(root: object, leastCount = 1): Holding[] {
  const seen = new Set<object>([root]);
  const found = new Map<string, { largest: number; total: number }>();
  const waiting: Visit[] = [{ value: root, path: "" }];
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    const size = sizeOf(visit.value);
    if (size !== undefined) {
      const sums = found.get(visit.path) ?? { largest: 0, total: 0 };
      sums.largest = Math.max(sums.largest, size);
      sums.total += size;
      found.set(visit.path, sums);
    }
    for (const next of insideOf(visit)) {
      if (seen.has(next.value)) continue;
      seen.add(next.value);
      waiting.push(next);
    }
  }
  return [...found]
    .map(([path, sums]) => ({ path, ...sums }))
    .filter(({ largest }) => largest >= leastCount)
    .sort((a, b) => b.largest - a.largest || (a.path < b.path ? -1 : 1));
}

function sizeOf(value: object): number | undefined {
  if (value instanceof Map || value instanceof Set) return value.size;
  return Array.isArray(value) ? value.length : undefined;
}

function insideOf({ value, path }: Visit): Visit[] {
  const inside: Visit[] = [];
  const add = (child: unknown, step: string): void => {
    if (typeof child === "object" && child !== null) inside.push({ value: child, path: step });
  };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return inside;
  if (value instanceof Map) {
    for (const [key, entry] of value) {
      add(key, `${path}[key]`);
      add(entry, `${path}[]`);
    }
    return inside;
  }
  if (value instanceof Set || Array.isArray(value)) {
    for (const entry of value) add(entry, `${path}[]`);
    return inside;
  }
  const name = value.constructor?.name ?? "";
  // A class stands for where it is: however a node is built, its tables have the same names.
  const here = name === "" || name === "Object" ? path : name;
  for (const [field, child] of Object.entries(value)) add(child, `${here}.${field}`);
  return inside;
}
