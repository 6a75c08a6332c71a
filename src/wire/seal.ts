/**
 * Sealed bytes: version u8 ‖ nonce 12 ‖ ciphertext ‖ tag 16, AES-GCM under a key of the keyring.
 * Source: specs/memberlist-wire.md section 9.2.
 */
import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, randomFillSync } from "node:crypto";
import type { InstalledKey, Keyring } from "./keyring.ts";

export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BLOCK_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;

/** 1 as a rule; 0, which pads to whole blocks, from nodes that speak protocol version 1. */
export type SealVersion = 0 | 1;

/** What sealing adds at most (section 11). */
export function sealOverheadBytes(version: SealVersion): number {
  return HEAD_BYTES + TAG_BYTES + (version === 0 ? BLOCK_BYTES : 0);
}

/** Length of the sealed form of so many bytes. */
export function sealedByteLength(plainBytes: number, version: SealVersion): number {
  return HEAD_BYTES + plainBytes + (version === 0 ? padLength(plainBytes) : 0) + TAG_BYTES;
}

export interface SealOptions {
  readonly version: SealVersion;
  /** Bytes that are authenticated but not sent here. */
  readonly aad: Uint8Array;
  /** Bytes to put in front, in clear. */
  readonly prefix: Uint8Array;
  /** Tests only: 12 bytes. By default fresh random ones. */
  readonly nonce?: Uint8Array;
}

export function seal(key: InstalledKey, plain: Uint8Array, options: SealOptions): Buffer {
  const { version, aad, prefix } = options;
  const nonce = options.nonce ?? freshNonce();
  const cipher = createCipheriv(key.cipher, key.secret, nonce, { authTagLength: TAG_BYTES });
  if (aad.length > 0) cipher.setAAD(aad);
  const start = prefix.length;
  const sealed = Buffer.allocUnsafe(start + sealedByteLength(plain.length, version));
  sealed.set(prefix, 0);
  sealed[start] = version;
  sealed.set(nonce, start + 1);
  sealed.set(cipher.update(plain), start + HEAD_BYTES);
  if (version === 0) {
    const pad = padLength(plain.length);
    sealed.set(cipher.update(Buffer.alloc(pad, pad)), start + HEAD_BYTES + plain.length);
  }
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
  return sealed;
}

/** Tries every key in order. @returns undefined when none opens it, it is too short or too new. */
export function open(keyring: Keyring, sealed: Uint8Array, aad: Uint8Array): Buffer | undefined {
  for (const key of keyring.installed) {
    const plain = openWith(key, sealed, aad);
    if (plain !== undefined) return plain;
  }
  return undefined;
}

/** Tries one key. @returns undefined when it does not open it, it is too short or too new. */
export function openWith(
  key: InstalledKey,
  sealed: Uint8Array,
  aad: Uint8Array,
): Buffer | undefined {
  const version = sealed[0];
  if (version !== 0 && version !== 1) return undefined;
  if (sealed.length < sealOverheadBytes(version)) return undefined;
  const tagAt = sealed.length - TAG_BYTES;
  const nonce = sealed.subarray(1, HEAD_BYTES);
  const decipher = createDecipheriv(key.cipher, key.secret, nonce, { authTagLength: TAG_BYTES });
  if (aad.length > 0) decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plain = decipher.update(sealed.subarray(HEAD_BYTES, tagAt));
  try {
    decipher.final();
    return version === 0 ? unpadded(plain) : plain;
  } catch {
    return undefined;
  }
}

/** PKCS #7: between 1 and 16 bytes, each holding their number. */
function padLength(plainBytes: number): number {
  return BLOCK_BYTES - (plainBytes % BLOCK_BYTES);
}

function unpadded(plain: Buffer): Buffer | undefined {
  const pad = plain[plain.length - 1] ?? 0;
  if (pad < 1 || pad > BLOCK_BYTES || pad > plain.length) return undefined;
  return plain.subarray(0, plain.length - pad);
}

/** One call into the system for many packets. */
const noncePool = Buffer.allocUnsafeSlow(NONCE_BYTES * 256);
let nonceAt = noncePool.length;

function freshNonce(): Uint8Array {
  if (nonceAt === noncePool.length) {
    randomFillSync(noncePool);
    nonceAt = 0;
  }
  const nonce = noncePool.subarray(nonceAt, nonceAt + NONCE_BYTES);
  nonceAt += NONCE_BYTES;
  return nonce;
}
