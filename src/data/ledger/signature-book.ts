import { sameBytes } from "../../core/bytes.ts";
import { encodeHex } from "../../core/hex.ts";
import type { BlockSignature } from "./ledger.contract.ts";

interface Kept extends BlockSignature {
  readonly hash: Uint8Array;
}

/** Good signatures of blocks that are not final, one of each signer and number. */
export class SignatureBook {
  private readonly byNumber = new Map<number, Map<string, Kept>>();

  /** "conflict": this signer has signed another header of this number before. */
  add(number: number, hash: Uint8Array, one: BlockSignature): "new" | "known" | "conflict" {
    const signers = this.byNumber.get(number) ?? new Map<string, Kept>();
    this.byNumber.set(number, signers);
    const key = encodeHex(one.keyId);
    const known = signers.get(key);
    if (known !== undefined) return sameBytes(known.hash, hash) ? "known" : "conflict";
    signers.set(key, { hash, ...one });
    return "new";
  }

  has(number: number, hash: Uint8Array, keyId: Uint8Array): boolean {
    const known = this.byNumber.get(number)?.get(encodeHex(keyId));
    return known !== undefined && sameBytes(known.hash, hash);
  }

  of(number: number, hash: Uint8Array): BlockSignature[] {
    const signers = [...(this.byNumber.get(number)?.values() ?? [])];
    return signers
      .filter((one) => sameBytes(one.hash, hash))
      .map(({ keyId, signature }) => ({ keyId, signature }));
  }

  /** Blocks below are final. */
  forgetBelow(number: number): void {
    for (const known of [...this.byNumber.keys()]) {
      if (known < number) this.byNumber.delete(known);
    }
  }
}
