import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/**
 * Something that breaks a rule. `key` stays the same when lines move, for the list of exceptions.
 */
export interface Offence {
  readonly rule: string;
  readonly key: string;
  readonly line: number;
  readonly message: string;
}

/** A TypeScript file, by its path from the root with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

export function parse(path: string, text: string): Source {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

export function isGenerated(path: string): boolean {
  return path.startsWith("src/wire/gen/");
}

/**
 * Tracked files, and new ones that no .gitignore names, so that a file is judged before its commit.
 */
export function trackedFiles(root: string): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  const paths = new Set(listed.split("\0").filter((path) => path !== ""));
  return [...paths].filter((path) => existsSync(join(root, path))).sort();
}

export function readSources(root: string, paths: readonly string[]): Source[] {
  return paths
    .filter((path) => /[.]tsx?$/.test(path) && !path.endsWith(".d.ts"))
    .map((path) => parse(path, readFileSync(join(root, path), "utf8")));
}

export function lineOf(source: Source, node: ts.Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1;
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}
