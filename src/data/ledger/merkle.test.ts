import { expect, test } from "vitest";
import { encodeUtf8 } from "../../core/text.ts";
import { nodeLedgerCrypto } from "../../node/ledger/node-crypto.ts";
import { ChainTree } from "./chain-tree.ts";
import {
  consistencyPath,
  inclusionPath,
  isConsistent,
  isIncluded,
  MerkleFrontier,
  MerkleHasher,
  rangeRootOf,
} from "./merkle.ts";

const SIZE_MAX = 64;
const hasher = new MerkleHasher(nodeLedgerCrypto);
const leaves = Array.from({ length: SIZE_MAX }, (_, index) => hasher.leaf(encodeUtf8(`e${index}`)));
const roots = Array.from({ length: SIZE_MAX + 1 }, (_, size) => hasher.root(leaves.slice(0, size)));
const rootOf = (size: number): Uint8Array => roots[size] ?? new Uint8Array(0);
const rangeRoot = rangeRootOf(hasher, leaves);

test("the definition of the root, by recursion, is what the frontier gives", () => {
  const byDefinition = (first: number, count: number): Uint8Array => {
    if (count === 1) return leaves[first] ?? new Uint8Array(0);
    let left = 1;
    while (left * 2 < count) left *= 2;
    return hasher.join(byDefinition(first, left), byDefinition(first + left, count - left));
  };
  const frontier = new MerkleFrontier(hasher);
  for (let size = 1; size <= SIZE_MAX; size += 1) {
    frontier.add(leaves[size - 1] ?? new Uint8Array(0));
    expect(frontier.root()).toEqual(byDefinition(0, size));
  }
});

test("inclusion of every index in every size up to 64, and of no other", () => {
  for (let size = 1; size <= SIZE_MAX; size += 1) {
    const root = rootOf(size);
    for (let index = 0; index < size; index += 1) {
      const leaf = leaves[index] ?? new Uint8Array(0);
      const path = inclusionPath(rangeRoot, index, size);
      const claim = { index, size, leaf, path, root };
      expect(isIncluded(hasher, claim)).toBe(true);
      expect(isIncluded(hasher, { ...claim, index: index + 1 })).toBe(false);
      expect(isIncluded(hasher, { ...claim, index: index - 1 })).toBe(false);
      expect(isIncluded(hasher, { ...claim, index: size })).toBe(false);
      expect(isIncluded(hasher, { ...claim, path: [...path, root] })).toBe(false);
      expect(isIncluded(hasher, { ...claim, leaf: root })).toBe(size === 1);
      if (path.length === 0) continue;
      expect(isIncluded(hasher, { ...claim, path: path.slice(1) })).toBe(false);
      if (path.length < 2) continue;
      expect(isIncluded(hasher, { ...claim, path: [...path].reverse() })).toBe(false);
    }
  }
});

test("a proof of another size is refused where the two trees have another shape", () => {
  let refused = 0;
  for (let size = 2; size <= SIZE_MAX; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const leaf = leaves[index] ?? new Uint8Array(0);
      const path = inclusionPath(rangeRoot, index, size);
      for (const other of [size - 1, size + 1]) {
        // With that size's own root nothing fits.
        const root = rootOf(Math.min(other, SIZE_MAX));
        if (other <= SIZE_MAX) {
          expect(isIncluded(hasher, { index, size: other, leaf, path, root })).toBe(false);
          refused += 1;
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(4_000);
});

test("consistency of every pair of sizes up to 64, and of no other pair", () => {
  for (let size = 1; size <= SIZE_MAX; size += 1) {
    for (let before = 0; before <= size; before += 1) {
      const path = consistencyPath(rangeRoot, before, size);
      const claim = { before, size, rootBefore: rootOf(before), root: rootOf(size), path };
      expect(isConsistent(hasher, claim)).toBe(true);
      if (before === 0) continue;
      expect(isConsistent(hasher, { ...claim, path: [...path, rootOf(1)] })).toBe(false);
      expect(isConsistent(hasher, { ...claim, rootBefore: rootOf(before - 1) })).toBe(false);
      if (before === size) continue;
      expect(isConsistent(hasher, { ...claim, root: rootOf(size - 1) })).toBe(false);
      expect(isConsistent(hasher, { ...claim, before: before + 1 })).toBe(false);
      expect(isConsistent(hasher, { ...claim, before: size + 1 })).toBe(false);
      expect(isConsistent(hasher, { ...claim, path: path.slice(1) })).toBe(false);
      if (path.length < 2) continue;
      expect(isConsistent(hasher, { ...claim, path: [...path].reverse() })).toBe(false);
    }
  }
});

test("a rewritten beginning is not consistent with what was before", () => {
  const rewritten = [...leaves];
  rewritten[3] = hasher.leaf(encodeUtf8("another"));
  const other = rangeRootOf(hasher, rewritten);
  const path = consistencyPath(other, 10, 40);
  const claim = { before: 10, size: 40, rootBefore: rootOf(10), root: other(0, 40), path };
  expect(isConsistent(hasher, claim)).toBe(false);
});

test("the tree of a chain proves the same from chunks that it remembers", () => {
  const hashes = Array.from({ length: 1_000 }, (_, index) => {
    return nodeLedgerCrypto.sha256(encodeUtf8(`block ${index}`));
  });
  let readCount = 0;
  const tree = new ChainTree(hasher, (number) => {
    readCount += 1;
    return hashes[number] ?? new Uint8Array(0);
  });
  const all = hashes.map((hash) => hasher.leaf(hash));
  for (const size of [1, 255, 256, 257, 512, 999, 1_000]) {
    expect(tree.root(size)).toEqual(hasher.root(all.slice(0, size)));
    const number = Math.floor(size / 3);
    const leaf = all[number] ?? new Uint8Array(0);
    const path = tree.inclusion(number, size);
    expect(isIncluded(hasher, { index: number, size, leaf, path, root: tree.root(size) })).toBe(
      true,
    );
    const before = Math.max(1, Math.floor(size / 2));
    const rootBefore = tree.root(before);
    const consistency = tree.consistency(before, size);
    expect(
      isConsistent(hasher, { before, size, rootBefore, root: tree.root(size), path: consistency }),
    ).toBe(true);
  }
  const before = readCount;
  tree.root(1_000);
  expect(readCount - before).toBeLessThan(256);
});
