/**
 * `npm run build:site [FOLDER]`: the documentation, the reference of the TypeScript API and the
 * playground as static files, in `site/` unless told otherwise. They name each other relatively, so
 * any web server and any path will do. A link to nowhere is an error, and so is a public name
 * without a docstring. `--only playground` leaves the rest out.
 */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeSite } from "./static-site/write-site.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  options: { only: { type: "string" } },
  allowPositionals: true,
});
const folder = resolve(root, positionals[0] ?? "site");
const build = [
  "node_modules/vite/bin/vite.js",
  "build",
  "--config",
  "apps/dashboard/vite.config.ts",
];
// It empties the folder, so it comes first.
const { status } = spawnSync(process.execPath, build, {
  cwd: root,
  env: { ...process.env, HEARSAY_SITE: folder },
  stdio: "inherit",
});
if (status !== 0) process.exit(1);
if (values.only !== "playground") await writeSite(root, folder);
process.stderr.write(`hearsay: the site is in ${join(folder, "index.html")}\n`);
