import { encodeHex } from "../../core/hex.ts";
import { decodeBlock } from "../../data/ledger/block.ts";
import type { Block } from "../../data/ledger/ledger.contract.ts";
import { ChainVerifier } from "../../data/ledger/verification.ts";
import type { LedgerVerdict } from "./ledger.api.ts";
import { nodeLedgerCrypto } from "./node-crypto.ts";

/** Verifies blocks one after the other, as they are kept or exported, in constant memory. */
export class BlocksVerification {
  private readonly wanted: Uint8Array | undefined;
  private verifier: ChainVerifier | undefined;
  private eventsCount = 0;
  private fault: LedgerVerdict["fault"];

  /** `chainId` is what the caller trusts; without it, any genesis is taken for what it is. */
  constructor(chainId?: Uint8Array) {
    this.wanted = chainId;
  }

  get height(): number {
    return this.verifier?.height ?? 0;
  }

  get chain(): ChainVerifier | undefined {
    return this.verifier;
  }

  /** False once something is wrong: nothing after it means anything. */
  take(block: Block): boolean {
    if (this.fault !== undefined) return false;
    this.verifier ??= new ChainVerifier(
      nodeLedgerCrypto,
      this.wanted ?? block.header.chainId,
      "atRest",
    );
    const checked = this.verifier.check(block);
    if (checked.kind === "fault") return this.fail(checked.code, checked.detail);
    this.verifier.accept(checked);
    this.eventsCount += block.events.length;
    return true;
  }

  takeBytes(bytes: Uint8Array): boolean {
    const block = decodeBlock(bytes);
    return block === undefined ? this.fail("E_FORMAT", "it is no block") : this.take(block);
  }

  fail(code: string, detail: string): false {
    this.fault ??= { code, block: this.height, detail };
    return false;
  }

  get verdict(): LedgerVerdict {
    const { fault, verifier } = this;
    const { chainId, head } = verifier ?? {};
    return {
      status: fault === undefined ? "valid" : "invalid",
      chainId: chainId === undefined ? undefined : encodeHex(chainId),
      blocksCount: this.height,
      eventsCount: this.eventsCount,
      head: head === undefined ? undefined : encodeHex(head.hash),
      ...(fault && { fault }),
    };
  }
}
