/**
 * Runs the dependency rules over `src` of a tree. With a TypeScript it cannot use,
 * dependency-cruiser sees no module at all and reports success: no module is therefore a failure.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { fenceOptions, fenceRules } from "./fence-rules.ts";

export interface FenceReport {
  readonly moduleCount: number;
  /** One line for each violation: who imports what, by which rule, and what to do. */
  readonly violations: readonly string[];
}

export async function checkFences(root: string): Promise<FenceReport> {
  const settings = { ...fenceOptions, baseDir: root, validate: true };
  const folders = ["src", "apps"].filter((folder) => existsSync(join(root, folder)));
  const { output } = await cruise(folders, { ...settings, ruleSet: { forbidden: fenceRules } });
  const { modules, summary } = output as ICruiseResult;
  const comments = new Map(fenceRules.map((rule) => [rule.name, rule.comment]));
  const moduleCount = modules.filter((module) => module.source.startsWith("src/")).length;
  const violations = summary.violations.map(({ from, to, rule }) => {
    return `${from} imports ${to}\n  ${rule.name}: ${comments.get(rule.name) ?? ""}`;
  });
  return { moduleCount, violations };
}

/** Fences that saw no module guarded nothing, which is as bad as a violation. */
export function isBroken({ moduleCount, violations }: FenceReport): boolean {
  return moduleCount === 0 || violations.length > 0;
}

async function main(): Promise<void> {
  const report = await checkFences(process.argv[2] ?? process.cwd());
  const { moduleCount, violations } = report;
  for (const line of violations) console.log(line);
  if (moduleCount === 0) console.log("No module was seen: the fences guarded nothing.");
  console.log(`${moduleCount} modules, ${violations.length} violations`);
  if (isBroken(report)) process.exitCode = 1;
}

const entry = process.argv[1];
if (entry !== undefined && import.meta.url === pathToFileURL(join(entry)).href) await main();
