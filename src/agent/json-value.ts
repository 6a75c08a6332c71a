/**
 * Values of topics as JSON. What JSON cannot say travels as an object with one reserved name:
 * `{"$bytes": "<base64>"}`, `{"$bigint": "12"}`, `{"$date": "<ISO 8601>"}`, `{"$number": "NaN"}`.
 * A value that looks like one of these itself is wrapped: `{"$plain": {…}}`.
 */
import { HearsayError } from "../core/errors.ts";
import { agentDefaults } from "./agent.options.ts";

const reserved = new Set(["$bytes", "$bigint", "$date", "$number", "$plain"]);
const strangeNumbers = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);
const bigintPattern = /^-?[0-9]{1,40}$/;
const depthMaxCount = agentDefaults.valueDepthMaxCount;

/** A value of a topic as plain JSON. Too deep parts become `null`: it may come from anybody. */
export function toJson(value: unknown): unknown {
  return toJsonAt(value, 0);
}

function toJsonAt(value: unknown, depth: number): unknown {
  if (depth > depthMaxCount || value === undefined || value === null) return null;
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? "-0" : String(value) };
    case "bigint":
      return { $bigint: value.toString() };
    case "object":
      return objectToJson(value, depth);
    default:
      return null;
  }
}

function objectToJson(value: object, depth: number): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Date) {
    return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  }
  if (Array.isArray(value)) return value.map((item) => toJsonAt(item, depth + 1));
  const plain = Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, toJsonAt(item, depth + 1)]),
  );
  return reservedName(plain) === undefined ? plain : { $plain: plain };
}

/**
 * The value that `toJson` wrote, or that a person typed.
 * @throws HearsayError ADMIN_BAD_REQUEST when a reserved name holds no such value, or too deep.
 */
export function fromJson(json: unknown): unknown {
  return fromJsonAt(json, 0);
}

function fromJsonAt(json: unknown, depth: number): unknown {
  if (depth > depthMaxCount) {
    throw new HearsayError(
      "ADMIN_BAD_REQUEST",
      `A value may be nested ${depthMaxCount} deep; send a flatter one.`,
    );
  }
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map((item) => fromJsonAt(item, depth + 1));
  const name = reservedName(json);
  if (name === "$plain") return plainFromJson(Object.values(json)[0], depth + 1);
  return name === undefined ? plainFromJson(json, depth) : signFromJson(name, json);
}

function plainFromJson(json: unknown, depth: number): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw badSign("$plain", "an object");
  }
  return Object.fromEntries(
    Object.entries(json).map(([name, item]) => [name, fromJsonAt(item, depth + 1)]),
  );
}

function signFromJson(name: string, json: object): unknown {
  const text: unknown = Object.values(json)[0];
  switch (name) {
    case "$bytes": {
      const bytes = typeof text === "string" ? base64Bytes(text) : undefined;
      if (bytes === undefined) throw badSign(name, "base64");
      return bytes;
    }
    case "$bigint":
      if (typeof text !== "string" || !bigintPattern.test(text)) {
        throw badSign(name, "a whole number of at most 40 digits, as text");
      }
      return BigInt(text);
    case "$date": {
      const date = new Date(typeof text === "string" ? text : Number.NaN);
      if (text !== null && Number.isNaN(date.getTime())) throw badSign(name, "an ISO 8601 date");
      return date;
    }
    default: {
      const number = strangeNumbers.get(String(text));
      if (number === undefined) throw badSign(name, "NaN, Infinity, -Infinity or -0");
      return number;
    }
  }
}

/** Bytes of strict base64; undefined for anything else (Node skips what it does not know). */
export function base64Bytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined;
}

function reservedName(object: object): string | undefined {
  const names = Object.keys(object);
  const [name] = names;
  return names.length === 1 && name !== undefined && reserved.has(name) ? name : undefined;
}

function badSign(name: string, wanted: string): HearsayError {
  return new HearsayError("ADMIN_BAD_REQUEST", `"${name}" must hold ${wanted}.`);
}
