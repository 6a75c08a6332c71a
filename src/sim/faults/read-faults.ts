import { HearsayError } from "../../core/errors.ts";
import { invalid, isRecord, JsonFields, numberRules } from "../scenario/json-fields.ts";
import type { Fault, FaultDeed, FaultTime, FaultVerb, NodeChoice } from "./fault.ts";
import { readLatency } from "./read-latency.ts";

type Deed = FaultDeed<NodeChoice>;
type Reader = (fields: JsonFields, verb: FaultVerb) => Deed;

/** Bound on one line of a plan, so that a slip of the fingers does not fill the memory. */
const TIMES_MAX_COUNT = 100_000;

/** Reads what each verb needs beside its time. Adding a verb is a line here and in the applier. */
const readers: Readonly<Record<FaultVerb, Reader>> = {
  crash: (fields) => ({
    do: "crash",
    nodes: readNodes(fields, "nodes"),
    what: fields.oneOf("what", ["process", "machine"], "process"),
    disk: readDisk(fields),
    address: readAddress(fields),
  }),
  restart: (fields) => ({
    do: "restart",
    nodes: readNodes(fields, "nodes"),
    disk: readDisk(fields),
    address: readAddress(fields),
    ...(fields.has("label") ? { label: fields.text("label") } : {}),
  }),
  pause: (fields) => ({ do: "pause", nodes: readNodes(fields, "nodes") }),
  resume: (fields) => ({ do: "resume", nodes: readNodes(fields, "nodes") }),
  block: (fields) => ({ do: "block", nodes: readNodes(fields, "nodes") }),
  unblock: (fields) => ({ do: "unblock", nodes: readNodes(fields, "nodes") }),
  partition: (fields) => ({ do: "partition", sides: readSides(fields) }),
  heal: () => ({ do: "heal" }),
  cut: (fields) => ({ do: "cut", ...readPath(fields), ...readDirection(fields) }),
  mend: (fields) => ({ do: "mend", ...readPath(fields), ...readDirection(fields) }),
  clog: (fields) => ({ do: "clog", ...readPath(fields) }),
  lose: (fields) => ({ do: "lose", ratio: fields.number("ratio", numberRules.ratio) }),
  duplicate: (fields) => ({ do: "duplicate", ratio: fields.number("ratio", numberRules.ratio) }),
  reorder: (fields) => ({
    do: "reorder",
    ratio: fields.number("ratio", numberRules.ratio),
    mostMs: fields.number("mostMs", numberRules.ms, 50),
  }),
  latency: (fields) => ({
    do: "latency",
    latency: readLatency(fields.raw("latency"), fields.at("latency")),
  }),
  bandwidth: (fields) => ({
    do: "bandwidth",
    bytesPerSecond: fields.number("bytesPerSecond", numberRules.count),
  }),
  skew: (fields) => ({
    do: "skew",
    nodes: readNodes(fields, "nodes"),
    byMs: fields.number("byMs", { ...numberRules.any, isWhole: true, text: "whole milliseconds" }),
  }),
  drift: (fields) => ({
    do: "drift",
    nodes: readNodes(fields, "nodes"),
    rate: fields.number("rate", { least: 0.01, most: 100, isWhole: false, text: "0.01 to 100" }),
  }),
};

export const faultVerbs: readonly FaultVerb[] = Object.keys(readers).filter(isVerb);

/** These are moments: they have no end. */
const momentary: ReadonlySet<FaultVerb> = new Set(["restart", "resume", "unblock", "heal", "mend"]);

/**
 * Checks a fault plan as a scenario file has it.
 * @throws HearsayError SCENARIO_INVALID names the field, its value and what it must be.
 */
export function readFaults(list: readonly { value: unknown; path: string }[]): Fault[] {
  return list.map(({ value, path }) => {
    const fields = new JsonFields(value, path);
    const verb = fields.oneOf("do", faultVerbs);
    const fault = { ...readTime(fields, verb), ...readers[verb](fields, verb) };
    fields.refuseOthers();
    return fault;
  });
}

/** `atMs`, `forMs`, `everyMs`, `timesCount`: also of the lines of a workload. */
export function readRepetition(fields: JsonFields): Omit<FaultTime, "forMs"> {
  const atMs = fields.number("atMs", numberRules.ms);
  if (!fields.has("everyMs") && !fields.has("timesCount")) return { atMs };
  const everyMs = fields.number("everyMs", { ...numberRules.ms, least: 0.001, text: "above 0 ms" });
  const rule = { ...numberRules.positive, most: TIMES_MAX_COUNT, text: "1 to 100,000" };
  return { atMs, everyMs, timesCount: fields.number("timesCount", rule) };
}

function readTime(fields: JsonFields, verb: FaultVerb): FaultTime {
  const repetition = readRepetition(fields);
  if (!fields.has("forMs")) {
    if (verb !== "clog") return repetition;
    throw invalid(fields.at("forMs"), undefined, "how long it lasts: a clog must end");
  }
  if (momentary.has(verb)) {
    const problem = `${fields.at("forMs")} means nothing: "${verb}" is over at once. Remove it.`;
    throw new HearsayError("SCENARIO_INVALID", problem);
  }
  const forMs = fields.number("forMs", { ...numberRules.ms, least: 0.001, text: "above 0 ms" });
  return { ...repetition, forMs };
}

/** Whom it strikes; see `NodeChoice`. */
export function readNodes(fields: JsonFields, name: string, fallback?: string): NodeChoice {
  const value = fields.raw(name) ?? fallback;
  return readChoice(value, fields.at(name));
}

export function readChoice(value: unknown, path: string): NodeChoice {
  if (typeof value === "string" && value !== "") return value;
  if (Array.isArray(value)) {
    const numbers: readonly unknown[] = value;
    if (numbers.every(isNodeNumber)) return numbers;
  }
  if (isRecord(value)) {
    const fields = new JsonFields(value, path);
    const choice = fields.has("ratio")
      ? { ratio: fields.number("ratio", numberRules.ratio) }
      : { count: fields.number("count", numberRules.positive) };
    fields.refuseOthers();
    return choice;
  }
  const rule = 'a group\'s name, a list of node numbers, { "count": 3 } or { "ratio": 0.1 }';
  throw invalid(path, value, rule);
}

function readSides(fields: JsonFields): readonly NodeChoice[] {
  const list = fields.list("sides");
  if (list.length === 0) {
    throw invalid(fields.at("sides"), fields.raw("sides"), "a list of one group of nodes or more");
  }
  return list.map(({ value, path }) => readChoice(value, path));
}

function readPath(fields: JsonFields): { readonly from: NodeChoice; readonly to: NodeChoice } {
  return { from: readNodes(fields, "from"), to: readNodes(fields, "to") };
}

function readDirection(fields: JsonFields): { readonly direction: "oneWay" | "both" } {
  return { direction: fields.oneOf("direction", ["oneWay", "both"], "oneWay") };
}

function readDisk(fields: JsonFields): "kept" | "lost" {
  return fields.oneOf("disk", ["kept", "lost"], "kept");
}

function readAddress(fields: JsonFields): "kept" | "new" {
  return fields.oneOf("address", ["kept", "new"], "kept");
}

function isNodeNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isVerb(name: string): name is FaultVerb {
  return Object.hasOwn(readers, name);
}
