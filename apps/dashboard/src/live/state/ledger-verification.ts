import { encodeHex } from "../../../../../src/core/hex.ts";
import { blockOfLine } from "../../../../../src/data/ledger/export-line.ts";
import { ChainVerifier } from "../../../../../src/data/ledger/verification.ts";
import { browserCrypto } from "./browser-crypto.ts";

export interface LedgerVerdict {
  readonly blocksCount: number;
  readonly head: string | undefined;
  /** Of the first block that is wrong. */
  readonly fault: string | undefined;
}

/** Verifies the lines of an export, the genesis first, by the code that every node runs. */
export class LedgerVerification {
  private verifier: ChainVerifier | undefined;
  private fault: string | undefined;

  /** False once something is wrong: nothing after it means anything. */
  take(line: string): boolean {
    if (this.fault !== undefined) return false;
    const block = blockOfLine(browserCrypto, line);
    if (block === undefined) {
      this.fault = "E_FORMAT: a line is no block";
      return false;
    }
    // Before its first block an export repeats those that say who signs.
    if (block.header.number < (this.verifier?.height ?? 0)) return true;
    this.verifier ??= new ChainVerifier(browserCrypto, block.header.chainId, "atRest");
    const checked = this.verifier.check(block);
    if (checked.kind === "fault") {
      this.fault = `${checked.code}: ${checked.detail}`;
      return false;
    }
    this.verifier.accept(checked);
    return true;
  }

  get verdict(): LedgerVerdict {
    const { fault, verifier } = this;
    const hash = verifier?.head?.hash;
    const head = hash === undefined ? undefined : encodeHex(hash);
    return { blocksCount: verifier?.height ?? 0, head, fault };
  }
}
