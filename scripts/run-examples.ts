/**
 * Runs every file of `examples/` as a user would, two at once, against the built package.
 * An example is well when it ends by itself, with exit code 0, within its time, and prints what the
 * pages say that it prints (`<!-- output-of examples/X.ts -->`). Prints a count.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Block, readPages } from "./docs/page.ts";
import { isAsShown } from "./docs/shown-output.ts";
import { reportCounts } from "./test-report.ts";

const EXAMPLE_MAX_MS = 60_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples");

interface Run {
  /** How it ended, when not well. */
  readonly end?: string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[]): Promise<Run> {
  const options = { cwd: root, timeout: EXAMPLE_MAX_MS, maxBuffer: Number.POSITIVE_INFINITY };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const end = error?.signal ? `ended by ${error.signal}` : `exit code ${error?.code}`;
      resolve(error === null ? { stdout, stderr } : { end, stdout, stderr });
    });
  });
}

async function runExample(file: string, shown: readonly Block[]): Promise<boolean> {
  const startedAtMs = performance.now();
  const { end, stderr, stdout } = await run(["--import", "tsx", join("examples", file)]);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const others = shown.filter(({ text }) => !isAsShown(text, stdout));
  const passed = end === undefined && others.length === 0;
  console.log(`${passed ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  examples/${file}`);
  if (passed) return true;
  for (const { page, line, text } of others) console.log(`${page}:${line} shows\n${text}\nnot`);
  console.log(`${stdout}${stderr}\nexamples/${file}: ${end ?? "printed something else"}`);
  return false;
}

async function main(): Promise<void> {
  const found = existsSync(folder) ? readdirSync(folder).sort() : [];
  const files = found.filter((file) => /[.]m?[jt]s$/.test(file));
  const blocks = readPages(pathToFileURL(root)).filter(({ mark }) => mark?.kind === "output-of");
  const waiting = [...files];
  let passedCount = 0;
  const lane = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const shown = blocks.filter(({ mark }) => mark?.of === `examples/${file}`);
      if (await runExample(file, shown)) passedCount += 1;
    }
  };
  // Two at once: they wait more than they compute, each on ports of its own.
  await Promise.all([lane(), lane()]);
  // Without a single example nothing was shown, which fails.
  reportCounts(passedCount, files.length - passedCount);
}

await main();
