/**
 * `npm run test:docs [-- PAGE…]`: runs the code of the pages as a reader would, against the built
 * package: `ts` as programs (their types are checked first), whose output a `text` block under them
 * shows; `sh` and `console` as commands, each page in a folder of its own. What a page shows of an
 * output must be what comes. Prints a count.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { commandsOf } from "./docs/commands.ts";
import { type Block, readPage } from "./docs/page.ts";
import { type Program, writePrograms, writeTsconfig } from "./docs/program.ts";
import { Shell } from "./docs/shell.ts";
import { isAsShown } from "./docs/shown-output.ts";

const PROGRAM_MAX_MS = 30_000;
const root = fileURLToPath(new URL("..", import.meta.url));
/** Inside the package, so that a program finds it by its name. */
const folder = join(root, "dist", ".docs");
let passedCount = 0;
let failedCount = 0;

function say(name: string, problem: string | undefined): void {
  if (problem === undefined) passedCount += 1;
  else failedCount += 1;
  console.log(`${problem === undefined ? "ok    " : "FAILED"} ${name}`);
  if (problem !== undefined) console.log(`${problem}\n`);
}

function pagesOf(wanted: readonly string[]): string[] {
  const found = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  const pages = found.filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`);
  return ["README.md", ...pages.sort()].filter((page) => {
    return wanted.length === 0 || wanted.some((part) => page.includes(part));
  });
}

/** In a folder of its own, for its files. */
function runProgram({ name, file, output }: Program): void {
  const cwd = mkdtempSync(join(tmpdir(), "hearsay-docs-"));
  const args = ["--import", import.meta.resolve("tsx"), file];
  const options = { cwd, encoding: "utf8", timeout: PROGRAM_MAX_MS } as const;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, options);
  rmSync(cwd, { recursive: true, force: true });
  const end = signal === null ? `exit code ${status}` : `ended by ${signal}`;
  if (status !== 0) say(`${name} runs`, `${end}\n${stdout}${stderr}`);
  else if (output === undefined || isAsShown(output, stdout)) say(`${name} runs`, undefined);
  else say(`${name} runs`, `the page shows\n${output}\nbut it printed\n${stdout}`);
}

function runPrograms(blocks: readonly Block[]): void {
  const programs = writePrograms(blocks, folder);
  if (programs.length === 0) return;
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = { cwd: root, encoding: "utf8" } as const;
  const check = spawnSync(process.execPath, [tsc, "-p", writeTsconfig(folder)], options);
  say("types of all programs", check.status === 0 ? undefined : check.stdout);
  for (const program of programs) runProgram(program);
}

async function runCommands(blocks: readonly Block[]): Promise<void> {
  if (blocks.length === 0) return;
  const shell = new Shell(root);
  try {
    for (const command of blocks.flatMap(commandsOf)) {
      say(`${command.place} ${command.text}`, await shell.run(command));
    }
  } finally {
    await shell.end();
  }
}

/** For `.ci/run`, in the words of vitest's JSON report. */
function report(): void {
  const file = process.env["HEARSAY_TEST_REPORT"];
  if (file === undefined) return;
  const counts = { numTotalTests: passedCount + failedCount, numPassedTests: passedCount };
  const others = { numFailedTests: failedCount, numPendingTests: 0, numTodoTests: 0 };
  writeFileSync(file, JSON.stringify({ ...counts, ...others }));
}

async function main(): Promise<void> {
  const pages = pagesOf(process.argv.slice(2));
  const blocks = pages.flatMap((page) => readPage(pathToFileURL(root), page));
  for (const { page, line, reason } of blocks) {
    if (reason !== undefined) console.log(`elsewhere  ${page}:${line}: ${reason}`);
  }
  const here = blocks.filter(({ reason }) => reason === undefined);
  runPrograms(here.filter(({ language }) => language === "ts" || language === "text"));
  for (const page of pages) {
    const isShell = ({ language }: Block): boolean => language === "sh" || language === "console";
    await runCommands(here.filter((block) => block.page === page && isShell(block)));
  }
  report();
  console.log(`\n${passedCount} passed, ${failedCount} failed`);
  if (failedCount > 0 || passedCount === 0) process.exitCode = 1;
}

await main();
