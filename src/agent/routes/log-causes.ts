import type { PublicDot } from "../../node/api.ts";

/** Direct causes that an operation names: more were written at the same time. [because: 2 KiB] */
const CAUSES_MAX_COUNT = 32;
/** Operations that nothing has come after yet, as a list remembers them: the last ones. */
const HEADS_MAX_COUNT = 1_024;

/** Of this life or of any other: remote ones are not believed to be an `Origin`. */
export interface NamedDot {
  readonly origin: string;
  readonly seq: number;
}

/** What an operation came after directly: none of them came after another. */
export interface Causes {
  readonly causes: readonly NamedDot[];
  /** So many more, of long ago, are not named. Absent when none. */
  readonly causesLeftOut?: number;
}

interface Caused {
  readonly dot: PublicDot;
  /** Absent where its author did not say. */
  readonly causes?: readonly NamedDot[] | undefined;
}

/** Of what was seen, those that nothing seen has come after; in the order of `entries`. */
export function headsOf(
  entries: readonly Caused[],
  seen: { has(dot: PublicDot): boolean },
): NamedDot[] {
  const known = entries.filter(({ dot }) => seen.has(dot));
  const covered = new NumbersByOrigin();
  for (const { causes = [] } of known) for (const cause of causes) covered.add(cause);
  return known.map(({ dot }) => dot).filter((dot) => !covered.has(dot));
}

/** The same, with one more entry: as cheap as there are few of them. */
export function headsAfter(heads: readonly NamedDot[], { causes = [], dot }: Caused): NamedDot[] {
  const covered = new NumbersByOrigin();
  for (const cause of causes) covered.add(cause);
  const left = heads.filter((head) => !covered.has(head));
  return [...left, { origin: dot.origin, seq: dot.seq }].slice(-HEADS_MAX_COUNT);
}

/** The last of them, and how many those are not. */
export function namedCauses(heads: readonly NamedDot[]): Causes {
  const causes = heads.slice(-CAUSES_MAX_COUNT);
  const causesLeftOut = heads.length - causes.length;
  return causesLeftOut === 0 ? { causes } : { causes, causesLeftOut };
}

/** Of an operation, as its author says; undefined when it does not, or nothing that makes sense. */
export function causesIn(operation: { readonly [name: string]: unknown }): Causes | undefined {
  const { causes, causesLeftOut } = operation;
  if (!Array.isArray(causes) || causes.length > CAUSES_MAX_COUNT) return undefined;
  const named = causes.flatMap((one: unknown) => dotIn(one) ?? []);
  if (named.length < causes.length) return undefined;
  const isMore = Number.isSafeInteger(causesLeftOut) && Number(causesLeftOut) > 0;
  return isMore ? { causes: named, causesLeftOut: Number(causesLeftOut) } : { causes: named };
}

function dotIn(one: unknown): NamedDot | undefined {
  if (typeof one !== "object" || one === null || !("origin" in one && "seq" in one)) {
    return undefined;
  }
  const { origin, seq } = one;
  if (typeof origin !== "string" || typeof seq !== "number") return undefined;
  return origin.length <= 256 && Number.isSafeInteger(seq) && seq > 0 ? { origin, seq } : undefined;
}

/** Ten thousand of them are made for one answer: texts of both would take three times as long. */
class NumbersByOrigin {
  private readonly numbers = new Map<string, Set<number>>();

  add({ origin, seq }: NamedDot): void {
    const known = this.numbers.get(origin);
    if (known === undefined) this.numbers.set(origin, new Set([seq]));
    else known.add(seq);
  }

  has({ origin, seq }: NamedDot): boolean {
    return this.numbers.get(origin)?.has(seq) === true;
  }
}
