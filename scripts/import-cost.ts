/**
 * `import "hearsay"` may add a bounded CPU time to an empty process. CPU time, not wall time, and
 * the least of several runs of each, taken in turns: what a busy machine adds is not ours.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const BUDGET_MS = 60;
const RUNS = 9;
const entry = new URL("../dist/index.js", import.meta.url).href;

function cpuMs(imports: string): number {
  const script = `${imports}
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

const empty: number[] = [];
const loaded: number[] = [];
for (let run = 0; run < RUNS; run++) {
  empty.push(cpuMs(""));
  loaded.push(cpuMs(`await import(${JSON.stringify(entry)});`));
}
const addedMs = Math.min(...loaded) - Math.min(...empty);
const verdict = addedMs <= BUDGET_MS ? "within" : "over";
console.log(`import "hearsay" adds ${addedMs.toFixed(1)} ms CPU, ${verdict} ${BUDGET_MS} ms`);
if (addedMs > BUDGET_MS) process.exitCode = 1;
