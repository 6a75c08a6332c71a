import { aggregateDefaults } from "./aggregate/aggregate.options.ts";
import { Aggregation } from "./aggregate/aggregation.ts";
import { historyDefaults } from "./history/history.options.ts";
import { History } from "./history/history.ts";
import { ledgerDefaults } from "./ledger/ledger.options.ts";
import { Ledger } from "./ledger/ledger.ts";
import { monitorDefaults } from "./monitor/monitor.options.ts";
import { Monitor } from "./monitor/monitor.ts";
import { nodeStateDefaults } from "./node-state/node-state.options.ts";
import { NodeState } from "./node-state/node-state.ts";
import { operationLogDefaults } from "./operation-log/operation-log.options.ts";
import { OperationLog } from "./operation-log/operation-log.ts";
import { orderedLogDefaults } from "./ordered-log/ordered-log.options.ts";
import { OrderedLog } from "./ordered-log/ordered-log.ts";
import { replicaSetDefaults } from "./replica-set/replica-set.options.ts";
import { ReplicaSets } from "./replica-set/replica-sets.ts";
import { versionTreeDefaults } from "./version-tree/version-tree.options.ts";
import { VersionTree } from "./version-tree/version-tree.ts";

/**
 * Every data model that answers "what is kept". Adding one is a folder and a line here, and a
 * column of the matrix in test/matrix.
 */
export const dataModels = {
  aggregates: {
    summary: "What the numbers of all nodes come to: averages, sums, counts, extremes, sketches",
    make: Aggregation,
    defaults: aggregateDefaults,
  },
  history: {
    summary: "A bounded history of updates, such as the past of a topic",
    make: History,
    defaults: historyDefaults,
  },
  ledger: {
    summary: "Signed, chained blocks of ordered events, which anybody can verify",
    make: Ledger,
    defaults: ledgerDefaults,
  },
  monitor: {
    summary: "Who is silent, by agreement, and what all sensors read: GEMS, in groups of √n",
    make: Monitor,
    defaults: monitorDefaults,
  },
  operations: {
    summary: "A log of operations that all replicas execute, in causal or in total order",
    make: OperationLog,
    defaults: operationLogDefaults,
  },
  orderedLog: {
    summary: "A log in one order for all, whose data travels by gossip and whose ids are ordered",
    make: OrderedLog,
    defaults: orderedLogDefaults,
  },
  replicaSets: {
    summary: "Who replicates what: places announced, left and evicted",
    make: ReplicaSets,
    defaults: replicaSetDefaults,
  },
  state: {
    summary: "What each node alone writes, and all read, by Scuttlebutt",
    make: NodeState,
    defaults: nodeStateDefaults,
  },
  versions: {
    summary: "Keys and values whose conflicts are kept, by dotted version vectors",
    make: VersionTree,
    defaults: versionTreeDefaults,
  },
} as const;
