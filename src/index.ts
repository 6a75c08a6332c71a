/** Hearsay: a gossip toolkit. What `import … from "hearsay"` gives. */
export { type ErrorCode, errorCodes, HearsayError } from "./core/errors.ts";
export type { Origin } from "./core/peer.ts";
export type { Signer as LedgerKey } from "./data/ledger/ledger.contract.ts";
export type { LedgerProofJson } from "./data/ledger/proof.ts";
export type * from "./node/api.ts";
export { NotEverywhereError } from "./node/certificates/not-everywhere-error.ts";
export { heartbeats, phiAccrual } from "./node/detectors/detector-choice.ts";
export {
  type DnsChoice,
  dnsDiscovery,
  type KubernetesChoice,
  kubernetesDiscovery,
  srvDiscovery,
} from "./node/discovery/dns-discovery.ts";
export { type MdnsChoice, mdnsDiscovery } from "./node/discovery/mdns-discovery.ts";
export {
  importLedgerFile,
  type LedgerImport,
  type LedgerImportOptions,
} from "./node/ledger/import-file.ts";
export type { FileVerdict as LedgerFileVerdict } from "./node/ledger/verify-file.ts";
export {
  type LedgerProofVerdict,
  verifyLedgerConsistency,
  verifyLedgerProof,
} from "./node/ledger/verify-proof.ts";
export { raft } from "./node/orderer/raft-choice.ts";
export { startNode } from "./node/start-node.ts";
export { openTelemetry } from "./node/tracing/open-telemetry.ts";
