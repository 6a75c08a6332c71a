import { assert } from "./assert.ts";
import { HearsayError } from "./errors.ts";

/** An option whose value is one of several names; the first one is the default. */
export interface OneOf<Name extends string> {
  readonly names: readonly [Name, ...Name[]];
}

/** For a constant of defaults: `mode: oneOf("push", "pull")`. */
export function oneOf<const Name extends string>(first: Name, ...others: Name[]): OneOf<Name> {
  return Object.freeze({ names: Object.freeze([first, ...others] as const) });
}

type OptionDefault = number | string | OneOf<string>;
export type OptionDefaults = Readonly<Record<string, OptionDefault>>;

type OptionValue<Default> =
  Default extends OneOf<infer Name> ? Name : Default extends number ? number : Default;

/**
 * The type of a slice's options, read off its constant of defaults. Homomorphic, so that the doc
 * comments on the constant show on the derived properties.
 */
export type OptionsOf<Defaults> = { readonly [K in keyof Defaults]: OptionValue<Defaults[K]> };

/** What a user may give: some of the options. */
export type GivenOptions<Defaults> =
  | { readonly [K in keyof Defaults]?: OptionValue<Defaults[K]> | undefined }
  | Readonly<Record<string, number | string | undefined>>;

/** A rule across fields: returns what is wrong and how to mend it, or undefined. */
export type OptionsCheck<Defaults> = (options: OptionsOf<Defaults>) => string | undefined;

interface Unit {
  readonly suffix: string;
  readonly rule: string;
  holds(value: number): boolean;
}

/** The unit a name ends in is its schema. */
const units: readonly Unit[] = [
  {
    suffix: "Ms",
    rule: "a finite number of milliseconds, 0 or more",
    holds: (value) => Number.isFinite(value) && value >= 0,
  },
  {
    suffix: "Bytes",
    rule: "a whole number of bytes, 0 or more",
    holds: (value) => Number.isSafeInteger(value) && value >= 0,
  },
  {
    suffix: "Count",
    rule: "a whole number, 0 or more",
    holds: (value) => Number.isSafeInteger(value) && value >= 0,
  },
  {
    suffix: "PerSecond",
    rule: "a finite number, 0 or more",
    holds: (value) => Number.isFinite(value) && value >= 0,
  },
  { suffix: "Ratio", rule: "a number from 0 to 1", holds: (value) => value >= 0 && value <= 1 },
  {
    suffix: "Multiplier",
    rule: "a finite number above 0",
    holds: (value) => Number.isFinite(value) && value > 0,
  },
  {
    suffix: "Level",
    rule: "a finite number above 0",
    holds: (value) => Number.isFinite(value) && value > 0,
  },
];

/**
 * Defaults with what was given laid over them, checked and frozen. `undefined` means the default.
 * @throws HearsayError CONFIG_OPTION names the slice, the option, the value and the fix.
 */
export function resolveOptions<const Defaults extends OptionDefaults>(
  slice: string,
  defaults: Defaults,
  given?: GivenOptions<Defaults>,
  check?: OptionsCheck<Defaults>,
): OptionsOf<Defaults>;
export function resolveOptions(
  slice: string,
  defaults: OptionDefaults,
  given: Readonly<Record<string, unknown>> = {},
  check?: (options: Readonly<Record<string, number | string>>) => string | undefined,
): Readonly<Record<string, number | string>> {
  refuseUnknown(slice, defaults, given);
  const resolved: Record<string, number | string> = {};
  for (const [name, standard] of Object.entries(defaults)) {
    resolved[name] = resolveOne(`${slice}.${name}`, standard, given[name]);
  }
  const problem = check?.(resolved);
  if (problem !== undefined) throw new HearsayError("CONFIG_OPTION", `${slice}: ${problem}`);
  return Object.freeze(resolved);
}

function refuseUnknown(slice: string, defaults: OptionDefaults, given: object): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(defaults, name)) continue;
    const near = nearest(name, Object.keys(defaults));
    const hint =
      near === undefined ? `Known: ${Object.keys(defaults).join(", ")}.` : `Did you mean ${near}?`;
    throw new HearsayError("CONFIG_OPTION", `${slice}.${name} is no option. ${hint}`);
  }
}

function resolveOne(name: string, standard: OptionDefault, given: unknown): number | string {
  if (typeof standard === "number") return resolveNumber(name, standard, given);
  if (typeof standard === "string") {
    if (given === undefined) return standard;
    if (typeof given === "string") return given;
    return refuse(name, given, "a text");
  }
  const [first] = standard.names;
  if (given === undefined) return first;
  const found = standard.names.find((one) => one === given);
  return found ?? refuse(name, given, `one of ${standard.names.map(show).join(", ")}`);
}

function resolveNumber(name: string, standard: number, given: unknown): number {
  const unit = units.find((one) => name.endsWith(one.suffix));
  assert(unit !== undefined, `${name} ends in no unit; see core/options.ts`);
  assert(unit.holds(standard), `the default of ${name} must be ${unit.rule}`);
  if (given === undefined) return standard;
  if (typeof given === "number" && unit.holds(given)) return given;
  return refuse(name, given, `${unit.rule}; the default is ${standard}`);
}

function refuse(name: string, given: unknown, rule: string): never {
  throw new HearsayError("CONFIG_OPTION", `${name} is ${show(given)}, but must be ${rule}.`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The known name closest to `name`, if it could be a slip of the fingers. */
function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const one of known) {
    const distance = editDistance(name.toLowerCase(), one.toLowerCase());
    if (distance < bestDistance) {
      best = one;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
