import type { LedgerBlock, LedgerReceipt, LedgerReport } from "../../node/api.ts";

/** `GET /v1/ledgers/:ledger`. */
export type LedgerAnswer = LedgerReport;

/** `POST /v1/ledgers/:ledger`. */
export type LedgerAppendAnswer = LedgerReceipt;

/** `GET /v1/ledgers/:ledger/blocks/:which`; values are JSON with the signs of `json-value.ts`. */
export type LedgerBlockAnswer = LedgerBlock<unknown>;

/** `GET /v1/ledgers/:ledger/export?from=…&to=…`. */
export interface LedgerExportAnswer {
  /** Of an export, without their ends. */
  readonly lines: readonly string[];
  /** Where to go on; absent at the end. */
  readonly next?: number;
}
