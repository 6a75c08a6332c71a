import { type GivenOptions, resolveOptions } from "../../core/options.ts";

/** The numbers of a ledger. */
export const ledgerDefaults = {
  /** An event waits at most so long for a cut, also while a block is under way. [spec §2] */
  blockIntervalMs: 1_000,
  /**
   * With no block under way it is cut at once, but for so much time between two cuts. [DESIGN
   * section 9: an idle pipe sends at once; because: 40 small blocks a second are enough]
   */
  blockPauseMs: 25,
  /** Or when so many events wait. [spec §2] */
  blockCutCount: 500,
  /** Or so many bytes. [spec §2] */
  blockCutBytes: 1_048_576,
  /** Look after what is late: signatures, cuts, blocks. [because: a tenth of a human's patience] */
  roundMs: 1_000,
  /** Tell some peers how long the chain is here, when nothing happens. [spec §6] */
  headsIntervalMs: 4_000,
  /** Signers sign the root over all blocks each time the chain has grown by so many. [spec §3] */
  treeHeadBlocksCount: 100,
  /** Or when it has grown at all, after so long. [spec §3] */
  treeHeadIntervalMs: 60_000,
  /** To so many peers, then and at each new block. [spec §6] */
  headsFanoutCount: 3,
  /** Who is behind waits so long for signatures before it asks for blocks. [guess] */
  fetchDelayMs: 50,
  /** A peer answers a request for blocks in this time, or another one is asked. [spec §6] */
  fetchTimeoutMs: 3_000,
  /** Blocks in one answer. [spec §6] */
  fetchBlocksMaxCount: 64,
  /** Their bytes, but for one block that is larger. [because: a link's message takes it] */
  fetchMaxBytes: 524_288,
  /** A peer whose block was wrong is asked for none for so long. [guess] */
  penaltyMs: 60_000,
  /** Peers whose heights or penalties are remembered. [because: a large cluster] */
  peersMaxCount: 1_024,
  /** Blocks that wait for signatures; at the bound the order is not read on. [guess] */
  candidatesMaxCount: 64,
  /** Signatures of blocks so far ahead of the last final one are kept. [because: twice as many] */
  signatureWindowCount: 128,
  /** Forks that are kept as evidence; one is enough to stop. [because: no more are needed] */
  evidenceMaxCount: 8,
} as const;

export type LedgerOptions = {
  readonly [Name in keyof typeof ledgerDefaults]: number;
};

/** @throws HearsayError CONFIG_OPTION */
export function ledgerOptions(given?: GivenOptions<typeof ledgerDefaults>): LedgerOptions {
  return resolveOptions("ledger", ledgerDefaults, given, (options) => {
    if (options.roundMs < 1 || options.headsIntervalMs < 1 || options.blockIntervalMs < 1) {
      return "roundMs, headsIntervalMs and blockIntervalMs must be at least 1";
    }
    if (options.blockCutCount < 1 || options.candidatesMaxCount < 1) {
      return "blockCutCount and candidatesMaxCount must be at least 1";
    }
    if (options.treeHeadBlocksCount < 1) return "treeHeadBlocksCount must be at least 1";
    return undefined;
  });
}
