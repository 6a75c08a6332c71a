import { sameBytes } from "../../core/bytes.ts";
import { compareBytes } from "../../core/text.ts";
import { isCanonicalSignature } from "./ed25519.ts";
import type {
  BlockSignature,
  LedgerConfiguration,
  LedgerCrypto,
  SignerEntry,
} from "./ledger.contract.ts";

/**
 * live    what is unknown, malformed or doubled is passed over, for any peer could have added it
 * atRest  it is tampering: who stored or exported a block kept good signatures alone, in order
 */
export type SignatureRule = "live" | "atRest";

export interface SignatureCount {
  /** Distinct signers of the set with a good signature; "live" stops at the threshold. */
  readonly goodCount: number;
  /** Of "atRest": one is not good, or not in its place. */
  readonly isTampered: boolean;
}

export function signerOf(
  { signers }: LedgerConfiguration,
  keyId: Uint8Array,
): SignerEntry | undefined {
  return signers.find((signer) => sameBytes(signer.keyId, keyId));
}

export interface SignedClaim {
  readonly configuration: LedgerConfiguration;
  readonly message: Uint8Array;
  readonly signatures: readonly BlockSignature[];
}

export function isGoodSignature(
  crypt: LedgerCrypto,
  { publicKey }: SignerEntry,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return isCanonicalSignature(signature) && crypt.verify(publicKey, message, signature);
}

/** How many signers stand behind `message`. */
export function countSignatures(
  crypt: LedgerCrypto,
  { configuration, message, signatures }: SignedClaim,
  rule: SignatureRule,
): SignatureCount {
  const good: Uint8Array[] = [];
  let previous: Uint8Array | undefined;
  let isTampered = false;
  for (const { keyId, signature } of signatures) {
    if (rule === "live" && good.length >= configuration.threshold) break;
    const isInPlace = previous === undefined || compareBytes(previous, keyId) < 0;
    previous = keyId;
    const signer = signerOf(configuration, keyId);
    const isNew = signer !== undefined && !good.some((one) => sameBytes(one, keyId));
    if (isNew && isGoodSignature(crypt, signer, message, signature)) good.push(keyId);
    else isTampered = true;
    if (!isInPlace) isTampered = true;
  }
  return { goodCount: good.length, isTampered: rule === "atRest" && isTampered };
}

/** Those alone that count, ascending by key id: what is stored. */
export function goodSignatures(
  crypt: LedgerCrypto,
  { configuration, message, signatures }: SignedClaim,
): BlockSignature[] {
  const good: BlockSignature[] = [];
  for (const one of signatures) {
    const signer = signerOf(configuration, one.keyId);
    const isKnown = good.some(({ keyId }) => sameBytes(keyId, one.keyId));
    if (signer === undefined || isKnown) continue;
    if (isGoodSignature(crypt, signer, message, one.signature)) good.push(one);
  }
  return good.sort((one, other) => compareBytes(one.keyId, other.keyId));
}
