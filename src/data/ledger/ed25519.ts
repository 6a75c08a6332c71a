import { at, byteAt } from "../../core/collections/at.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { encodeHex } from "../../core/hex.ts";

/*
 * What a verifier of Ed25519 must refuse, and OpenSSL does only in part: it refuses an S that is
 * not below the order, but takes public keys of small order, under which one signature fits many
 * messages. [RFC 8032 §5.1.7; Chalkias 2020, taming the many EdDSAs]
 */

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** 2^255 − 19. */
const P = (1n << 255n) - 19n;
/** Order of the base point. */
const L = (1n << 252n) + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
/** Of the curve −x² + y² = 1 + d·x²·y². */
const D = product(-121_665n, inverse(121_666n));
/** 64 bytes whose second half is below the order, so that nobody can make another one of it. */
export function isCanonicalSignature(signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && littleEndian(signature, 32, 64) < L;
}

/** The same few keys are asked about at each start, and in each proof. [because: 16 signer sets] */
const soundKeys = new BoundedMap<string, boolean>(1_024);

/** A point of the curve in its one form that is not of small order. */
export function isSoundPublicKey(key: Uint8Array): boolean {
  if (key.length !== KEY_BYTES) return false;
  const name = encodeHex(key);
  const known = soundKeys.get(name);
  if (known !== undefined) return known;
  const isSound = isSoundPoint(key);
  soundKeys.set(name, isSound);
  return isSound;
}

function isSoundPoint(key: Uint8Array): boolean {
  const encoded = littleEndian(key, 0, KEY_BYTES);
  const y = encoded & ((1n << 255n) - 1n);
  if (y >= P) return false;
  const y2 = product(y, y);
  // x² = (y² − 1) / (d·y² + 1), and that is a square where the product is one. [Euler's criterion]
  const above = product(y2 - 1n, 1n);
  // Of order 1 and 2: x = 0.
  if (above === 0n) return false;
  if (power(product(above, product(D, y2) + 1n), (P - 1n) / 2n) !== 1n) return false;
  return !isOfOrder4Or8(y2);
}

/**
 * Of order 4 are the points with y = 0. Whose double is one of them has x² = −y², by the formula of
 * doubling, and with that the curve says d·y⁴ + 2·y² − 1 = 0. [Bernstein 2008, §6]
 */
function isOfOrder4Or8(y2: bigint): boolean {
  return y2 === 0n || product(D, product(y2, y2)) === product(1n - 2n * y2, 1n);
}

function product(a: bigint, b: bigint): bigint {
  const rest = (a * b) % P;
  return rest < 0n ? rest + P : rest;
}

function inverse(value: bigint): bigint {
  return power(product(value, 1n), P - 2n);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = product(result, square);
    square = product(square, square);
  }
  return result;
}

function littleEndian(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let index = end - 1; index >= start; index -= 1) {
    value = (value << 8n) | at(byteNumbers, byteAt(bytes, index));
  }
  return value;
}

const byteNumbers = Array.from({ length: 256 }, (_, byte) => BigInt(byte));
