import { HearsayError } from "../../core/errors.ts";

/** What a number in a scenario must be. */
export interface NumberRule {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
  /** How the message says it. */
  readonly text: string;
}

/** Far beyond any simulation, and still exact in milliseconds. */
const MS_MAX = 1e12;
const COUNT_MAX = 100_000_000;

export const numberRules = {
  ms: { least: 0, most: MS_MAX, isWhole: false, text: "a number of milliseconds, 0 to 10^12" },
  count: { least: 0, most: COUNT_MAX, isWhole: true, text: "a whole number, 0 to 100,000,000" },
  positive: { least: 1, most: COUNT_MAX, isWhole: true, text: "a whole number, 1 to 100,000,000" },
  ratio: { least: 0, most: 1, isWhole: false, text: "a number from 0 to 1" },
  any: { least: -MS_MAX, most: MS_MAX, isWhole: false, text: "a number, -10^12 to 10^12" },
} as const satisfies Readonly<Record<string, NumberRule>>;

/**
 * Reads one JSON object of a scenario, field by field. Every complaint names the field by its path
 * and what it must be, for a scenario is written by hand.
 */
export class JsonFields {
  readonly path: string;
  private readonly fields: Readonly<Record<string, unknown>>;
  private readonly read = new Set<string>();

  /** @throws HearsayError SCENARIO_INVALID when `value` is no object. */
  constructor(value: unknown, path: string) {
    if (!isRecord(value)) throw invalid(path, value, "an object { … }");
    this.path = path;
    this.fields = value;
  }

  has(name: string): boolean {
    this.read.add(name);
    return this.fields[name] !== undefined;
  }

  /** The field as it stands; for what another reader checks. */
  raw(name: string): unknown {
    this.read.add(name);
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }

  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  number(name: string, rule: NumberRule, fallback?: number): number {
    const value = this.raw(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const isNumber = typeof value === "number" && Number.isFinite(value);
    if (isNumber && value >= rule.least && value <= rule.most) {
      if (!rule.isWhole || Number.isInteger(value)) return value;
    }
    throw invalid(this.at(name), value, rule.text);
  }

  text(name: string, fallback?: string): string {
    const value = this.raw(name);
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === "string" && value !== "") return value;
    throw invalid(this.at(name), value, "a text in quotes");
  }

  oneOf<const Name extends string>(name: string, names: readonly Name[], fallback?: Name): Name {
    const value = this.raw(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const found = names.find((one) => one === value);
    if (found !== undefined) return found;
    throw invalid(this.at(name), value, `one of ${names.map((one) => `"${one}"`).join(", ")}`);
  }

  object(name: string): JsonFields {
    return new JsonFields(this.raw(name) ?? {}, this.at(name));
  }

  /** Each element with its path; an absent list is empty. */
  list(name: string): { readonly value: unknown; readonly path: string }[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw invalid(this.at(name), value, "a list [ … ]");
    return value.map((one: unknown, index) => ({ value: one, path: `${this.at(name)}[${index}]` }));
  }

  /** The names of all fields; reads none of them. */
  names(): string[] {
    return Object.keys(this.fields);
  }

  /** To be called last: refuses a field that nobody read, which is a slip of the fingers. */
  refuseOthers(): void {
    const other = Object.keys(this.fields).find((name) => !this.read.has(name));
    if (other === undefined) return;
    const known = [...this.read].sort().join(", ");
    const problem = `${this.at(other)} is no field here. Known: ${known}.`;
    throw new HearsayError("SCENARIO_INVALID", problem);
  }
}

/** @returns the error for a field that is not what it must be. */
export function invalid(path: string, value: unknown, rule: string): HearsayError {
  const where = path === "" ? "the scenario" : path;
  const problem = `${where} is ${shown(value)}, but must be ${rule}.`;
  return new HearsayError("SCENARIO_INVALID", problem);
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
