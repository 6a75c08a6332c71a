/** Ledgers in files, for programs that have no node. */
export { type FileVerdict, verifyLedgerFile } from "../node/ledger/verify-file.ts";
export { verifyLedgerProof } from "../node/ledger/verify-proof.ts";
