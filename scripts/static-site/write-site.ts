import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { pagesOf } from "../docs/page.ts";
import { writeApiReference } from "./api-reference.ts";
import { Documentation } from "./documentation.ts";
import { isOutside } from "./links.ts";

/** Pages beside those of `docs`. */
const OTHER_PAGES = ["CHANGELOG.md", "CONTRIBUTING.md", "examples/README.md"];

/**
 * Writes documentation and API reference into a site that has the playground.
 *
 * @throws Error where a link leads to nothing, or the API is not documented.
 */
export async function writeSite(root: string, folder: string): Promise<void> {
  const pages = [...pagesOf(pathToFileURL(`${root}/`)), ...OTHER_PAGES];
  new Documentation(root, folder, pages).write();
  await writeApiReference(root, join(folder, "api"));
  const broken = brokenHrefs(folder);
  if (broken.length > 0)
    throw new Error(`links of the site lead to nothing:\n${broken.join("\n")}`);
}

/** @returns links of the site's pages to files that it does not have. */
function brokenHrefs(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".html"))
    .flatMap((file) => {
      const html = readFileSync(join(folder, file), "utf8");
      const hrefs = [...html.matchAll(/ (?:href|src)="([^"#]+)/g)].map(([, href = ""]) => href);
      const missing = [...new Set(hrefs)].filter((href) => {
        return !isOutside(href) && !existsSync(join(folder, normalize(join(dirname(file), href))));
      });
      return missing.map((href) => `${file}: ${href}`);
    });
}
