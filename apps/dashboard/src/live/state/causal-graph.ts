import type { LogEntryAnswer } from "../../../../../src/agent/routes/logs.messages.ts";

type Dot = LogEntryAnswer["dot"];

/** From a direct cause to its effect, by their rows. */
export interface CausalArrow {
  readonly from: number;
  readonly to: number;
}

export interface CausalRow {
  readonly entry: LogEntryAnswer;
  /** Of its writer; the first is 0. */
  readonly lane: number;
  /** Rows of its direct causes that are shown, ascending. */
  readonly causes: readonly number[];
  /** Direct causes that are not shown: they stand before, or were not named. */
  readonly hiddenCount: number;
  /** Rows of all that it came after. */
  readonly past: ReadonlySet<number>;
}

/** Operations as a node executed them, and what came after what. */
export interface CausalGraph {
  /** Who wrote, in the order of names. */
  readonly lanes: readonly string[];
  readonly rows: readonly CausalRow[];
  readonly arrows: readonly CausalArrow[];
}

/**
 * Arrows are the transitive reduction of what came after what: between two operations that no way
 * of arrows joins, neither author knew of the other's.
 */
export function causalGraph(entries: readonly LogEntryAnswer[]): CausalGraph {
  const lanes = [...new Set(entries.map(({ from }) => from))].sort();
  const rowOf = new Map(entries.map(({ dot }, row) => [nameOf(dot), row]));
  const rows: CausalRow[] = [];
  for (const [row, entry] of entries.entries()) {
    const { causes = [], causesLeftOut = 0, from } = entry;
    const named = causes.map((dot) => rowOf.get(nameOf(dot)) ?? Number.POSITIVE_INFINITY);
    // A cause was executed before its effect; who says otherwise is not believed.
    const shown = [...new Set(named.filter((cause) => cause < row))].sort((a, b) => a - b);
    const pastOf = (cause: number): ReadonlySet<number> => rows[cause]?.past ?? new Set();
    const isDirect = (cause: number): boolean => !shown.some((other) => pastOf(other).has(cause));
    rows.push({
      entry,
      lane: lanes.indexOf(from),
      causes: shown.filter(isDirect),
      hiddenCount: causes.length - shown.length + causesLeftOut,
      past: new Set(shown.flatMap((cause) => [cause, ...pastOf(cause)])),
    });
  }
  const arrows = rows.flatMap(({ causes }, to) => causes.map((from) => ({ from, to })));
  return { lanes, rows, arrows };
}

/**
 * Rows of which none came after the other. Of operations before the first one that is shown, and of
 * those whose authors did not say, nothing is known.
 */
export function concurrentWith({ rows }: CausalGraph, row: number): number[] {
  const one = rows[row];
  if (one?.entry.causes === undefined) return [];
  const others = [...rows.keys()].filter((other) => other !== row);
  return others.filter((other) => {
    const isKnown = rows[other]?.entry.causes !== undefined;
    return isKnown && !one.past.has(other) && rows[other]?.past.has(row) === false;
  });
}

function nameOf({ origin, seq }: Dot): string {
  return `${seq} ${origin}`;
}
