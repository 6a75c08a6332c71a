import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Documentation } from "../../scripts/static-site/documentation.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("a page of the site has its icon, and no heading of a table that says nothing", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-site-"));
  new Documentation(root, folder, ["docs/which-protocol.md"]).write();
  const html = readFileSync(join(folder, "docs/which-protocol.html"), "utf8");
  const [, icon = ""] = /<link rel="icon" href="([^"]+)"/.exec(html) ?? [];
  expect(existsSync(join(folder, "docs", icon))).toBe(true);
  expect(html).toContain("<th>");
  expect(html).not.toMatch(/<th[^>]*><\/th>/);
  rmSync(folder, { recursive: true });
});
