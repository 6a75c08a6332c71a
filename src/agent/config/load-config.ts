/** One configuration out of file, variables and flags: flags before variables before the file. */
import { z } from "zod";
import { assert } from "../../core/assert.ts";
import { HearsayError } from "../../core/errors.ts";
import { alertRulesOf, strangeSensors } from "./alert-rules.ts";
import { readFileLayer } from "./file-layer.ts";
import { type Given, type Layer, type Source, sourceText } from "./given.ts";
import {
  type AgentConfig,
  flagOf,
  type SettingKey,
  settingKeys,
  settingOf,
  settings,
  variableOf,
} from "./settings.ts";
import { type Environment, flagLayer, unknownVariables, variableLayer } from "./text-layers.ts";

export interface ConfigSources {
  /** `--config`; else the variable HEARSAY_CONFIG, else no file. */
  readonly file: string | undefined;
  readonly environment: Environment;
  readonly flags: ReadonlyMap<SettingKey, string | readonly string[]>;
}

export interface LoadedConfig {
  readonly config: AgentConfig;
  readonly sources: ReadonlyMap<SettingKey, Source>;
  /** What is no error and yet not as it should be. */
  readonly warnings: readonly string[];
}

/** Longest part of a value that an error shows. */
const SHOWN_MAX_LENGTH = 80;
/** Errors told at once. */
const ERRORS_MAX_COUNT = 10;

const shapes = Object.fromEntries(settingKeys.map((key) => [key, settings[key].schema.optional()]));
const configSchema = z.strictObject(shapes);

/**
 * @throws HearsayError CONFIG_OPTION that names each wrong key, its value, its place and the fix
 */
export function loadConfig({ environment, file, flags }: ConfigSources): LoadedConfig {
  const path = file ?? (environment["HEARSAY_CONFIG"] || undefined);
  const layers = [
    path === undefined ? new Map<SettingKey, Given>() : readFileLayer(path),
    variableLayer(environment),
    flagLayer(flags),
  ];
  // Each for itself, for a wrong value that another one hides is a wrong value all the same.
  const problems = layers.flatMap(problemsOf);
  if (problems.length > 0) throw refusal(problems);
  const given = new Map(layers.flatMap((layer) => [...layer]));
  const config: unknown = configSchema.parse(valuesOf(given));
  assert(isConfig(config), "what has been parsed is a configuration");
  const sources = new Map([...given].map(([key, { from }]) => [key, from]));
  const strange = strangeSensors(alertRulesOf(config["monitor.alerts"]));
  return { config, sources, warnings: [...warningsOf(given, environment), ...strange] };
}

/** Each key by the schema of its setting, which is where the type comes from. */
function isConfig(parsed: unknown): parsed is AgentConfig {
  return configSchema.safeParse(parsed).success;
}

function valuesOf(given: Layer): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
}

function problemsOf(given: Layer): readonly string[] {
  const { error } = configSchema.safeParse(valuesOf(given));
  const issues = error?.issues ?? [];
  return settingKeys.flatMap((key) => {
    const ofKey = issues.filter(({ path }) => path[0] === key);
    if (ofKey.length === 0) return [];
    const own = ofKey.flatMap(({ code, message }) => (code === "custom" ? [message] : []));
    return own.length > 0 ? [detailOf(key, given, own)] : [problemOf(key, given)];
  });
}

function refusal(problems: readonly string[]): HearsayError {
  const shown = problems.slice(0, ERRORS_MAX_COUNT);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  return new HearsayError("CONFIG_OPTION", `${shown.join("; ")}.`);
}

/** What a setting itself says is wrong: it names the part that is. */
function detailOf(key: SettingKey, given: Layer, details: readonly string[]): string {
  const from = given.get(key)?.from;
  const where = from === undefined ? "" : ` (${sourceText(from)})`;
  return `${key}${where}: ${details.join(", ")}`;
}

function problemOf(key: SettingKey, given: Layer): string {
  const { isSecret, rule } = settingOf(key);
  const found = given.get(key);
  const where = found === undefined ? "" : ` (${sourceText(found.from)})`;
  const value = isSecret ? "not as it should be" : shownValue(found?.value);
  return `${key} is ${value}${where}, but must be ${rule}`;
}

function shownValue(value: unknown): string {
  const text = jsonOf(value);
  return text.length > SHOWN_MAX_LENGTH ? `${text.slice(0, SHOWN_MAX_LENGTH)}…` : text;
}

/** An alias of YAML may stand in what it names. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "a value within itself";
  }
}

function warningsOf(given: Layer, environment: Environment): readonly string[] {
  const shown = [...given].filter(([key, { from }]) => {
    return settingOf(key).isSecret && from.kind === "flag";
  });
  return [
    ...shown.map(([key]) => {
      const fix = `use the variable ${variableOf(key)} or a file`;
      return `${flagOf(key)} shows a secret to all users of this machine; ${fix}`;
    }),
    ...unknownVariables(environment).map((name) => `the variable ${name} is no setting`),
  ];
}
