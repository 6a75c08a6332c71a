/** The bank of examples/, killed: a slice of the 100 kills of `BANK_KILLS=100`. */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { HearsayProcess } from "./hearsay-process.ts";

const { BANK_KILLS = "5" } = process.env;
const START_MS = 60_000;
const KILL_MS = 10_000;
const program = fileURLToPath(new URL("../../examples/bank/kills.ts", import.meta.url));

let folder = "";
let running: ChildProcess | undefined;
afterEach(() => {
  // Its branches end with it.
  running?.kill("SIGKILL");
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

function kill(): Promise<{ readonly code: number | null; readonly out: string }> {
  const env = { ...process.env, BANK_KILLS, BANK_KEEP: "1" };
  const args = ["--import", "tsx", program];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  running = child;
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out }));
  });
}

test(
  `money is conserved through ${BANK_KILLS} kills, and every ledger verifies from outside`,
  async () => {
    const { code, out } = await kill();
    expect(code).toBe(0);
    const report = JSON.parse(out);
    folder = report.folder;
    expect(report).toMatchObject({ kills: Number(BANK_KILLS), total: 5_000, audit: "valid" });
    expect(report.acknowledged).toBeGreaterThan(0);
    const heads = new Set<string>();
    for (const name of ["p1", "p2", "p3"]) {
      const path = join(folder, name, "ledgers", "bank");
      const verified = await new HearsayProcess(["ledger", "verify", path, "--json"]).ended();
      expect(verified.code).toBe(0);
      heads.add(JSON.parse(verified.out).chainId);
    }
    expect(heads.size).toBe(1);
  },
  START_MS + Number(BANK_KILLS) * KILL_MS,
);
