import type { LedgerStore } from "../../data/ledger/ledger-store.contract.ts";

/** The blocks of a ledger on a node, on its disk or in memory. */
export interface LedgerBlocks extends LedgerStore {
  /** The block that has the event of this order index. */
  numberOf(orderIndex: number): number | undefined;
  close(): Promise<void>;
}
