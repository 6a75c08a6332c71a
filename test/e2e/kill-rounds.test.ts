/** SIGKILL at random moments: nothing acknowledged is lost, nothing torn is read. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

/** A slice of the 200 that `HEARSAY_KILL_ROUNDS=200 npm run test:e2e -- kill-rounds` does. */
const { HEARSAY_KILL_ROUNDS: rounds = "20" } = process.env;
const ROUNDS = Number(rounds);
const LIFE_MAX_MS = 250;
const writer = fileURLToPath(new URL("journal-writer.ts", import.meta.url));

let child: ChildProcess | undefined;
let directory = "";
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

interface Life {
  readonly found: number;
  readonly durable: number;
}

/** Lets a writer live until some time after it began to write. */
function live(lifeMs: number): Promise<Life> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, ["--import", "tsx", writer, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child = process_;
    let text = "";
    let hasBegun = false;
    process_.stdout.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (hasBegun || !text.includes("\n")) return;
      hasBegun = true;
      setTimeout(() => process_.kill("SIGKILL"), lifeMs);
    });
    process_.on("error", reject);
    process_.on("close", () => {
      const words = text.split("\n").slice(0, -1);
      const failure = words.find((line) => line.startsWith("failed"));
      if (failure !== undefined || !hasBegun) return reject(new Error(failure ?? "no word"));
      const [found = "", ...durable] = words;
      resolve({
        found: Number(found.replace("found ", "")),
        durable: Number(durable.at(-1)?.replace("durable ", "") ?? found.replace("found ", "")),
      });
    });
  });
}

test(
  `a writer killed ${ROUNDS} times loses nothing that was durable`,
  async () => {
    directory = mkdtempSync(join(tmpdir(), "hearsay-kill-"));
    let durable = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const life = await live((round * 97) % LIFE_MAX_MS);
      expect(life.found).toBeGreaterThanOrEqual(durable);
      durable = Math.max(life.found, life.durable);
    }
    expect(durable).toBeGreaterThan(ROUNDS);
    // Snapshots keep the directory small however much was written.
    expect(readdirSync(directory).length).toBeLessThan(200);
  },
  ROUNDS * 10_000,
);
