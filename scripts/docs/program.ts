import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Block } from "./page.ts";

/** TypeScript of a page as one module, where the packages of this repository are found. */
export interface Program {
  /** The page and line of its first block. */
  readonly name: string;
  readonly file: string;
  /** What the page says that it prints. */
  readonly output: string | undefined;
}

/**
 * Writes the `ts` blocks of `blocks` into `folder`, those that continue each other into one file. A
 * `text` block under one is its output.
 */
export function writePrograms(blocks: readonly Block[], folder: string): Program[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const groups: Block[][] = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (block.language === "text") last?.push(block);
    else if (block.isContinued && last?.[0]?.page === block.page) last.push(block);
    else groups.push([block]);
  }
  return groups.map((group) => {
    const { page = "", line = 0 } = group[0] ?? {};
    const file = join(folder, `${page.replaceAll(/[^a-z0-9]+/gi, "-")}-${line}.ts`);
    writeFileSync(file, moduleOf(group.filter(({ language }) => language === "ts")));
    const output = group.filter(({ language }) => language === "text").map(({ text }) => text);
    return {
      name: `${page}:${line}`,
      file,
      output: output.length > 0 ? output.join("\n") : undefined,
    };
  });
}

/**
 * Imports come first, once each; a module without any would share its names with all others. Who
 * does not give back what it has taken (`await using`) is ended.
 */
function moduleOf(blocks: readonly Block[]): string {
  const imports = new Set<string>();
  const rest: string[] = [];
  for (const { before, text, page, line } of blocks) {
    rest.push(`// ${page}:${line}`);
    for (const statement of withPortsOfItsOwn(`${before}\n${text}`).split("\n")) {
      if (/^import .* from ".*";$/.test(statement)) imports.add(statement);
      else rest.push(statement);
    }
  }
  const end = rest.some((line) => line.includes("await using ")) ? "" : "process.exit();\n";
  return `${[...imports, "export {};"].join("\n")}\n${rest.join("\n")}\n${end}`;
}

/** Commands run meanwhile, and listen on the ports that pages name. */
function withPortsOfItsOwn(text: string): string {
  return text.replaceAll(/\b79[48]\d\b/g, (port) => `1${port}`);
}

/** Names may stay unused, as in any example; else the rules are those of this repository. */
export function writeTsconfig(folder: string): string {
  const file = join(folder, "tsconfig.json");
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false, lib: ["es2023"] };
  compilerOptions.lib.push("esnext.disposable", "dom");
  const config = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] };
  writeFileSync(file, JSON.stringify(config));
  return file;
}
