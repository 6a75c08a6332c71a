import { HearsayError } from "../../core/errors.ts";
import type { TestClusterOptions } from "./cluster-api.ts";

type Check = (value: unknown) => string | undefined;

const wholeFrom =
  (least: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least
      ? undefined
      : `must be a whole number from ${least} on`;

const oneOf =
  (...names: readonly string[]): Check =>
  (value) =>
    names.some((name) => name === value)
      ? undefined
      : `must be ${names.map((name) => `"${name}"`).join(" or ")}`;

const isNodes: Check = (value) => {
  const rule = "must be a whole number from 0 on, or a list of names";
  if (Array.isArray(value)) {
    return value.every((name) => typeof name === "string") ? undefined : rule;
  }
  return wholeFrom(0)(value) === undefined ? undefined : rule;
};

const isLimit: Check = (value) =>
  typeof value === "number" && value >= 0 ? undefined : "must be milliseconds, 0 or more";

const isFunction: Check = (value) =>
  typeof value === "function" ? undefined : "must be a function";

const isObject: Check = (value) =>
  typeof value === "object" && value !== null ? undefined : "must be an object";

const isChoice: Check = (value) =>
  isFunction(value) === undefined || isObject(value) === undefined
    ? undefined
    : "must be options, or a function that gives them by name";

const checks: { readonly [Name in keyof TestClusterOptions]-?: Check } = {
  nodes: isNodes,
  seed: wholeFrom(0),
  network: isObject,
  options: isChoice,
  setup: isFunction,
  join: oneOf("seeds", "none"),
  messages: oneOf("objects", "bytes"),
  formLimitMs: isLimit,
  traceEventsCount: wholeFrom(0),
};

/**
 * What a type checker would have said, to those who have none or who made a slip.
 * @throws HearsayError CONFIG_OPTION
 */
export function checkClusterOptions(options: TestClusterOptions<unknown>): void {
  const known = new Map<string, Check>(Object.entries(checks));
  for (const [name, value] of Object.entries(options)) {
    const check = known.get(name);
    if (check === undefined) {
      const names = [...known.keys()].join(", ");
      throw new HearsayError("CONFIG_OPTION", `${name} is no option of a test cluster: ${names}`);
    }
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined) {
      throw new HearsayError("CONFIG_OPTION", `${name} is ${textOf(value)}, but ${problem}`);
    }
  }
  if (options.nodes === undefined) {
    throw new HearsayError("CONFIG_OPTION", "nodes is missing: say how many, or their names");
  }
}

function textOf(value: unknown): string {
  // JSON has no NaN.
  if (typeof value === "string" || typeof value === "number") return `${value}`;
  return JSON.stringify(value) ?? typeof value;
}
