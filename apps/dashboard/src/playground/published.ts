/**
 * The tables and curves that can be run here: those of papers, and what the playground itself
 * shows. `hearsay sim --list` has some more, which measure bytes as Node writes them.
 */
import { aggregateFactors } from "../../../../src/sim/experiments/aggregate-factors.ts";
import { aggregateLoss } from "../../../../src/sim/experiments/aggregate-loss.ts";
import type { Experiment } from "../../../../src/sim/experiments/experiment.ts";
import { hyparviewHealing } from "../../../../src/sim/experiments/hyparview-healing.ts";
import { hyparviewTable1 } from "../../../../src/sim/experiments/hyparview-table-1.ts";
import { playgroundExperiments } from "../../../../src/sim/experiments/playground-spread.ts";
import { plumtreeChurn } from "../../../../src/sim/experiments/plumtree-churn.ts";
import { plumtreeTable1 } from "../../../../src/sim/experiments/plumtree-table-1.ts";
import { raftElections } from "../../../../src/sim/experiments/raft-elections.ts";
import { raftSplitVotes } from "../../../../src/sim/experiments/raft-split-votes.ts";
import { rumorFrugal } from "../../../../src/sim/experiments/rumor-frugal.ts";
import { rumorLaws } from "../../../../src/sim/experiments/rumor-laws.ts";
import { rumorRounds } from "../../../../src/sim/experiments/rumor-rounds.ts";
import {
  demersTable1,
  demersTable2,
  demersTable3,
} from "../../../../src/sim/experiments/rumor-tables.ts";
import { samplingHealing } from "../../../../src/sim/experiments/sampling-healing.ts";
import { samplingOverlay } from "../../../../src/sim/experiments/sampling-overlay.ts";
import { scuttlebuttOverload } from "../../../../src/sim/experiments/scuttlebutt-overload.ts";
import { scuttlebuttPolicies } from "../../../../src/sim/experiments/scuttlebutt-policies.ts";

export const published: readonly Experiment[] = [
  demersTable1,
  demersTable2,
  demersTable3,
  rumorLaws,
  rumorRounds,
  rumorFrugal,
  hyparviewTable1,
  hyparviewHealing,
  plumtreeTable1,
  plumtreeChurn,
  samplingOverlay,
  samplingHealing,
  scuttlebuttOverload,
  scuttlebuttPolicies,
  raftElections,
  raftSplitVotes,
  aggregateFactors,
  aggregateLoss,
  ...playgroundExperiments,
];
