import * as ed25519 from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { encodeHex } from "../../../../../src/core/hex.ts";
import { blockOfLine } from "../../../../../src/data/ledger/export-line.ts";
import type { LedgerCrypto } from "../../../../../src/data/ledger/ledger.contract.ts";
import { ChainVerifier } from "../../../../../src/data/ledger/verification.ts";

ed25519.hashes.sha512 = sha512;

/** What the shipped verifier needs, without Node's. */
const browserCrypto: LedgerCrypto = {
  sha256: (bytes) => sha256(bytes),
  verify: (publicKey, message, signature) => {
    try {
      return ed25519.verify(signature, message, publicKey);
    } catch {
      // Not a point of the curve: nothing is signed by it.
      return false;
    }
  },
};

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
