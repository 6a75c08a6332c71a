import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { commandsOf, isEndless, onlyLooks } from "../../scripts/docs/commands.ts";
import { type Block, pagesOf, readPage, readPages } from "../../scripts/docs/page.ts";
import { isRunHere, problemsOf } from "../../scripts/docs/proof.ts";
import { isAsShown } from "../../scripts/docs/shown-output.ts";

function blocksOf(lines: readonly string[]): Block[] {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-page-"));
  writeFileSync(join(folder, "page.md"), lines.join("\n"));
  const blocks = readPage(pathToFileURL(`${folder}/`), "page.md");
  rmSync(folder, { recursive: true });
  return blocks;
}

test("what a page hides is run before what it shows, and addresses are replaced", () => {
  const blocks = blocksOf([
    "<!-- setting\nconst a = 1;\n-->",
    '<!-- replace "10.0.0.1:1" => "127.0.0.1:0" -->',
    "",
    "<!-- before\nconst b = 2;\n-->",
    '```ts\nbind("10.0.0.1:1", a + b);\n```',
    "",
    "<!-- continued -->",
    "```ts\nmore();\n```",
  ]);
  expect(blocks.map(({ before, text }) => [before, text])).toEqual([
    ["const a = 1;\nconst b = 2;", 'bind("127.0.0.1:0", a + b);'],
    ["", "more();"],
  ]);
  expect(blocks.map(({ isContinued }) => isContinued)).toEqual([false, true]);
});

const root = new URL("../../", import.meta.url);

test("every block of the pages is run, or shown to be right, or is no code", () => {
  const blocks = readPages(root);
  expect(problemsOf(root, blocks)).toEqual([]);
  const fences = pagesOf(root).map((page) => {
    return readFileSync(new URL(page, root), "utf8").match(/^ *```[^\n]/gm)?.length ?? 0;
  });
  // A block inside a list would not be seen.
  expect(blocks.length).toBe(fences.reduce((sum, count) => sum + count));
});

test("a mark is for one block, and what it names must be there", () => {
  const blocks = blocksOf([
    "<!-- elsewhere test/house/docs-pages.test.ts: too dear -->",
    "```sh\na\n```",
    "",
    "```\nb\n```",
    "",
    "<!-- elsewhere too dear -->",
    "```sh\nc\n```",
    "",
    "<!-- part-of test/house/docs-pages.test.ts -->",
    "```ts",
    'const root = new URL("../../", import.meta.url);',
    "…",
    "const blocks = readPages(root);",
    "```",
    "",
    "<!-- part-of test/house/docs-pages.test.ts -->",
    `\`\`\`ts\nconst ${"root"} = 1;\n\`\`\``,
    "",
    "<!-- trace: of nobody -->",
    "```text\nd\n```",
    "",
    "```text\ne\n```",
    "",
    "```json\n{}\n```",
    "",
    "```diagram\na ─▶ b\n```",
  ]);
  expect(problemsOf(root, blocks).map((problem) => problem.replace(/^\S+ /, ""))).toEqual([
    "a block without a language: is it ts, sh, console, text, a diagram?",
    '"too dear" is no file that CI runs',
    "it is no part of test/house/docs-pages.test.ts",
    'no test holds the trace "of nobody" of this page',
    "text without a program above it: whose output is it?",
    "nobody runs json: what shows that it is right?",
  ]);
  expect(blocks.map(isRunHere)).toEqual(blocks.map(({ text }) => text === "e"));
});

test("a console's commands have their output under them", () => {
  const [block] = blocksOf(["```console", "$ one \\", "  two", "said", "$ three", "```"]);
  if (block === undefined) throw new Error("no block");
  expect(commandsOf(block).map(({ text, output }) => [text, output])).toEqual([
    ["one \\\n  two", "said\n"],
    ["three", undefined],
  ]);
});

test("output differs in numbers, times and long names, and in nothing else", () => {
  const shown = "NAME  RTT     SINCE\np2    1.3 ms  2026-11-21T20:00:00.000Z  p2#1795293424099:1\n";
  const like = "NAME RTT  SINCE\np2   12 µs  2027-01-01T00:00:00.000Z p2#1800000000000:17";
  expect(isAsShown(shown, like)).toBe(true);
  expect(isAsShown(shown, like.replace("NAME", "WHO"))).toBe(false);
  expect(isAsShown(shown, `${like}\nmore`)).toBe(false);
  expect(isAsShown("first …\n…\nlast", "first of all\n2\n3\nlast")).toBe(true);
  expect(isAsShown("first …\n…\nlast", "first of all\n2\n3")).toBe(false);
});

test("agents run on behind what comes after them, and only looking may be repeated", () => {
  expect(isEndless("npx hearsay agent --name a")).toBe(true);
  expect(isEndless("npx hearsay agent --check-config")).toBe(false);
  expect(isEndless("npx hearsay watch greetings")).toBe(true);
  expect(isEndless("npx hearsay publish greetings 1")).toBe(false);
  expect(onlyLooks("npx hearsay members --status failed")).toBe(true);
  expect(onlyLooks("npx hearsay log append chat 1")).toBe(false);
});
