/** Values that a JSON schema allows, now and then spoilt by one that it may not. */
import fc from "fast-check";

/** As much of JSON Schema as the admin API's document speaks. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** Fields that say how long to wait: a test has little time. */
const WAITS = new Set(["timeoutMs", "waitMs"]);
const WAIT_MAX_MS = 20;
const TEXT_MAX_LENGTH = 40;

const hasMarker = /[$_]/;

/** Any JSON, with the names that this API, or the language, takes for something special. */
export const wild: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    { $bytes: "AAAA" },
    { $bytes: "no base64" },
    { $bigint: "1e9" },
    { $date: "never" },
    { $plain: { $bytes: 1 } },
    { __proto__: null, constructor: { prototype: 1 } },
    "\u0000",
    "\ud800",
    1e308,
    -0,
  ),
  fc.dictionary(
    fc.string().filter((name) => hasMarker.test(name)),
    fc.jsonValue({ maxDepth: 1 }),
  ),
);

export const texts = fc.oneof(
  fc.string({ maxLength: TEXT_MAX_LENGTH }),
  fc.string({ unit: "binary", maxLength: TEXT_MAX_LENGTH }),
  fc.constantFrom("p1", "k", "t", "store", "log", "*", "a/b", "..", "%2e", "~", "x".repeat(700)),
);

export function allowedBy(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(allowedBy));
  switch (schema.type) {
    case "string": {
      const { maxLength = TEXT_MAX_LENGTH, minLength = 0 } = schema;
      return texts.filter(({ length }) => length >= minLength && length <= maxLength);
    }
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number": {
      const { maximum = 1_000_000, minimum = 0 } = schema;
      return fc.integer({ min: minimum, max: Math.min(maximum, 1_000_000) });
    }
    case "array":
      return fc.array(allowedBy(schema.items ?? {}), { minLength: 1, maxLength: 3 });
    case "object":
      return objects(schema);
    default:
      return wild;
  }
}

/** Mostly allowed; else one field is another value, or all of it is. */
export function nearly(schema: Schema): fc.Arbitrary<unknown> {
  const allowed = allowedBy(schema);
  const spoilt = fc
    .tuple(allowed, fc.nat(), wild)
    .map(([value, at, other]) => spoil(value, at, other));
  return fc.oneof({ weight: 6, arbitrary: allowed }, { weight: 2, arbitrary: spoilt }, wild);
}

function spoil(value: unknown, at: number, other: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return other;
  const names = Object.keys(value).filter((name) => !WAITS.has(name));
  const name = names[at % (names.length + 1)] ?? "unheardOf";
  return { ...value, [name]: other };
}

function objects({ additionalProperties, properties, required }: Schema): fc.Arbitrary<unknown> {
  if (properties === undefined) {
    const values = typeof additionalProperties === "object" ? additionalProperties : {};
    return fc.dictionary(texts, allowedBy(values), { maxKeys: 3 });
  }
  const waits = Object.keys(properties).filter((name) => WAITS.has(name));
  const fields = Object.entries(properties).map(([name, schema]) => {
    const arbitrary = WAITS.has(name)
      ? fc.integer({ min: 1, max: WAIT_MAX_MS })
      : allowedBy(schema);
    return [name, arbitrary] as const;
  });
  // A list of an API has no order, and so the same seed must not depend on one.
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...(required ?? []), ...waits] });
}
