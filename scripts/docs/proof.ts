import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Block, Mark } from "./page.ts";

/** These are run: `text` under a program is its output. */
const RUN = new Set(["console", "sh", "text", "ts"]);
/** These are no code, and say so. */
const DRAWN = new Set(["diagram", "formula"]);
/** Files that a phase of CI runs or reads. */
const RUN_FILE = /^(?:examples\/.*|test\/.*|src\/.*[.]test|deploy\/.*|[.]ci\/run)/;

/**
 * Every block is run, or the output of one that is, or shown to be right by a file that CI runs, or
 * of a kind that is no code.
 *
 * @returns what is wrong with how a page shows its blocks, one line each.
 */
export function problemsOf(root: URL, blocks: readonly Block[]): string[] {
  const problems: string[] = [];
  for (const [at, block] of blocks.entries()) {
    const problem =
      block.mark === undefined ? unmarked(blocks, at) : marked(root, block, block.mark);
    if (problem !== undefined) problems.push(`${block.page}:${block.line}: ${problem}`);
  }
  return problems;
}

/** Whether the runner of pages has to do with it. */
export function isRunHere({ language, mark }: Block): boolean {
  return mark === undefined ? RUN.has(language) : mark.kind === "file";
}

function unmarked(blocks: readonly Block[], at: number): string | undefined {
  const { language = "", page = "" } = blocks[at] ?? {};
  if (language === "") return "a block without a language: is it ts, sh, console, text, a diagram?";
  if (DRAWN.has(language)) return undefined;
  if (language === "usage") {
    return page === "docs/cli.md" ? undefined : "only a generated page has usage";
  }
  if (!RUN.has(language)) return `nobody runs ${language}: what shows that it is right?`;
  if (language !== "text") return undefined;
  const before = blocks.slice(0, at).findLast((block) => block.language !== "text");
  const isOutput = before?.page === page && before.language === "ts" && isRunHere(before);
  return isOutput ? undefined : "text without a program above it: whose output is it?";
}

function marked(root: URL, block: Block, mark: Mark): string | undefined {
  if (mark.kind === "file") return undefined;
  if (mark.kind === "trace") return tracedIn(root, block, mark.of);
  if (!RUN_FILE.test(mark.of)) return `"${mark.of}" is no file that CI runs`;
  const file = new URL(mark.of, root);
  if (!existsSync(file)) return `there is no ${mark.of}`;
  if (mark.kind !== "part-of" || isPart(block.text, readFileSync(file, "utf8"))) return undefined;
  return `it is no part of ${mark.of}`;
}

/** A test under src holds the traces of a page; it names both. */
function tracedIn(root: URL, { page }: Block, name: string): string | undefined {
  const tests = tracesOf(root);
  const named = new RegExp(`"${name}"|^ *${name}:`, "m");
  const isHeld = tests.some((text) => text.includes(page.slice(5)) && named.test(text));
  return isHeld ? undefined : `no test holds the trace "${name}" of this page`;
}

let traces: readonly string[] | undefined;

function tracesOf(root: URL): readonly string[] {
  traces ??= readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(new URL(`src/${file}`, root), "utf8"))
    .filter((text) => text.includes("shownTrace("));
  return traces;
}

/** Line by line, however deep it stands there; a line `…` stands for any lines. */
function isPart(text: string, whole: string): boolean {
  const lines = whole.split("\n").map((line) => line.trim());
  let from = 0;
  for (const piece of text.split(/^\s*…$/m)) {
    const wanted = piece
      .trim()
      .split("\n")
      .map((line) => line.trim());
    const at = lines.findIndex(
      (_, start) => start >= from && wanted.every((line, offset) => lines[start + offset] === line),
    );
    if (at === -1) return false;
    from = at + wanted.length;
  }
  return true;
}
