import { type OptionDefaults, resolveOptions } from "../../core/options.ts";
import { type CheckerName, checkerCatalog } from "../checkers/catalog.ts";
import type { NodeChoice } from "../faults/fault.ts";
import { NodeDraw, planFaults } from "../faults/plan-faults.ts";
import { readChoice, readFaults, readNodes, readRepetition } from "../faults/read-faults.ts";
import { readLatency } from "../faults/read-latency.ts";
import { simDefaults } from "../sim.options.ts";
import { invalid, isRecord, JsonFields, type NumberRule, numberRules } from "./json-fields.ts";
import type { Deed, Forming, Given, Healing, Scenario, Task } from "./scenario.ts";
import { prepareStack, readProtocols } from "./stacks.ts";

const nodesRule: NumberRule = {
  least: 1,
  most: 1_000_000,
  isWhole: true,
  text: "a whole number of nodes, 1 to 1,000,000",
};
const bytesRule: NumberRule = {
  least: 1,
  most: 1_048_576,
  isWhole: true,
  text: "a number of bytes, 1 to 1,048,576",
};
/** As far as `--seed` goes, so that a failing seed can be written out. */
const seedRule: NumberRule = {
  least: 0,
  most: 999_999_999_999_999,
  isWhole: true,
  text: "a whole number, 0 to 999,999,999,999,999",
};
const deeds = ["publish", "leave"] as const;
const SEEDS_COUNT = 3;
const FORM_MS = 120_000;
const SAMPLE_MS = 1_000;
const QUIET_MS = 5_000;

/**
 * Reads a scenario file's JSON. Everything is checked before anything runs: fields, options of the
 * slices by their own rules, and that every node named exists.
 * @throws HearsayError SCENARIO_INVALID or CONFIG_OPTION names the field and what it must be.
 */
export function readScenario(json: unknown, change: { readonly nodes?: number } = {}): Scenario {
  const fields = new JsonFields(json, "");
  const nodes = change.nodes ?? fields.number("nodes", nodesRule);
  const scenario: Scenario = {
    name: fields.text("name"),
    proves: fields.text("proves"),
    seed: fields.number("seed", seedRule, 1),
    nodes,
    protocols: readProtocols(fields.object("protocols")),
    profile: fields.oneOf("profile", ["lan", "wan", "local", "swift"], "lan"),
    options: readOptions(fields.object("options")),
    network: readNetwork(fields.object("network")),
    form: readForm(fields.object("form"), nodes),
    groups: readGroups(fields.object("groups")),
    durationMs: fields.number("durationMs", numberRules.ms),
    faults: readFaults(fields.list("faults")),
    workload: fields.list("workload").map(({ value, path }) => readTask(value, path)),
    ...(fields.has("heal") ? { heal: readHeal(fields.object("heal")) } : {}),
    sampleMs: fields.number("sampleMs", { ...numberRules.ms, least: 1 }, SAMPLE_MS),
    checkers: readCheckers(fields.object("checkers")),
  };
  // Reads the file's own number too, when another one is asked for.
  fields.raw("nodes");
  fields.refuseOthers();
  refuseNonsense(scenario);
  return scenario;
}

/** Who is who in a run of `scenario` with this seed. */
export function drawNodes(scenario: Scenario, seed: number): NodeDraw {
  return new NodeDraw(seed, scenario.nodes, new Map(Object.entries(scenario.groups)));
}

/** What can be seen only across fields. */
function refuseNonsense(scenario: Scenario): void {
  prepareStack(scenario);
  refuseLate("faults", scenario.faults, scenario);
  refuseLate("workload", scenario.workload, scenario);
  const draw = drawNodes(scenario, scenario.seed);
  planFaults(scenario.faults, draw);
  scenario.workload.forEach((task, at) => {
    const path = `workload[${at}]`;
    draw.resolve(task.nodes, `${path}.nodes`, path);
    if (task.do === "publish" && !scenario.protocols.exchange.includes("broadcast")) {
      throw invalid(`${path}.do`, task.do, 'possible: add "broadcast" to protocols.exchange');
    }
  });
  if (scenario.checkers.healing !== undefined && scenario.heal === undefined) {
    throw invalid("heal", undefined, 'there for checkers.healing, as { "withinMs": 60000 }');
  }
  if (scenario.form.seedsCount > scenario.nodes) {
    throw invalid("form.seedsCount", scenario.form.seedsCount, `at most ${scenario.nodes} (nodes)`);
  }
}

function refuseLate(
  name: string,
  lines: readonly { readonly atMs: number }[],
  { durationMs }: Scenario,
): void {
  for (const [at, { atMs }] of lines.entries()) {
    if (atMs <= durationMs) continue;
    throw invalid(`${name}[${at}].atMs`, atMs, `at most ${durationMs} (durationMs)`);
  }
}

function readOptions(fields: JsonFields): Scenario["options"] {
  const options: Record<string, Given> = {};
  for (const slice of fields.names()) {
    options[slice] = readGiven(fields.raw(slice), fields.at(slice));
  }
  return options;
}

function readGiven(value: unknown, path: string): Given {
  if (!isRecord(value)) throw invalid(path, value, "an object of options");
  const given: Record<string, number | string> = {};
  for (const [name, one] of Object.entries(value)) {
    if (typeof one !== "number" && typeof one !== "string") {
      throw invalid(`${path}.${name}`, one, "a number or a name in quotes");
    }
    given[name] = one;
  }
  return given;
}

function readNetwork(fields: JsonFields): Scenario["network"] {
  const numbers: Record<string, number> = {};
  for (const name of fields.names()) {
    if (name === "latency") continue;
    const value = fields.raw(name);
    if (typeof value !== "number") throw invalid(fields.at(name), value, "a number");
    numbers[name] = value;
  }
  resolveOptions("network", simDefaults, numbers);
  if (!fields.has("latency")) return numbers;
  return { ...numbers, latency: readLatency(fields.raw("latency"), fields.at("latency")) };
}

function readForm(fields: JsonFields, nodesCount: number): Forming {
  const form = {
    seedsCount: fields.number(
      "seedsCount",
      numberRules.positive,
      Math.min(SEEDS_COUNT, nodesCount),
    ),
    begin: fields.oneOf("begin", ["join", "known"], "join"),
    restarted: fields.oneOf("restarted", ["join", "remember"], "join"),
    spreadMs: fields.number("spreadMs", numberRules.ms, 0),
    withinMs: fields.number("withinMs", numberRules.ms, FORM_MS),
  };
  fields.refuseOthers();
  return form;
}

function readGroups(fields: JsonFields): Readonly<Record<string, NodeChoice>> {
  const groups: Record<string, NodeChoice> = {};
  for (const name of fields.names()) {
    if (name === "all" || name === "rest") {
      throw invalid(fields.at(name), name, "called otherwise: all and rest are there already");
    }
    groups[name] = readChoice(fields.raw(name), fields.at(name));
  }
  return groups;
}

function readTask(value: unknown, path: string): Task {
  const fields = new JsonFields(value, path);
  const verb = fields.oneOf("do", deeds);
  const nodes = readNodes(fields, "nodes", verb === "publish" ? "all" : undefined);
  const deed: Deed =
    verb === "leave" ? { do: verb, nodes } : { do: verb, nodes, bytes: readBytes(fields) };
  const task = { ...readRepetition(fields), ...deed };
  fields.refuseOthers();
  return task;
}

function readBytes(fields: JsonFields): number {
  return fields.number("bytes", bytesRule, 100);
}

function readHeal(fields: JsonFields): Healing {
  const heal = {
    withinMs: fields.number("withinMs", numberRules.ms),
    restart: fields.oneOf("restart", ["crashed", "none"], "crashed"),
    quietMs: fields.number("quietMs", numberRules.ms, QUIET_MS),
  };
  fields.refuseOthers();
  return heal;
}

function readCheckers(fields: JsonFields): Scenario["checkers"] {
  const checkers: Partial<Record<CheckerName, Readonly<Record<string, number>>>> = {};
  for (const name of checkerNames) {
    if (!fields.has(name)) continue;
    const given = readGiven(fields.raw(name), fields.at(name));
    checkers[name] = checkerOptions(name, given);
  }
  fields.refuseOthers();
  if (Object.keys(checkers).length > 0) return checkers;
  const known = checkerNames.join(", ");
  throw invalid("checkers", {}, `at least one of ${known}, or the scenario proves nothing`);
}

/** The numbers of a checker, by the same rules as any options. */
export function checkerOptions(name: CheckerName, given: Given): Readonly<Record<string, number>> {
  const defaults: OptionDefaults = checkerCatalog[name].defaults;
  const resolved: Record<string, number> = {};
  for (const [key, value] of Object.entries(resolveOptions(`checkers.${name}`, defaults, given))) {
    if (typeof value === "number") resolved[key] = value;
  }
  return resolved;
}

export const checkerNames: readonly CheckerName[] =
  Object.keys(checkerCatalog).filter(isCheckerName);

function isCheckerName(name: string): name is CheckerName {
  return Object.hasOwn(checkerCatalog, name);
}
