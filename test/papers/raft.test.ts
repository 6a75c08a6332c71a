import { describe } from "vitest";
import { raftElections } from "../../src/sim/experiments/order/raft-elections.ts";
import { raftSplitVotes } from "../../src/sim/experiments/order/raft-split-votes.ts";
import { holds } from "./experiments.ts";

describe("Ongaro 2014, Figure 9.3: elections on a lab cluster", () => {
  holds(raftElections);
  holds(raftElections, { parameters: { timeoutMaxMs: 200 }, runsCount: 12 });
  holds(raftElections, { parameters: { timeoutMinMs: 12, timeoutMaxMs: 24 } });
});

describe("Ongaro 2014, Figure 9.7: split votes", () => {
  holds(raftSplitVotes);
  holds(raftSplitVotes, { parameters: { latencyRatio: 0.1 } });
  holds(raftSplitVotes, { parameters: { latencyRatio: 0.01 } });
  holds(raftSplitVotes, { parameters: { failedCount: 2 } });
  holds(raftSplitVotes, { parameters: { nodesCount: 7, latencyRatio: 0.1 } });
  holds(raftSplitVotes, { parameters: { nodesCount: 9, failedCount: 2 } });
  holds(raftSplitVotes, { parameters: { nodesCount: 9, failedCount: 3 } });
  holds(raftSplitVotes, { parameters: { nodesCount: 9, failedCount: 4 } });
  holds(raftSplitVotes, { parameters: { nodesCount: 9, failedCount: 4, latencyRatio: 0.1 } });
});
