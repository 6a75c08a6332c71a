/**
 * `hearsay/testing`: test clusters for code that uses Hearsay; and for those who write a protocol,
 * a host, a transport or a view of their own, what these must fulfil.
 */

export type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../exchange/replica.ts";
export type {
  DetectorEvidence,
  DetectorListener,
  FailureDetector,
  Verdict as DetectorVerdict,
  VerdictStatus,
} from "../peers/failure-detector.ts";
export type { PeerListener, PeerView } from "../peers/peer-view.ts";
export type { DiskFaults } from "../storage/memory-disk.ts";
export type {
  ByteStream,
  StreamListener,
  Transport,
  TransportReceiver,
} from "../transport/transport.ts";
export {
  assertCommutes,
  type CommutativityOptions,
  findOrderConflict,
  type OrderConflict,
} from "./commutativity.ts";
export {
  type ConnectionParty,
  type ConnectionRig,
  connectionContract,
} from "./connection-contract.ts";
export type { ContractHost, ContractMessage, EnvRig } from "./env-bench.ts";
export { envContract } from "./env-contract.ts";
export {
  type DetectorRig,
  type DetectorTraits,
  failureDetectorContract,
} from "./failure-detector-contract.ts";
export {
  checkLinearizable,
  type LinearizabilityVerdict,
} from "./linearizability/check-linearizable.ts";
export {
  historyLines,
  type Operation,
  type SequentialModel,
} from "./linearizability/history.ts";
export {
  type HistoryVerdict,
  judgeHistory,
  type ReadHistory,
  readHistory,
} from "./linearizability/history-file.ts";
export {
  type ListInput,
  listModel,
  type QueueInput,
  queueModel,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
  registerTraffic,
} from "./linearizability/models.ts";
export { queueModelFor } from "./linearizability/queue-order.ts";
export { settleUnanswered, type ValueTraffic } from "./linearizability/settle-unanswered.ts";
export { type MakeOrderers, type OrdererRig, ordererContract } from "./orderer-contract.ts";
export { type PeerViewRig, type PeerViewTraits, peerViewContract } from "./peer-view-contract.ts";
export {
  type RecordedAction,
  RecordingEnv,
  type RecordingEnvOptions,
  RecordingLinkEnv,
  RecordingStreamEnv,
} from "./recording-env.ts";
export {
  type MakeReplica,
  type ReplicaRig,
  type ReplicaTraits,
  replicaContract,
} from "./replica-contract.ts";
export {
  type MakeSettled,
  replicaSetContract,
  type SettledRig,
} from "./replica-set-contract.ts";
export { type CollectedResult, type MaybePromise, runSuite, type TestApi } from "./test-api.ts";
export {
  type AnyCluster,
  assertConverges,
  assertDetects,
  assertHeals,
  type WithinOptions,
} from "./test-cluster/assertions.ts";
export type {
  Expectation,
  TestCluster,
  TestClusterOptions,
  TestLife,
  TestNetwork,
  TestNodeOptions,
  Verdict,
  WaitLimit,
} from "./test-cluster/cluster-api.ts";
export { createTestCluster } from "./test-cluster/create-test-cluster.ts";
export { TestClusterFailure } from "./test-cluster/failure.ts";
export {
  type HearsayMatchers,
  hearsayMatchers,
  type MatcherResult,
} from "./test-cluster/matchers.ts";
export { type TransportRig, transportContract } from "./transport-contract.ts";
