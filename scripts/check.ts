/**
 * `npm run check`: everything that can be said about the source without running its tests. Each
 * step is named and timed; what it printed is shown only if it failed. `--fix` lets the formatter
 * and the linters mend what they can, `--only NAME` runs the steps whose name contains NAME.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Run instead of `command` under `--fix`. */
  readonly fix?: readonly string[];
  /** Looks at what was built, so there is nothing to see when the build failed. */
  readonly of?: "the build";
  /** Measures, so nothing may run beside it. */
  readonly alone?: true;
}

const tsx = ["node", "--import", "tsx"];
const bin = (name: string, ...args: readonly string[]): string[] => {
  return ["node", `node_modules/.bin/${name}`, ...args];
};

const steps: readonly Step[] = [
  {
    name: "width of comments",
    command: [...tsx, "scripts/wrap-comments.ts", "--check"],
    fix: [...tsx, "scripts/wrap-comments.ts"],
  },
  { name: "lock file", command: [...tsx, "scripts/lock-check.ts"] },
  {
    name: "format and lint",
    command: bin("biome", "check", "."),
    fix: bin("biome", "check", "--write", "."),
  },
  {
    name: "lint with types",
    command: bin("oxlint", "--type-aware", "--deny-warnings"),
    fix: bin("oxlint", "--type-aware", "--deny-warnings", "--fix"),
  },
  { name: "types", command: bin("tsc", "-p", "tsconfig.json") },
  { name: "types of the pure layers", command: bin("tsc", "-p", "tsconfig.pure.json") },
  { name: "types of the pages", command: bin("tsc", "-p", "apps/dashboard/tsconfig.json") },
  { name: "fences", command: [...tsx, "scripts/fences.ts"] },
  { name: "tidy", command: bin("vitest", "run", "test/tidy.test.ts", "--reporter=dot") },
  { name: "unused code and packages", command: bin("knip") },
  { name: "generated files", command: [...tsx, "scripts/generated-check.ts"] },
  { name: "packed tarball", command: [...tsx, "scripts/pack-check.ts"], of: "the build" },
  { name: "size", command: bin("size-limit"), of: "the build" },
  {
    name: "cost of import",
    command: [...tsx, "scripts/import-cost.ts"],
    of: "the build",
    alone: true,
  },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const STEP_TIMEOUT_MS = 110_000;
/** The machine this has to be quick on has two cores. */
const LANES = 2;

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly output: string;
}

async function run(step: Step, isFixing: () => boolean): Promise<Outcome> {
  const startedAtMs = performance.now();
  const [program = "", ...args] = (isFixing() ? step.fix : undefined) ?? step.command;
  const command = program === "node" ? process.execPath : program;
  const env = { ...process.env, FORCE_COLOR: "0", NO_COLOR: "1" };
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: [...stdio],
    timeout: STEP_TIMEOUT_MS,
  });
  const { output, code } = await collected(child);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const passed = code === 0;
  console.log(`${passed ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  ${step.name}`);
  return { name: step.name, passed, output };
}

async function collected(child: ChildProcess): Promise<{ output: string; code: number | null }> {
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (signal !== null) chunks.push(Buffer.from(`\nended by ${signal}\n`));
  return { output: Buffer.concat(chunks).toString("utf8"), code };
}

async function runAll(chosen: readonly Step[], isFixing: () => boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const queue = chosen.filter((step) => step.alone !== true);
  const lane = async (): Promise<void> => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      outcomes.push(await run(step, isFixing));
    }
  };
  // What is mended by one step must be seen by the next, so fixing goes step by step.
  await Promise.all(Array.from({ length: isFixing() ? 1 : LANES }, lane));
  for (const step of chosen) if (step.alone) outcomes.push(await run(step, isFixing));
  return outcomes;
}

async function main(args: readonly string[]): Promise<void> {
  const startedAtMs = performance.now();
  const only = args.includes("--only") ? (args[args.indexOf("--only") + 1] ?? "") : "";
  const build: Step = { name: "build", command: ["node", "scripts/setup.mjs"] };
  const first = await run(build, () => false);
  const named = steps.filter(({ name }) => name.includes(only));
  const chosen = named.filter((step) => first.passed || step.of === undefined);
  for (const { name } of named.filter((step) => !chosen.includes(step))) {
    console.log(`not run, for the build failed: ${name}`);
  }
  const outcomes = [first, ...(await runAll(chosen, () => args.includes("--fix")))];
  const failed = outcomes.filter(({ passed }) => !passed);
  for (const { name, output } of failed) console.log(`\n──── ${name} ────\n${output.trimEnd()}`);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const passedCount = outcomes.length - failed.length;
  console.log(`\ncheck: ${passedCount} passed, ${failed.length} failed in ${seconds} s`);
  if (failed.length > 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
