import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { encodeHex } from "../../core/hex.ts";
import { HASH_BYTES } from "../../data/ledger/header.ts";
import type { LedgerCrypto, Signer } from "../../data/ledger/ledger.contract.ts";

/** Keys as OpenSSL holds them; making one costs as much as a signature. [because: 4 signer sets] */
const KEYS_MAX_COUNT = 256;
const SEED_BYTES = 32;
/** What stands before the 32 bytes of a key. [RFC 8410 §7 and §4] */
const PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

const publicKeys = new BoundedMap<string, KeyObject>(KEYS_MAX_COUNT);

/**
 * SHA-256 and Ed25519 of OpenSSL. It refuses an S that is not below the order; it takes public keys
 * of small order, which `isSoundPublicKey` refuses when a signer set is accepted.
 */
export const nodeLedgerCrypto: LedgerCrypto = {
  sha256: (bytes) => {
    // As text, and copied: a Buffer of its own for each hash costs three times as much, and memory
    // outside the heap. [bench/ledger]
    const text = hash("sha256", bytes, "binary");
    const digest = new Uint8Array(HASH_BYTES);
    for (let at = 0; at < HASH_BYTES; at += 1) digest[at] = text.charCodeAt(at);
    return digest;
  },
  verify: (publicKey, message, signature) => {
    const key = keyOf(publicKey);
    return key !== undefined && verify(null, message, key, signature);
  },
};

/** A new private key: 32 random bytes. */
export function newSeed(): Uint8Array {
  return new Uint8Array(randomBytes(SEED_BYTES));
}

/** The signer of a private key of 32 bytes. [RFC 8032 §5.1.5] */
export function signerOf(seed: Uint8Array): Signer {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PRIVATE_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const exported = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const publicKey = new Uint8Array(exported.subarray(PUBLIC_PREFIX.length));
  return {
    publicKey,
    keyId: nodeLedgerCrypto.sha256(publicKey),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

function keyOf(publicKey: Uint8Array): KeyObject | undefined {
  const name = encodeHex(publicKey);
  const known = publicKeys.get(name);
  if (known !== undefined) return known;
  try {
    const der = Buffer.concat([PUBLIC_PREFIX, publicKey]);
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    publicKeys.set(name, key);
    return key;
  } catch {
    // Not a key that OpenSSL can read: nothing is signed by it.
    return undefined;
  }
}
