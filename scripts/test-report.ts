/** Counts of a run of checks: for whoever reads the terminal, and for `.ci/run`. */
import { writeFileSync } from "node:fs";

/**
 * Prints `N passed, N failed`; writes the same, in the words of vitest's JSON report, to the file
 * that HEARSAY_TEST_REPORT names. The exit code is 1 when something failed, or nothing was tried.
 */
export function reportCounts(passedCount: number, failedCount: number): void {
  const file = process.env["HEARSAY_TEST_REPORT"];
  if (file !== undefined) {
    const counts = { numTotalTests: passedCount + failedCount, numPassedTests: passedCount };
    const others = { numFailedTests: failedCount, numPendingTests: 0, numTodoTests: 0 };
    writeFileSync(file, JSON.stringify({ ...counts, ...others }));
  }
  console.log(`\n${passedCount} passed, ${failedCount} failed`);
  if (failedCount > 0 || passedCount === 0) process.exitCode = 1;
}
