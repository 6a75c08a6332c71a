/**
 * Runs every file of `examples/` as a user would, one after the other, against the built package.
 * An example is well when it ends by itself, with exit code 0, within its time, and prints what the
 * pages say that it prints (`<!-- output-of examples/X.ts -->`). Prints a count.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Block, readPages } from "./docs/page.ts";
import { isAsShown } from "./docs/shown-output.ts";
import { reportCounts } from "./test-report.ts";

const EXAMPLE_MAX_MS = 60_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples");

function runExample(file: string, shown: readonly Block[]): boolean {
  const startedAtMs = performance.now();
  const args = ["--import", "tsx", join("examples", file)];
  const options = { cwd: root, encoding: "utf8", timeout: EXAMPLE_MAX_MS } as const;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, options);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const others = shown.filter(({ text }) => !isAsShown(text, stdout));
  const passed = status === 0 && others.length === 0;
  console.log(`${passed ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  examples/${file}`);
  if (passed) return true;
  const end = signal === null ? `exit code ${status}` : `ended by ${signal}`;
  for (const { page, line, text } of others) console.log(`${page}:${line} shows\n${text}\nnot`);
  console.log(`${stdout}${stderr}\nexamples/${file}: ${end}`);
  return false;
}

function main(): void {
  const found = existsSync(folder) ? readdirSync(folder).sort() : [];
  const files = found.filter((file) => /[.]m?[jt]s$/.test(file));
  const blocks = readPages(pathToFileURL(root)).filter(({ mark }) => mark?.kind === "output-of");
  const results = files.map((file) => {
    return runExample(
      file,
      blocks.filter(({ mark }) => mark?.of === `examples/${file}`),
    );
  });
  const passedCount = results.filter((passed) => passed).length;
  // Without a single example nothing was shown, which fails.
  reportCounts(passedCount, files.length - passedCount);
}

main();
