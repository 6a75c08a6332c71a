/** The configuration file: YAML, of which JSON is a part, with the line of each value. */
import { readFileSync } from "node:fs";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { HearsayError } from "../../core/errors.ts";
import type { Given, Layer } from "./given.ts";
import { nearestName } from "./nearest-name.ts";
import { isSettingKey, type SettingKey, settingKeys, settingOf } from "./settings.ts";

/** Longest configuration file. [because: a hundred times what one needs, read in a second] */
const FILE_MAX_BYTES = 131_072;

/** @throws HearsayError CONFIG_OPTION that names file, line and fix */
export function readFileLayer(file: string): Layer {
  return parseFileLayer(readText(file), file);
}

/** @throws HearsayError CONFIG_OPTION */
export function parseFileLayer(source: string, file: string): Layer {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const lineOf = (at: number): number => lines.linePos(at).line;
  const [error] = document.errors;
  if (error !== undefined) {
    throw refusal(`${file} line ${lineOf(error.pos[0])} is no YAML: ${error.message}`);
  }
  const given = new Map<SettingKey, Given>();
  const { contents } = document;
  // A file of comments alone, or none at all, says nothing.
  if (contents === null || (isScalar(contents) && contents.value === null)) return given;
  const take = (node: unknown, path: string, line: number): void => {
    if (isSettingKey(path)) {
      const value = plainValue(node, document, { path, where: `${file} line ${line}: ${path}` });
      given.set(path, { value, from: { kind: "file", file, line } });
      return;
    }
    const isSection = path === "" || settingKeys.some((key) => key.startsWith(`${path}.`));
    if (!isSection) throw refusal(`${file} line ${line}: ${unknownKey(path)}`);
    if (!isMap(node)) {
      const what = path === "" ? "the file" : path;
      throw refusal(`${file} line ${line}: ${what} must be a section of names with values.`);
    }
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "?";
      const at = isScalar(key) && key.range ? lineOf(key.range[0]) : line;
      take(value, path === "" ? name : `${path}.${name}`, at);
    }
  };
  take(contents, "", 1);
  return given;
}

/** @throws HearsayError CONFIG_OPTION for aliases that stand for more than a file could say */
function plainValue(
  node: unknown,
  document: Document,
  { path, where }: { readonly path: SettingKey; readonly where: string },
): unknown {
  try {
    return isNode(node) ? node.toJS(document) : null;
  } catch (error) {
    const fix = "write it out, in quotes where it begins with *";
    // The reason names what was taken for an alias, and a secret may begin with a star.
    if (settingOf(path).isSecret) throw refusal(`${where} cannot be read; ${fix}.`);
    const reason = error instanceof Error ? error.message : String(error);
    throw refusal(`${where} cannot be read (${reason}); ${fix}.`, error);
  }
}

function unknownKey(path: string): string {
  const near = nearestName(path, settingKeys);
  const fix = near === undefined ? "see docs/agent.md for all keys" : `did you mean ${near}?`;
  return `${path} is no setting of an agent; ${fix}`;
}

function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > FILE_MAX_BYTES) throw new Error(`it is longer than ${FILE_MAX_BYTES} bytes`);
    return bytes.toString("utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fix = "name another one with --config or HEARSAY_CONFIG";
    throw refusal(`The configuration file ${file} cannot be read (${reason}); ${fix}.`, error);
  }
}

function refusal(detail: string, cause?: unknown): HearsayError {
  return new HearsayError("CONFIG_OPTION", detail, cause === undefined ? {} : { cause });
}
