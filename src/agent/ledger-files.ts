/** Ledgers in files, for programs that have no node. */
export { importLedgerFile } from "../node/ledger/import-file.ts";
export { type FileVerdict, verifyLedgerFile } from "../node/ledger/verify-file.ts";
export { verifyLedgerProof } from "../node/ledger/verify-proof.ts";
