import { sameBytes } from "../../core/bytes.ts";
import { HearsayError } from "../../core/errors.ts";
import { decodeHex } from "../../core/hex.ts";
import { encodeBlock } from "../../data/ledger/block.ts";
import type { VerifiedState } from "../../data/ledger/verification.ts";
import { DirectoryLock } from "../../storage/directory-lock.ts";
import { makeFolder } from "../../storage/make-folder.ts";
import { BlockFiles } from "./block-files.ts";
import { chainIdIn } from "./chain-id.ts";
import { attempt, ledgerFolder } from "./ledger-folder.ts";
import { nodeLedgerCrypto } from "./node-crypto.ts";
import { type FileVerdict, verifiedBlocks, verifyLedgerFile } from "./verify-file.ts";

/** What `importLedgerFile` must be sure of. */
export interface LedgerImportOptions {
  /** The chain that the caller trusts, 64 hex digits; without it the export's own is taken. */
  readonly chainId?: string;
}

/** What an import came to. */
export interface LedgerImport {
  /** Of the export; nothing is written where it is not valid. */
  readonly verdict: FileVerdict;
  /** As its genesis names it. */
  readonly ledger: string | undefined;
  /** Blocks that were not there before. */
  readonly addedCount: number;
}

/** Blocks that are under way to the disk. [because: some MiB] */
const WAITING_MAX_COUNT = 64;

/**
 * Puts an export into the data directory of a node that does not run. All of it is verified before
 * anything is written; a chain that is there is gone on with where the export is the same chain,
 * and is never changed.
 *
 * So a newcomer has its past without the network. It founds no group: blocks to come follow from
 * the one order that the chain was made of.
 * @throws HearsayError LEDGER_CORRUPT where another chain is there, DATA_DIR, CONFIG_OPTION; Error
 * of node:fs where the export cannot be read
 */
export async function importLedgerFile(
  path: string,
  dataDir: string,
  options: LedgerImportOptions = {},
): Promise<LedgerImport> {
  const chainId = chainIdIn(options);
  const verdict = verifyLedgerFile(path, { chainId });
  if (verdict.status !== "valid") return { verdict, ledger: undefined, addedCount: 0 };
  attempt(dataDir, () => makeFolder(dataDir));
  const lock = await DirectoryLock.take(dataDir);
  try {
    return { verdict, ...(await written(path, dataDir, verdict)) };
  } finally {
    await lock.release();
  }
}

async function written(path: string, dataDir: string, { chainId }: FileVerdict) {
  const trusted = chainId === undefined ? undefined : decodeHex(chainId);
  let ledger: string | undefined;
  let files: Writing | undefined;
  let addedCount = 0;
  try {
    // Verified as it is written, for a file may change between two looks.
    for (const { block, state } of verifiedBlocks(path, { chainId: trusted })) {
      ledger ??= state.head.configuration.chainName;
      files ??= new Writing(ledgerFolder(dataDir, ledger));
      if (files.isNew(state)) {
        await files.add(encodeBlock(block), state);
        addedCount += 1;
      }
    }
  } finally {
    await files?.close();
  }
  return { ledger, addedCount };
}

class Writing {
  private readonly folder: string;
  private readonly files: BlockFiles;
  private waitingCount = 0;
  private failure: { readonly error: unknown } | undefined;
  private onLess: () => void = () => {};

  constructor(folder: string) {
    this.folder = folder;
    this.files = new BlockFiles({
      folder,
      crypt: nodeLedgerCrypto,
      step: (body) => body(),
      onFailed: (error) => {
        this.failure = { error };
        this.onLess();
      },
    });
  }

  /** @throws HearsayError LEDGER_CORRUPT when there is another block of this number */
  isNew({ head: { hash, header } }: VerifiedState): boolean {
    const known = this.files.hashAt(header.number);
    if (known === undefined || sameBytes(known, hash)) return known === undefined;
    const what = `${this.folder} has another block ${header.number} than the export`;
    throw new HearsayError("LEDGER_CORRUPT", `${what}; nothing was changed`);
  }

  async add(bytes: Uint8Array, state: VerifiedState): Promise<void> {
    this.waitingCount += 1;
    this.files.append(bytes, state, () => {
      this.waitingCount -= 1;
      this.onLess();
    });
    await this.until(WAITING_MAX_COUNT);
  }

  async close(): Promise<void> {
    await this.until(0);
    await this.files.close();
  }

  private async until(maxCount: number): Promise<void> {
    while (this.waitingCount > maxCount && this.failure === undefined) {
      await new Promise<void>((resolve) => {
        this.onLess = resolve;
      });
    }
    if (this.failure !== undefined) throw this.failure.error;
  }
}
