import { type LockSwarmReport, runLockSwarm } from "../../src/sim/locks/lock-swarm.ts";

const TOLD_EVERY_COUNT = 200;

export interface LockSeeds {
  readonly seed: number;
  readonly count: number;
  readonly write: (line: string) => void;
}

/** Runs so many seeds and tells of those that fail. @returns the reports of these */
export function runLockSeeds({ count, seed: first, write }: LockSeeds): LockSwarmReport[] {
  const failed: LockSwarmReport[] = [];
  let [held, lost, expired] = [0, 0, 0];
  for (let seed = first; seed < first + count; seed += 1) {
    const report = runLockSwarm({ seed });
    held += report.heldCount;
    lost += report.lostCount;
    expired += report.expiredCount;
    if (report.problem !== undefined) {
      failed.push(report);
      write(`seed ${seed}: ${report.problem}`);
      write(`  again: npm run swarm -- locks --count 1 --seed ${seed}`);
    }
    const done = seed - first + 1;
    if (done % TOLD_EVERY_COUNT !== 0 && done !== count) continue;
    write(`${done} of ${count} seeds, ${failed.length} failed`);
    write(`  ${held} times held, ${lost} lost, ${expired} sessions expired`);
  }
  return failed;
}
