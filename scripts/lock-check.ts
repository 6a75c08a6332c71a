/**
 * The lock file carries no download addresses, agrees with package.json, and what we ask for is
 * pinned: a range would let two machines run two things.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<Record<string, Manifest & { resolved?: string; integrity?: string }>>;
}

/** Types follow the oldest Node we support; any patch of them will do. */
const UNPINNED = new Set(["@types/node"]);

export function lockProblems(manifest: Manifest, lock: Lock): string[] {
  const problems: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (entry.resolved !== undefined) problems.push(`${path}: carries a download address`);
    if (path !== "" && entry.integrity === undefined) problems.push(`${path}: has no checksum`);
  }
  const own = lock.packages[""] ?? {};
  for (const kind of ["dependencies", "devDependencies"] as const) {
    const wanted = manifest[kind] ?? {};
    for (const [name, range] of Object.entries(wanted)) {
      if (!UNPINNED.has(name) && !/^\d+[.]\d+[.]\d+$/.test(range)) {
        problems.push(`${name}: "${range}" is no exact version`);
      }
      if (own[kind]?.[name] !== range) problems.push(`${name}: lock and package.json differ`);
    }
    for (const name of Object.keys(own[kind] ?? {})) {
      if (wanted[name] === undefined) problems.push(`${name}: in the lock, not in package.json`);
    }
  }
  if (own.version !== manifest.version) problems.push("version: lock and package.json differ");
  return problems;
}

function readJson(name: string): unknown {
  const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
  return JSON.parse(readFileSync(path, "utf8"));
}

function main(): void {
  const problems = lockProblems(
    readJson("package.json") as Manifest,
    readJson("package-lock.json") as Lock,
  );
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) {
    console.log("Mend package.json and run: npm install --ignore-scripts --loglevel=notice");
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
