import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../core/hex.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { nodeLedgerCrypto, signerOf } from "../../node/ledger/node-crypto.ts";
import { isCanonicalSignature, isSoundPublicKey } from "./ed25519.ts";
import { blockSignatureMessage, decodeHeader, encodeHeader, headerHash, noHash } from "./header.ts";
import { inclusionPath, MerkleHasher, rangeRootOf } from "./merkle.ts";

const file = new URL("../../../test/vectors/ledger/ledger.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8"));
const crypt = nodeLedgerCrypto;
const hasher = new MerkleHasher(crypt);
const bytesOf = (hex: string): Uint8Array => decodeHex(hex) ?? new Uint8Array(0);
const leavesOf = (texts: readonly string[]): Uint8Array[] =>
  texts.map((text) => hasher.leaf(encodeUtf8(text)));
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `e${index}`);

test("roots of the vectors", () => {
  const entries = Object.entries(vectors.roots);
  expect(entries.length).toBe(5);
  for (const [count, root] of entries) {
    expect(encodeHex(hasher.root(leavesOf(numbered(Number(count)))))).toBe(root);
  }
  expect(encodeHex(hasher.root([]))).toBe(encodeHex(crypt.sha256(new Uint8Array(0))));
});

test("paths of the vectors", () => {
  for (const { index, path, size } of vectors.paths) {
    const leaves = leavesOf(numbered(size));
    expect(inclusionPath(rangeRootOf(hasher, leaves), index, size).map(encodeHex)).toEqual(path);
  }
});

test("headers, hashes, key and signature of the vectors", () => {
  const chainId = crypt.sha256(encodeUtf8(vectors.chainIdOf));
  expect(encodeHex(chainId)).toBe(vectors.chainId);
  let previousHash: Uint8Array = noHash;
  for (const vector of vectors.headers) {
    const header = {
      chainId,
      number: vector.number,
      previousHash,
      eventsRoot: hasher.root(leavesOf(vector.leaves)),
      eventCount: vector.leaves.length,
      firstOrderIndex: vector.firstOrderIndex,
      lastOrderIndex: vector.lastOrderIndex,
      time: { wall: BigInt(vector.wall), logical: 0 },
      signerEpoch: 0,
    };
    previousHash = headerHash(crypt, header);
    expect(encodeHex(previousHash)).toBe(vector.headerHash);
    const bytes = encodeHeader(header);
    expect(bytes.length).toBe(149);
    expect(decodeHeader(bytes)).toEqual(header);
  }
  const signer = signerOf(bytesOf(vectors.seed));
  expect(encodeHex(signer.publicKey)).toBe(vectors.publicKey);
  expect(encodeHex(signer.keyId)).toBe(vectors.keyId);
  const message = blockSignatureMessage(previousHash);
  const signature = signer.sign(message);
  expect(encodeHex(signature)).toBe(vectors.signatureOfBlock1);
  expect(crypt.verify(signer.publicKey, message, signature)).toBe(true);
});

test("a signature with the order added to its S is refused", () => {
  const signer = signerOf(bytesOf(vectors.seed));
  const signature = signer.sign(noHash);
  expect(isCanonicalSignature(signature)).toBe(true);
  const order = (1n << 252n) + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  let value = order;
  for (let index = 0; index < 32; index += 1) {
    value += BigInt(signature[32 + index] ?? 0) << BigInt(8 * index);
  }
  const other = signature.slice();
  for (let index = 0; index < 32; index += 1) {
    other[32 + index] = Number((value >> BigInt(8 * index)) & 255n);
  }
  expect(isCanonicalSignature(other)).toBe(false);
  // OpenSSL refuses it, too; another implementation need not.
  expect(crypt.verify(signer.publicKey, noHash, other)).toBe(false);
});

test("public keys of small order are refused, which OpenSSL would take", () => {
  const p = (1n << 255n) - 19n;
  const encoded = (y: bigint): Uint8Array =>
    Uint8Array.from({ length: 32 }, (_, index) => Number((y >> BigInt(8 * index)) & 255n));
  // Of order 8, as lists of such points have them. [Chalkias 2020, table 1]
  const ofOrder8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
  const alsoOf8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
  const small = [
    encoded(0n),
    encoded(1n),
    encoded(p - 1n),
    encoded(p),
    encoded(p + 1n),
    bytesOf(ofOrder8),
    bytesOf(alsoOf8),
  ];
  for (const key of small) {
    expect(isSoundPublicKey(key)).toBe(false);
    const withSign = key.slice();
    withSign[31] = (withSign[31] ?? 0) | 0x80;
    expect(isSoundPublicKey(withSign)).toBe(false);
  }
  // Under the neutral element the "signature" (neutral, 0) fits every message.
  const fake = new Uint8Array(64).fill(1, 0, 1);
  expect(crypt.verify(encoded(1n), encodeUtf8("anything"), fake)).toBe(true);
  for (let number = 0; number < 20; number += 1) {
    expect(isSoundPublicKey(signerOf(new Uint8Array(32).fill(number)).publicKey)).toBe(true);
  }
  // About half of all numbers are the y of no point at all.
  const unsound = Array.from({ length: 40 }, (_, y) => encoded(BigInt(y + 2)));
  const count = unsound.filter(isSoundPublicKey).length;
  expect(count).toBeGreaterThan(8);
  expect(count).toBeLessThan(32);
});
