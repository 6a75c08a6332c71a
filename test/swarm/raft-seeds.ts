import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RaftSwarmReport, runRaftSwarm } from "../../src/sim/raft/raft-swarm.ts";

const TOLD_EVERY_COUNT = 1_000;

export interface RaftSeeds {
  readonly first: number;
  readonly count: number;
  readonly write: (line: string) => void;
}

/** Runs so many seeds and tells of those that fail. @returns the reports of those. */
export function runRaftSeeds({ count, first, write }: RaftSeeds): RaftSwarmReport[] {
  const failed: RaftSwarmReport[] = [];
  const sums = { steps: 0, elections: 0, committed: 0, answered: 0 };
  for (let seed = first; seed < first + count; seed += 1) {
    const report = runRaftSwarm({ seed });
    sums.steps += report.stepsCount;
    sums.elections += report.electionsCount;
    sums.committed += report.committedCount;
    sums.answered += report.answeredCount;
    if (report.problem !== undefined) {
      failed.push(report);
      const file = join(tmpdir(), `hearsay-raft-${seed}.jsonl`);
      writeFileSync(file, report.history);
      write(`seed ${seed}: ${report.problem}`);
      write(`  history: ${file}`);
      write(`  again: npm run swarm -- raft --count 1 --seed ${seed}`);
    }
    const doneCount = seed - first + 1;
    if (doneCount % TOLD_EVERY_COUNT === 0 || doneCount === count) {
      const { answered, committed, elections, steps } = sums;
      write(`${doneCount} of ${count} seeds, ${failed.length} failed`);
      write(`  ${steps} steps, ${elections} elections, ${committed} entries, ${answered} calls`);
    }
  }
  return failed;
}
