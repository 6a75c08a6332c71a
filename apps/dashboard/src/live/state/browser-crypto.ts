import * as ed25519 from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import type { LedgerCrypto } from "../../../../../src/data/ledger/ledger.contract.ts";

ed25519.hashes.sha512 = sha512;

/** What the shipped verifier needs, without Node's. */
export const browserCrypto: LedgerCrypto = {
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
