import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { pagesOf } from "../../scripts/docs/page.ts";
import { anchorsOf, brokenLinks } from "../../scripts/static-site/links.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("no link of the pages leads to nothing", () => {
  const others = ["CHANGELOG.md", "CONTRIBUTING.md", "examples/README.md"];
  const pages = [...pagesOf(pathToFileURL(root)), ...others];
  expect(pages.flatMap((page) => brokenLinks(root, page))).toEqual([]);
});

test("a file that is not there is found, and a heading", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-links-"));
  const links = [
    "[a](b.md)",
    "[b](#one)",
    "[c](#two)",
    "[d](page.md#a-code-and-more)",
    "![e](e.png)",
  ];
  writeFileSync(
    join(folder, "page.md"),
    `# One\n\n## A \`code\`, and more\n\n${links.join("\n")}\n`,
  );
  expect(brokenLinks(folder, "page.md")).toEqual([
    "page.md: b.md is not there",
    "page.md: #two has no such heading",
    "page.md: e.png is not there",
  ]);
  rmSync(folder, { recursive: true });
  expect([...anchorsOf("# One\n\n# One\n\n# 什么是 Gossip？\n")]).toEqual([
    "one",
    "one-1",
    "什么是-gossip",
  ]);
});
