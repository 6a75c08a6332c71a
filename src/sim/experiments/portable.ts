/**
 * The experiments that run in a browser as well: they measure no bytes as Node's codecs write them.
 * Adding one is a file and a line here.
 */

import { aggregateFactors } from "./aggregate/aggregate-factors.ts";
import { aggregateLoss } from "./aggregate/aggregate-loss.ts";
import type { Experiment } from "./experiment.ts";
import { raftElections } from "./order/raft-elections.ts";
import { raftSplitVotes } from "./order/raft-split-votes.ts";
import { hyparviewHealing } from "./overlay/hyparview-healing.ts";
import { hyparviewTable1 } from "./overlay/hyparview-table-1.ts";
import { plumtreeChurn } from "./overlay/plumtree-churn.ts";
import { plumtreeTable1 } from "./overlay/plumtree-table-1.ts";
import { samplingHealing } from "./overlay/sampling-healing.ts";
import { samplingOverlay } from "./overlay/sampling-overlay.ts";
import { playgroundExperiments } from "./playground-spread.ts";
import { scuttlebuttOverload } from "./replicas/scuttlebutt-overload.ts";
import { scuttlebuttPolicies } from "./replicas/scuttlebutt-policies.ts";
import { rumorFrugal } from "./rumor/rumor-frugal.ts";
import { rumorLaws } from "./rumor/rumor-laws.ts";
import { rumorRounds } from "./rumor/rumor-rounds.ts";
import { demersTable1, demersTable2, demersTable3 } from "./rumor/rumor-tables.ts";

export const portableExperiments: readonly Experiment[] = [
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
