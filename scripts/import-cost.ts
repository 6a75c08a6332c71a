/**
 * `import "hearsay"` may add a bounded CPU time to an empty process, and so may what `startNode`
 * loads when it is called, and what an agent adds to that. CPU time, not wall time, and the least
 * of several runs of each, taken in turns: what a busy machine adds is not ours. A machine on which
 * an empty process takes longer than where the budgets were measured has so much more of them.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const RUNS = 7;
/** What an empty process takes on the machine of the budgets, in ms of CPU. */
const EMPTY_MS = 50;

interface Import {
  readonly what: string;
  readonly entry: string;
  readonly budgetMs: number;
}

const imports: readonly Import[] = [
  { what: 'import "hearsay"', entry: "../dist/index.js", budgetMs: 60 },
  // All of the library; 370 ms on a two-core machine, of about 750 modules. [because: no creep]
  { what: "the first startNode", entry: "../dist/node/launch.js", budgetMs: 500 },
  // What it reads its configuration and answers requests with; 170 ms there. [because: no creep]
  { what: "hearsay agent", entry: "../dist/cli/agent-command.js", budgetMs: 250 },
];

function importing(entry: string): string {
  return `await import(${JSON.stringify(new URL(entry, import.meta.url).href)});`;
}

function cpuMs(before: string): number {
  const script = `${before}
    const { user, system } = process.cpuUsage();
    process.stdout.write(String((user + system) / 1000));
    process.exit(0);`;
  const args = ["--input-type=module", "--eval", script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the process failed:\n${stderr}`);
  return Number(stdout);
}

const scripts = ["", ...imports.map(({ entry }) => importing(entry))];
const costsMs = scripts.map(() => Number.POSITIVE_INFINITY);
for (let run = 0; run < RUNS; run++) {
  for (const [index, script] of scripts.entries()) {
    costsMs[index] = Math.min(costsMs[index] ?? 0, cpuMs(script));
  }
}
const [emptyMs = 0, ...loadedMs] = costsMs;
const slowness = Math.max(1, emptyMs / EMPTY_MS);
for (const [index, { what, ...given }] of imports.entries()) {
  const budgetMs = Math.round(given.budgetMs * slowness);
  const addedMs = (loadedMs[index] ?? 0) - emptyMs;
  const verdict = addedMs <= budgetMs ? "within" : "OVER";
  console.log(`${what} adds ${addedMs.toFixed(1)} ms CPU, ${verdict} ${budgetMs} ms`);
  if (addedMs > budgetMs) process.exitCode = 1;
}
