/**
 * `npm run build:site [FOLDER]`: the playground as static files, in `site/` unless told otherwise.
 * They name each other relatively, so any web server and any path will do.
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(root, process.argv[2] ?? "site");
const build = [
  "node_modules/vite/bin/vite.js",
  "build",
  "--config",
  "apps/dashboard/vite.config.ts",
];
const { status } = spawnSync(process.execPath, build, {
  cwd: root,
  env: { ...process.env, HEARSAY_SITE: folder },
  stdio: "inherit",
});
if (status !== 0) process.exit(1);
process.stderr.write(`hearsay: the playground is in ${folder}\n`);
