import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-ci-"));
  mkdirSync(join(folder, "bin"));
  cpSync(join(root, ".ci", "run"), join(folder, ".ci", "run"));
  writeFileSync(join(folder, "package.json"), '{ "scripts": { "test": "" } }\n');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

/** `.ci/run test check` with an npm of ours: its tests report `counts` and exit with `testExit`. */
function ci(counts: Counts | undefined, testExit: number, checkExit = 0) {
  const report = { ...counts, numTodoTests: 0, numTotalTests: counts === undefined ? 0 : 1 };
  const write = `printf '%s' '${JSON.stringify(report)}' >"$HEARSAY_TEST_REPORT"`;
  const test = `${counts === undefined ? ":" : write}; exit ${testExit}`;
  const npm = `#!/bin/sh\nif [ "$1" = test ]; then ${test}; fi\nexit ${checkExit}\n`;
  writeFileSync(join(folder, "bin", "npm"), npm);
  chmodSync(join(folder, "bin", "npm"), 0o755);
  const env = {
    ...process.env,
    PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}`,
  };
  const { status, stdout } = spawnSync(join(folder, ".ci", "run"), ["test", "check"], {
    encoding: "utf8",
    env,
  });
  return { status, lastLine: stdout.trimEnd().split("\n").at(-1) };
}

const counts = (passed: number, failed: number, pending: number): Counts => {
  return { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending };
};

describe(".ci/run", () => {
  it("passes when every phase does, and adds up their counts", () => {
    expect(ci(counts(7, 0, 0), 0)).toEqual({ status: 0, lastLine: "8 passed, 0 failed" });
  });

  it("fails with a failing test", () => {
    expect(ci(counts(6, 1, 0), 1)).toEqual({ status: 1, lastLine: "7 passed, 1 failed" });
  });

  it("fails when a command fails though all tests that it counted passed", () => {
    expect(ci(counts(7, 0, 0), 1)).toEqual({ status: 1, lastLine: "8 passed, 1 failed" });
  });

  it("fails when a phase without tests fails", () => {
    expect(ci(counts(7, 0, 0), 0, 3)).toEqual({ status: 1, lastLine: "7 passed, 1 failed" });
  });

  it("fails when tests crash before they report", () => {
    expect(ci(undefined, 1)).toEqual({ status: 1, lastLine: "1 passed, 1 failed" });
  });

  it("fails with a skipped test", () => {
    const lastLine = "8 passed, 0 failed, 2 skipped";
    expect(ci(counts(7, 0, 2), 0)).toEqual({ status: 1, lastLine });
  });
});
