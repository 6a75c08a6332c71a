/**
 * What is generated is current: the protobuf code is what `proto/` gives today, the schemas pass
 * their lint, and the reference pages say what the constants and the commands say. `--write`
 * brings it up to date.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const binaries = join(root, "node_modules", ".bin");
const generated = join("src", "wire", "gen");

function run(program: string, args: readonly string[]): boolean {
  const path = `${binaries}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH: path };
  return spawnSync(program, args, { cwd: root, env, stdio: "inherit" }).status === 0;
}

function generateInto(folder: string): boolean {
  return run("buf", ["generate", "proto", "--template", "proto/buf.gen.yaml", "-o", folder]);
}

function contentsOf(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(folder.length), readFileSync(path, "utf8")]));
}

/** Names of files that differ, are missing, or are left over. */
function differences(fresh: Map<string, string>, committed: Map<string, string>): string[] {
  const names = new Set([...fresh.keys(), ...committed.keys()]);
  return [...names].filter((name) => fresh.get(name) !== committed.get(name));
}

function isWireCurrent(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-gen-"));
  try {
    if (!generateInto(folder)) return false;
    const stale = differences(
      contentsOf(join(folder, generated)),
      contentsOf(join(root, generated)),
    );
    for (const name of stale) console.log(`${generated}${name} is out of date: npm run generate`);
    return stale.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main(): void {
  const reference = ["--import", "tsx", "scripts/generate-reference.ts"];
  const commands = ["--import", "tsx", "scripts/generate-cli-reference.ts"];
  const agent = ["--import", "tsx", "scripts/generate-agent-reference.ts"];
  const results = process.argv.includes("--write")
    ? [
        generateInto(root),
        run(process.execPath, reference),
        run(process.execPath, commands),
        run(process.execPath, agent),
      ]
    : [
        run("buf", ["lint", "proto"]),
        isWireCurrent(),
        run(process.execPath, [...reference, "--check"]),
        run(process.execPath, [...commands, "--check"]),
        run(process.execPath, [...agent, "--check"]),
      ];
  if (results.includes(false)) process.exitCode = 1;
}

main();
