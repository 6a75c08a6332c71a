import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { knownExceptions } from "./tidy/known-exceptions.ts";
import { optionOffences } from "./tidy/option-rules.ts";
import { pureOffences } from "./tidy/pure-rules.ts";
import { shapeOffences } from "./tidy/shape-rules.ts";
import { type Offence, readSources, trackedFiles } from "./tidy/source.ts";
import { textOffences } from "./tidy/text-rules.ts";
import { lonelyFiles, slicesWithoutTest } from "./tidy/tree-rules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const paths = trackedFiles(root);
const sources = readSources(root, paths);

/** What another file starts as a process or a thread of its own, and so never imports. */
const ownProcesses = ["src/cli/demo/demo-node.ts", "src/node/responder/thread-entry.ts"];

/** Sources behind the package's exports and commands: dist/x.js is built from src/x.ts. */
function entryPoints(): Set<string> {
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const built = [...manifest.matchAll(/"[.]\/dist\/([\w/-]+)[.]js"/g)];
  return new Set([...built.map(([, stem]) => `src/${stem}.ts`), ...ownProcesses]);
}

const offences: readonly Offence[] = [
  ...sources.flatMap(shapeOffences),
  ...sources.flatMap(pureOffences),
  ...sources.flatMap(optionOffences),
  ...lonelyFiles(sources, entryPoints()),
  ...slicesWithoutTest(paths),
  ...paths.filter(isText).flatMap((path) => {
    return textOffences(path, readFileSync(join(root, path), "utf8"));
  }),
];

function isText(path: string): boolean {
  return !/[.](png|jpg|ico|gz|tgz|bin|woff2?)$/.test(path);
}

function known({ rule, key }: Offence): boolean {
  return knownExceptions.includes(`${rule} ${key}`);
}

describe("the source is tidy", () => {
  it("sees the source", () => {
    expect(sources.filter(({ path }) => path.startsWith("src/")).length).toBeGreaterThan(50);
  });

  const rules = [...new Set(offences.map(({ rule }) => rule))].sort();
  it.each(rules.length === 0 ? ["every rule"] : rules)("%s", (rule) => {
    const mine = offences.filter((one) => one.rule === rule && !known(one));
    expect(mine.map(({ key, line, message }) => `${key} (line ${line}): ${message}`)).toEqual([]);
  });

  it("keeps no exception that offends no longer", () => {
    const offending = new Set(offences.map(({ rule, key }) => `${rule} ${key}`));
    expect(knownExceptions.filter((entry) => !offending.has(entry))).toEqual([]);
  });
});
