import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nearestName } from "../../agent/config/nearest-name.ts";
import { HearsayError } from "../../core/errors.ts";
import { experiments } from "../../sim/experiments/catalog.ts";
import { readScenario } from "../../sim/scenario/read-scenario.ts";
import type { Scenario } from "../../sim/scenario/scenario.ts";
import { usageError } from "../failure.ts";

/** The built-in scenarios; the folder is packed beside src and dist. */
const folder = fileURLToPath(new URL("../../../scenarios/", import.meta.url));
const ENDING = ".json";

export function builtInNames(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(ENDING));
  return files.map((file) => file.slice(0, -ENDING.length)).sort();
}

/**
 * A built-in scenario by its name, or any by its file.
 * @throws HearsayError USAGE, SCENARIO_INVALID, CONFIG_OPTION
 */
export function loadScenario(which: string, change: { readonly nodes?: number } = {}): Scenario {
  const isFile = which.endsWith(ENDING) || /[/\\]/.test(which);
  if (isFile) return readFile(which, change);
  const names = builtInNames();
  if (names.includes(which)) return readFile(`${folder}${which}${ENDING}`, change);
  const near = nearestName(which, [...names, ...experiments.map(({ name }) => name)]);
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  throw usageError(
    `There is no built-in scenario or experiment ${which}.${hint} A file ends in .json; ` +
      "hearsay sim --list shows all others.",
  );
}

function readFile(path: string, change: { readonly nodes?: number }): Scenario {
  const json = parse(path, textOf(path));
  try {
    return readScenario(json, change);
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error;
    const detail = error.message.replace(/^\[\w+\] /, "");
    throw new HearsayError(error.code, `${path}: ${detail}`, { cause: error });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError(`${path} cannot be read: ${why}`);
  }
}

function parse(path: string, text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HearsayError("SCENARIO_INVALID", `${path} is no JSON: ${why}`);
  }
}
