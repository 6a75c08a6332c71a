/**
 * For those who write a protocol, a host, a transport or a view of their own: `hearsay/testing`.
 */
export type { ContractHost, ContractMessage, EnvRig } from "./env-bench.ts";
export { envContract } from "./env-contract.ts";
export { type PeerViewRig, type PeerViewTraits, peerViewContract } from "./peer-view-contract.ts";
export {
  type RecordedAction,
  RecordingEnv,
  type RecordingEnvOptions,
  RecordingLinkEnv,
  RecordingStreamEnv,
} from "./recording-env.ts";
export { type CollectedResult, runSuite, type TestApi } from "./test-api.ts";
export { type TransportRig, transportContract } from "./transport-contract.ts";
