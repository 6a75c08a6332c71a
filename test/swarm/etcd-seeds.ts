import { type EtcdSwarmReport, runEtcdSwarm } from "../../src/sim/etcd/etcd-swarm.ts";

const TOLD_EVERY_COUNT = 100;

export interface EtcdSeeds {
  readonly seed: number;
  readonly count: number;
  readonly write: (line: string) => void;
}

/** Runs so many seeds and tells of those that fail. @returns the reports of all. */
export function runEtcdSeeds({ count, seed: first, write }: EtcdSeeds): EtcdSwarmReport[] {
  const reports: EtcdSwarmReport[] = [];
  for (let seed = first; seed < first + count; seed += 1) {
    const report = runEtcdSwarm({ seed });
    reports.push(report);
    if (report.problem !== undefined) {
      write(`seed ${seed}: ${report.problem}`);
      write(`  again: npm run swarm -- etcd --count 1 --seed ${seed}`);
    }
    if (reports.length % TOLD_EVERY_COUNT === 0 || reports.length === count) {
      const sum = (of: (one: EtcdSwarmReport) => number) =>
        reports.reduce((before, one) => before + of(one), 0);
      write(`${reports.length} of ${count} seeds, ${failedOf(reports).length} failed`);
      const [ordered, terms] = [sum((one) => one.orderedCount), sum((one) => one.termsCount)];
      const [uncertain, states] = [sum((one) => one.uncertainCount), sum((one) => one.statesCount)];
      write(`  ${ordered} ordered, ${uncertain} uncertain, ${terms} leaders, ${states} states`);
    }
  }
  return reports;
}

export function failedOf(reports: readonly EtcdSwarmReport[]): EtcdSwarmReport[] {
  return reports.filter(({ problem }) => problem !== undefined);
}
