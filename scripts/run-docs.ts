/**
 * `npm run test:docs [-- PAGE…]`: runs the code of the pages as a reader would, against the built
 * package: `ts` as programs (their types are checked first), whose output a `text` block under them
 * shows; `sh` and `console` as commands, each page in a folder of its own. What a page shows of an
 * output must be what comes. Programs run beside commands, and the site is built. Prints a count.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { commandsOf } from "./docs/commands.ts";
import { type Block, pagesOf, readPage } from "./docs/page.ts";
import { canMove, type Ports, portsTaken } from "./docs/ports.ts";
import { type Program, writePrograms, writeTsconfig } from "./docs/program.ts";
import { isRunHere } from "./docs/proof.ts";
import { Shell } from "./docs/shell.ts";
import { isAsShown } from "./docs/shown-output.ts";
import { reportCounts } from "./test-report.ts";

const PROGRAM_MAX_MS = 180_000;
const root = fileURLToPath(new URL("..", import.meta.url));
/** Inside the package, so that a program finds it by its name. */
const folder = join(root, "dist", ".docs");
const shells = new Set<Shell>();
let passedCount = 0;
let failedCount = 0;

function say(name: string, problem: string | undefined): void {
  if (problem === undefined) passedCount += 1;
  else failedCount += 1;
  console.log(`${problem === undefined ? "ok    " : "FAILED"} ${name}`);
  if (problem !== undefined) console.log(`${problem}\n`);
}

/** @returns what it printed, and how it ended when not well. */
function run(args: readonly string[], cwd: string): Promise<{ end?: string; printed: Printed }> {
  const options = { cwd, timeout: PROGRAM_MAX_MS, maxBuffer: Number.POSITIVE_INFINITY };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const printed = { stdout, stderr };
      const end = error?.signal ? `ended by ${error.signal}` : `exit code ${error?.code}`;
      resolve(error === null ? { printed } : { end, printed });
    });
  });
}

interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** In a folder of its own, for its files. */
async function runProgram({ name, file, output }: Program): Promise<void> {
  const cwd = mkdtempSync(join(tmpdir(), "hearsay-docs-"));
  const { end, printed } = await run(["--import", import.meta.resolve("tsx"), file], cwd);
  rmSync(cwd, { recursive: true, force: true });
  const { stdout, stderr } = printed;
  if (end !== undefined) say(`${name} runs`, `${end}\n${stdout}${stderr}`);
  else if (output === undefined || isAsShown(output, stdout)) say(`${name} runs`, undefined);
  else say(`${name} runs`, `the page shows\n${output}\nbut it printed\n${stdout}`);
}

/** One after the other, beside the commands. */
async function runPrograms(blocks: readonly Block[]): Promise<void> {
  const programs = writePrograms(blocks, folder);
  if (programs.length === 0) return;
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { end, printed } = await run([tsc, "-p", writeTsconfig(folder)], root);
  say("types of all programs", end === undefined ? undefined : printed.stdout);
  for (const program of programs) await runProgram(program);
}

/** No link of it leads to nothing, and all public names have a docstring. */
async function buildSite(): Promise<void> {
  const site = mkdtempSync(join(tmpdir(), "hearsay-site-"));
  const args = ["--import", import.meta.resolve("tsx"), "scripts/build-site.ts", site];
  const { end, printed } = await run(args, root);
  rmSync(site, { recursive: true, force: true });
  say("the site is built", end === undefined ? undefined : `${end}\n${printed.stderr}`);
}

/**
 * Page by page, until none is left; beside those whose ports are as they are, others run whose
 * ports are moved. Each takes from `pages` what the other has not begun.
 */
async function runPages(pages: (readonly Block[])[], ports: Ports): Promise<void> {
  for (let page = pages.shift(); page !== undefined; page = pages.shift()) {
    await runCommands(page, ports);
  }
}

async function runCommands(blocks: readonly Block[], ports: Ports): Promise<void> {
  if (blocks.length === 0) return;
  const taken = await portsTaken(blocks, ports);
  if (taken !== undefined) return say(`${blocks[0]?.page} has its ports`, taken);
  const shell = new Shell(root, ports);
  shells.add(shell);
  try {
    for (const block of blocks) {
      if (block.mark?.kind === "file") shell.write(block.mark.of, block.text);
      else await runBlock(shell, block);
    }
  } finally {
    await shell.end();
    shells.delete(shell);
  }
}

async function runBlock(shell: Shell, block: Block): Promise<void> {
  for (const command of commandsOf(block)) {
    say(`${command.place} ${command.text}`, await shell.run(command));
  }
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const pages = pagesOf(pathToFileURL(root)).filter((page) => {
    return wanted.length === 0 || wanted.some((part) => page.includes(part));
  });
  const blocks = pages.flatMap((page) => readPage(pathToFileURL(root), page)).filter(isRunHere);
  const isProgram = ({ language, mark }: Block): boolean =>
    mark === undefined && (language === "ts" || language === "text");
  const programs = runPrograms(blocks.filter(isProgram)).then(() => {
    return wanted.length === 0 ? buildSite() : undefined;
  });
  const commands = pages.map((page) =>
    blocks.filter((one) => one.page === page && !isProgram(one)),
  );
  const movable = commands.filter(canMove);
  const others = commands.filter((page) => !movable.includes(page));
  await Promise.all([
    runPages(others, "as they are").then(() => runPages(movable, "as they are")),
    programs.then(() => runPages(movable, "moved")),
  ]);
  reportCounts(passedCount, failedCount);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const shell of shells) shell.kill();
    process.exit(1);
  });
}
await main();
