/**
 * What users will get: packs the built package, looks for stray files, installs it into an empty
 * project, type-checks a consumer of every subpath under both module resolutions, imports every
 * subpath, runs the command, bundles a program with the package inside, and asks publint and attw.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  bundledSource,
  consumerSource,
  type PackedManifest,
  strayFiles,
  tarballProblems,
} from "./packed-files.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as PackedManifest;
const problems: string[] = [];

function run(cwd: string, program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) {
    const output = `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trim();
    problems.push(`${program} ${args.join(" ")}\n${output}`);
  }
  return stdout ?? "";
}

const npm = (cwd: string, ...args: readonly string[]): string => {
  return run(cwd, "npm", ["--loglevel=error", ...args]);
};

function pack(folder: string): { tarball: string; files: string[] } {
  const report = npm(root, "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
  const [packed] = JSON.parse(report) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error("npm pack told nothing of what it packed");
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}

/** A project of a user: nothing but the tarball and what it depends on. */
function install(folder: string, tarball: string): void {
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  npm(
    folder,
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    tarball,
  );
}

function typeCheck(folder: string, subpaths: readonly string[]): void {
  writeFileSync(join(folder, "consumer.ts"), consumerSource(manifest.name, subpaths));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const shared = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2023"];
  const types = ["--typeRoots", join(root, "node_modules", "@types"), "--types", "node"];
  const lib = ["--lib", "es2023,esnext.disposable"];
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const) {
    const how = ["--module", module, "--moduleResolution", resolution];
    run(folder, process.execPath, [tsc, ...shared, ...lib, ...types, ...how, "consumer.ts"]);
  }
}

function importAll(folder: string, subpaths: readonly string[]): void {
  for (const subpath of subpaths) {
    const specifier = JSON.stringify(`${manifest.name}${subpath.slice(1)}`);
    const script = `const all = await import(${specifier});
      if (Object.keys(all).length === 0) throw new Error("exports nothing");
      process.exit(0);`;
    run(folder, process.execPath, ["--input-type=module", "--eval", script]);
  }
}

function runCommands(folder: string): void {
  for (const command of Object.keys(manifest.bin)) {
    const said = run(folder, "npx", ["--no-install", command, "--version"]).trim();
    if (said !== manifest.version) problems.push(`${command} --version said: ${said}`);
  }
}

/** Optional packages are not there, and the bundles run where no package is to be found. */
function runBundles(folder: string): void {
  const entry = join(folder, "bundled.mjs");
  writeFileSync(entry, bundledSource(manifest.name));
  const place = mkdtempSync(join(tmpdir(), "hearsay-bundle-"));
  const esbuild = (from: string, format: "cjs" | "esm", to: string): void => {
    const how = ["--bundle", "--platform=node", `--format=${format}`, "--log-level=error"];
    const args = [from, ...how, `--outfile=${join(place, to)}`];
    run(folder, join(root, "node_modules", ".bin", "esbuild"), args);
  };
  const thread = join("node_modules", manifest.name, "dist/node/responder/thread-entry.js");
  esbuild(thread, "esm", "thread-entry.js");
  esbuild(entry, "cjs", "app.cjs");
  esbuild(entry, "esm", "app.mjs");
  for (const [args, pairs] of [
    [["app.cjs"], 2],
    [["app.mjs", "worker"], 3],
  ] as const) {
    const said = run(place, process.execPath, args);
    if (said !== "3 14 answer me\n".repeat(pairs)) problems.push(`${args[0]} said: ${said}`);
  }
  rmSync(place, { recursive: true, force: true });
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-pack-"));
  try {
    const { tarball, files } = pack(folder);
    for (const path of strayFiles(files)) problems.push(`${path} does not belong in the tarball`);
    problems.push(...tarballProblems(manifest, files));
    const subpaths = Object.keys(manifest.exports).filter((path) => !path.endsWith(".json"));
    install(folder, tarball);
    typeCheck(folder, subpaths);
    importAll(folder, subpaths);
    runCommands(folder);
    runBundles(folder);
    run(root, process.execPath, ["node_modules/.bin/publint", "--strict", tarball]);
    const attw = ["node_modules/.bin/attw", "--profile", "esm-only", "--format", "ascii", tarball];
    run(root, process.execPath, attw);
    console.log(`${files.length} files packed, ${subpaths.length} subpaths imported`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) process.exitCode = 1;
}

main();
