import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { commandsOf, isEndless, onlyLooks } from "../../scripts/docs/commands.ts";
import { type Block, readPage } from "../../scripts/docs/page.ts";
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

test("a block that runs elsewhere says why, and one reason is for one block", () => {
  const blocks = blocksOf(["<!-- elsewhere too dear -->", "```sh\na\n```", "", "```sh\nb\n```"]);
  expect(blocks.map(({ reason }) => reason)).toEqual(["too dear", undefined]);
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
