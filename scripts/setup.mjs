/**
 * Makes a checkout ready to run: `npm ci` when what is installed differs from the lock file, then
 * the build of library and dashboard when a source changed since the last one (`--no-build`: not
 * that). It needs nothing but Node and npm, does nothing twice (a second run ends within a fraction
 * of a second), and speaks on stderr only, for stdout belongs to the command that runs after it.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MIN = [20, 19];
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Tests and what only tests use: never built. tsconfig.build.json says the same. */
const FOR_TESTS = /([.]test|-rig)[.]ts$|\/fake-[^/]+[.]ts$/;
const stampFile = join(root, "dist", ".built-from");
const pages = join(root, "apps", "dashboard");
const pagesOutput = join(root, "dist", "dashboard");
const pagesStampFile = join(root, "dist", ".dashboard-built-from");
const binFile = join(root, "dist", "cli", "main.js");

function main() {
  refuseOldNode();
  if (!isInstalled()) install();
  if (process.argv.includes("--no-build")) return;
  const stamp = sourcesHash();
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) build(stamp);
  if (existsSync(pages)) buildPages(stamp);
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [minMajor, minMinor] = NODE_MIN;
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return;
  fail(`Hearsay needs Node ${NODE_MIN.join(".")} or newer; this is ${process.versions.node}.`);
}

/**
 * npm writes what it installed to a hidden lock file as its last act. Comparing that with ours
 * notices a changed lock, a half-finished install and a missing one alike.
 */
function isInstalled() {
  const wanted = readPackages(join(root, "package-lock.json"));
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const found = installed[path];
    // An optional package is absent when it is another platform's binary.
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function readPackages(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function install() {
  say("installing dependencies (npm ci; a minute or two the first time) …");
  const args = ["ci", "--ignore-scripts", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const [command, commandArgs] =
    npm?.endsWith(".js") === true ? [process.execPath, [npm, ...args]] : ["npm", args];
  run(command, commandArgs, "npm ci failed: the lines above say why.");
}

function build(stamp) {
  say("building …");
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const complaint = "The build failed: mend the type errors above and run the command again.";
  removeStaleOutputs();
  run(process.execPath, [tsc, "-p", "tsconfig.build.json"], complaint);
  if (existsSync(binFile)) chmodSync(binFile, 0o755);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

/** They hold much of the library, which the playground runs: a change of either is one of theirs. */
function buildPages(stamp) {
  const hash = createHash("sha256").update(stamp);
  for (const file of filesUnder(pages).sort()) hashFile(hash, file);
  const wanted = hash.digest("hex");
  const isThere = existsSync(pagesStampFile) && existsSync(join(pagesOutput, "index.html"));
  if (isThere && readFileSync(pagesStampFile, "utf8") === wanted) return;
  say("building the dashboard …");
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const complaint = "The dashboard was not built: mend the errors above.";
  run(process.execPath, [vite, "build", "--config", join(pages, "vite.config.ts")], complaint);
  writeFileSync(pagesStampFile, wanted);
}

/** An output whose source is gone would still be importable, and still be packed. */
function removeStaleOutputs() {
  const dist = join(root, "dist");
  const sources = new Set(builtSources());
  for (const file of filesUnder(dist)) {
    if (file.startsWith(pagesOutput)) continue;
    const stem = /^(.*?)[.](?:js|d[.]ts)(?:[.]map)?$/.exec(file.slice(dist.length + 1))?.[1];
    if (stem === undefined || sources.has(join(root, "src", `${stem}.ts`))) continue;
    rmSync(file);
  }
  // Without a single output left (someone emptied dist), tsc's memory of what it wrote is wrong.
  if (!existsSync(stampFile)) rmSync(join(dist, ".tsbuildinfo"), { force: true });
}

/** Of contents, not of times: a fresh checkout of the same commit is the same build. */
function sourcesHash() {
  const hash = createHash("sha256");
  const single = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"];
  for (const file of [...single.map((name) => join(root, name)), ...builtSources()]) {
    hashFile(hash, file);
  }
  return hash.digest("hex");
}

function hashFile(hash, file) {
  hash
    .update(`${file.slice(root.length)}\0`)
    .update(readFileSync(file))
    .update("\0");
}

function builtSources() {
  const files = filesUnder(join(root, "src"));
  return files.filter((file) => file.endsWith(".ts") && !FOR_TESTS.test(file)).sort();
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function run(command, args, complaint) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) fail(complaint);
}

function say(text) {
  process.stderr.write(`hearsay: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

main();
