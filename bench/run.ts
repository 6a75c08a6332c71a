/**
 * `npm run bench -- NAME… [--json] [--strict]`. Without a name it lists what there is. `--json`
 * prints `{ commit, machine, rows }` and nothing else on stdout; `--strict` exits 1 when a target
 * is missed. A bench that takes longer than `BENCH_MAX_MS` is a failure.
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { type Bench, isMissed, type Row } from "./bench.ts";

const BENCH_MAX_MS = 12 * 60_000;
const folder = fileURLToPath(new URL(".", import.meta.url));

type ReportRow = { readonly bench: string } & Row;

async function benches(): Promise<Map<string, Bench>> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".bench.ts"));
  const modules = files.map(async (file) => (await import(`./${file}`)) as Bench);
  const loaded = await Promise.all(modules);
  return new Map(loaded.map((bench) => [bench.name, bench]));
}

function commit(): string {
  const git = (...args: string[]): string => {
    return execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  };
  try {
    const isDirty = git("status", "--porcelain", "--untracked-files=no") !== "";
    return `${git("rev-parse", "--short=12", "HEAD")}${isDirty ? "+changes" : ""}`;
  } catch {
    return "unknown";
  }
}

function machine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}

async function measure(bench: Bench): Promise<ReportRow[]> {
  process.stderr.write(`${bench.name}: ${bench.description} …\n`);
  const watchdog = setTimeout(() => {
    process.stderr.write(`${bench.name} took longer than ${BENCH_MAX_MS / 60_000} minutes\n`);
    process.exit(1);
  }, BENCH_MAX_MS);
  const rows = await bench.run();
  clearTimeout(watchdog);
  return rows.map((row) => ({ bench: bench.name, ...row }));
}

function cells(row: ReportRow): string[] {
  const what = `${row.bench}  ${row.id}`;
  if ("skipped" in row) return [what, "skipped", row.skipped, row.target ?? ""];
  const ratio = row.ratio === undefined ? "" : `${row.ratio.toFixed(2)} × ${row.peer ?? "peer"}`;
  const verdict = row.target === undefined ? "" : `${row.target}: ${row.met ? "met" : "MISSED"}`;
  return [what, `${Number(row.value.toPrecision(4))} ${row.unit}`, ratio, verdict];
}

function table(rows: readonly ReportRow[]): string {
  const lines = rows.map(cells);
  const width = (column: number): number =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0));
  const widths = [0, 1, 2, 3].map(width);
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function list(known: ReadonlyMap<string, Bench>): void {
  console.log("npm run bench -- NAME… [--json] [--strict]\n");
  for (const { name, description } of known.values()) console.log(`  ${name}: ${description}`);
}

async function main(args: readonly string[]): Promise<void> {
  const known = await benches();
  const names = args.filter((arg) => !arg.startsWith("--"));
  const stranger =
    args.find((arg) => arg.startsWith("--") && arg !== "--json" && arg !== "--strict") ??
    names.find((name) => !known.has(name));
  if (names.length === 0 || stranger !== undefined) {
    if (stranger !== undefined) console.error(`${stranger} is neither a bench nor an option.`);
    list(known);
    process.exitCode = stranger === undefined ? 0 : 2;
    return;
  }
  const rows: ReportRow[] = [];
  for (const name of names) {
    const bench = known.get(name);
    if (bench !== undefined) rows.push(...(await measure(bench)));
  }
  const report = { commit: commit(), machine: machine(), rows };
  console.log(args.includes("--json") ? JSON.stringify(report, undefined, 2) : table(rows));
  const missed = rows.filter(isMissed);
  if (missed.length > 0) console.error(`${missed.length} of the targets missed`);
  if (args.includes("--strict") && missed.length > 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
