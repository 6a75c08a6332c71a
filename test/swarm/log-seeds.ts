import { peerId } from "../../src/core/peer.ts";
import type { OrderedLogMessage } from "../../src/data/ordered-log/ordered-log.messages.ts";
import { decodeOrderedLog, encodeOrderedLog } from "../../src/data/ordered-log/ordered-log.wire.ts";
import type { RaftMessage } from "../../src/raft/raft.messages.ts";
import { decodeRaft, encodeRaft } from "../../src/raft/raft.wire.ts";
import { type LogSwarmReport, runLogSwarm } from "../../src/sim/ordered-log/log-swarm.ts";

const TOLD_EVERY_COUNT = 100;

export interface LogSeeds {
  readonly seed: number;
  readonly count: number;
  readonly write: (line: string) => void;
  /** Whether messages travel as objects or as bytes. */
  readonly wire?: "objects" | "bytes";
}

/** Runs so many seeds and tells of those that fail. @returns the reports of those. */
export function runLogSeeds({ count, seed: first, wire, write }: LogSeeds): LogSwarmReport[] {
  const failed: LogSwarmReport[] = [];
  const sums = { steps: 0, ordered: 0, acknowledged: 0, restored: 0 };
  for (let seed = first; seed < first + count; seed += 1) {
    const how = wire === "bytes" ? { transcode: overTheWire } : {};
    const report = runLogSwarm({ seed, ...how });
    sums.steps += report.stepsCount;
    sums.ordered += report.orderedCount;
    sums.acknowledged += report.acknowledgedCount;
    sums.restored += report.restoredCount;
    if (report.problem !== undefined) {
      failed.push(report);
      write(`seed ${seed}: ${report.problem}`);
      write(`  again: npm run swarm -- ordered --count 1 --seed ${seed}`);
    }
    const doneCount = seed - first + 1;
    if (doneCount % TOLD_EVERY_COUNT === 0 || doneCount === count) {
      const { acknowledged, ordered, restored, steps } = sums;
      write(`${doneCount} of ${count} seeds, ${failed.length} failed`);
      write(`  ${steps} steps, ${ordered} events ordered, ${acknowledged} acknowledged so`);
      write(`  ${restored} snapshots taken in`);
    }
  }
  return failed;
}

/** Through the real codecs; in a simulation peers are numbers. */
function overTheWire(message: unknown): unknown {
  const read = (name: string) => peerId(Number(name));
  const isRaft = typeof message === "object" && message !== null && "disk" in message;
  if (isRaft) return decodeRaft(encodeRaft(message as RaftMessage), read);
  return decodeOrderedLog(encodeOrderedLog(message as OrderedLogMessage), read);
}
