import { sameBytes } from "../../core/bytes.ts";
import { HASH_BYTES } from "./header.ts";
import type { LedgerCrypto } from "./ledger.contract.ts";

/*
 * Trees of hashes as in RFC 6962 (and 9162): an odd leaf is neither doubled nor padded, so two
 * lists never share a root, and a prefix tells leaves from inner hashes.
 */

const LEAF = 0;
const INNER = 1;
/** Leaves up to here are hashed in one buffer that is used again. */
const SCRATCH_BYTES = 8_192;

/** Hashes of one kind of tree; the buffers are why it is a class. */
export class MerkleHasher {
  private readonly crypt: LedgerCrypto;
  private readonly inner = new Uint8Array(1 + 2 * HASH_BYTES).fill(INNER, 0, 1);
  private readonly scratch = new Uint8Array(SCRATCH_BYTES);

  constructor(crypt: LedgerCrypto) {
    this.crypt = crypt;
  }

  empty(): Uint8Array {
    return this.crypt.sha256(new Uint8Array(0));
  }

  leaf(data: Uint8Array): Uint8Array {
    const length = data.length + 1;
    const bytes = length > SCRATCH_BYTES ? new Uint8Array(length) : this.scratch;
    bytes[0] = LEAF;
    bytes.set(data, 1);
    return this.crypt.sha256(bytes.subarray(0, length));
  }

  join(left: Uint8Array, right: Uint8Array): Uint8Array {
    this.inner.set(left, 1);
    this.inner.set(right, 1 + HASH_BYTES);
    return this.crypt.sha256(this.inner);
  }

  /** Of a list of leaf hashes. [RFC 6962 §2.1] */
  root(leaves: readonly Uint8Array[]): Uint8Array {
    const frontier = new MerkleFrontier(this);
    for (const leaf of leaves) frontier.add(leaf);
    return frontier.root();
  }
}

/** The root of a list that grows, in memory of its logarithm. */
export class MerkleFrontier {
  private readonly hasher: MerkleHasher;
  /** At k the root of a complete tree of 2^k leaves, where the count has that bit. */
  private readonly peaks: (Uint8Array | undefined)[] = [];
  private count = 0;

  constructor(hasher: MerkleHasher) {
    this.hasher = hasher;
  }

  get size(): number {
    return this.count;
  }

  /** The roots of the complete trees in it, the smallest first: with the size, all that it is. */
  get roots(): readonly Uint8Array[] {
    return this.peaks.filter((peak) => peak !== undefined);
  }

  /** What it was; undefined where the roots are not those of a list of that size. */
  static of(
    hasher: MerkleHasher,
    size: number,
    roots: readonly Uint8Array[],
  ): MerkleFrontier | undefined {
    const frontier = new MerkleFrontier(hasher);
    let taken = 0;
    for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) {
      frontier.peaks.push(rest % 2 === 1 ? roots[taken] : undefined);
      if (rest % 2 === 1) taken += 1;
    }
    frontier.count = size;
    return taken === roots.length ? frontier : undefined;
  }

  add(leaf: Uint8Array): void {
    let hash = leaf;
    let level = 0;
    for (let peak = this.peaks[0]; peak !== undefined; peak = this.peaks[level]) {
      hash = this.hasher.join(peak, hash);
      this.peaks[level] = undefined;
      level += 1;
    }
    this.peaks[level] = hash;
    this.count += 1;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const peak of this.peaks) {
      if (peak !== undefined) root = root === undefined ? peak : this.hasher.join(peak, root);
    }
    return root ?? this.hasher.empty();
  }

  clone(): MerkleFrontier {
    const copy = new MerkleFrontier(this.hasher);
    copy.peaks.push(...this.peaks);
    copy.count = this.count;
    return copy;
  }
}

/** The leaves from `first` on, `count` of them. */
export type RangeRoot = (first: number, count: number) => Uint8Array;

export function rangeRootOf(hasher: MerkleHasher, leaves: readonly Uint8Array[]): RangeRoot {
  return (first, count) => hasher.root(leaves.slice(first, first + count));
}

/** Sibling hashes from leaf `index` of `size` upward. [RFC 6962 §2.1.1] */
export function inclusionPath(rangeRoot: RangeRoot, index: number, size: number): Uint8Array[] {
  const path: Uint8Array[] = [];
  let first = 0;
  let count = size;
  while (count > 1) {
    const left = largestPowerBelow(count);
    if (index - first < left) {
      path.push(rangeRoot(first + left, count - left));
      count = left;
    } else {
      path.push(rangeRoot(first, left));
      first += left;
      count -= left;
    }
  }
  return path.reverse();
}

/** That the first `before` of `size` leaves are what they were. [RFC 6962 §2.1.2] */
export function consistencyPath(rangeRoot: RangeRoot, before: number, size: number): Uint8Array[] {
  if (before === 0 || before === size) return [];
  const path: Uint8Array[] = [];
  let first = 0;
  let count = size;
  let known = before;
  let isWhole = true;
  while (known !== count) {
    const left = largestPowerBelow(count);
    if (known <= left) {
      path.push(rangeRoot(first + left, count - left));
      count = left;
    } else {
      path.push(rangeRoot(first, left));
      first += left;
      count -= left;
      known -= left;
      isWhole = false;
    }
  }
  // The first tree's own root is known to who asks, as long as it is a tree in the second.
  if (!isWhole) path.push(rangeRoot(first, count));
  return path.reverse();
}

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** [RFC 9162 §2.1.3.2] Whole numbers up to 2^53, so nothing is shifted as 32 bits. */
export function isIncluded(hasher: MerkleHasher, claim: InclusionClaim): boolean {
  const { index, leaf, path, root, size } = claim;
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  let place = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = hasher.join(sibling, hash);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else hash = hasher.join(hash, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameBytes(hash, root);
}

export interface ConsistencyClaim {
  readonly before: number;
  readonly size: number;
  readonly rootBefore: Uint8Array;
  readonly root: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** [RFC 9162 §2.1.4.2] */
export function isConsistent(hasher: MerkleHasher, claim: ConsistencyClaim): boolean {
  const { before, path, root, rootBefore, size } = claim;
  if (!isCount(before) || !isCount(size) || before > size) return false;
  if (before === size) return path.length === 0 && sameBytes(root, rootBefore);
  // Every list begins with the empty one.
  if (before === 0) return path.length === 0 && sameBytes(rootBefore, hasher.empty());
  const rest = [...path];
  const start = isPowerOfTwo(before) ? rootBefore : rest.shift();
  if (start === undefined) return false;
  let place = before - 1;
  let last = size - 1;
  while (place % 2 === 1) {
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  let [one, other] = [start, start];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      one = hasher.join(sibling, one);
      other = hasher.join(sibling, other);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else other = hasher.join(other, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameBytes(one, rootBefore) && sameBytes(other, root);
}

/** The greatest power of two below `count`, which is above 1. */
export function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function isPowerOfTwo(count: number): boolean {
  let power = 1;
  while (power < count) power *= 2;
  return power === count;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
