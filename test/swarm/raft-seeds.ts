import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peerId } from "../../src/core/peer.ts";
import type { RaftMessage } from "../../src/raft/raft.messages.ts";
import { decodeRaft, encodeRaft } from "../../src/raft/raft.wire.ts";
import { type RaftSwarmReport, runRaftSwarm } from "../../src/sim/raft/raft-swarm.ts";

const TOLD_EVERY_COUNT = 1_000;

export interface RaftSeeds {
  readonly seed: number;
  readonly count: number;
  readonly write: (line: string) => void;
  /** Whether messages travel as objects or as bytes. */
  readonly wire?: "objects" | "bytes";
}

/** Runs so many seeds and tells of those that fail. @returns the reports of those. */
export function runRaftSeeds({ count, seed: first, wire, write }: RaftSeeds): RaftSwarmReport[] {
  const failed: RaftSwarmReport[] = [];
  const sums = { steps: 0, elections: 0, committed: 0, answered: 0 };
  for (let seed = first; seed < first + count; seed += 1) {
    const how = wire === "bytes" ? { transcode: overTheWire } : {};
    const report = runRaftSwarm({ seed, ...how });
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

/** Through the real codec; in a simulation peers are numbers. */
function overTheWire(message: unknown): unknown {
  return decodeRaft(encodeRaft(message as RaftMessage), (name) => peerId(Number(name)));
}
