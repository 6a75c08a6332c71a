import { consistencyPath, inclusionPath, type MerkleHasher, type RangeRoot } from "./merkle.ts";

/** Trees of so many leaves are remembered. [because: 64 bytes for 256 blocks] */
const CHUNK_COUNT = 256;

/**
 * The tree over all hashes of a chain, for proofs. Of the leaves nothing is in memory but the roots
 * of whole chunks; those asked for are read where they are kept.
 */
export class ChainTree {
  private readonly hasher: MerkleHasher;
  private readonly hashAt: (number: number) => Uint8Array;
  /** By the first leaf and how many. */
  private readonly chunks = new Map<number, Uint8Array>();

  /** `hashAt` tells the hash of a block's header. */
  constructor(hasher: MerkleHasher, hashAt: (number: number) => Uint8Array) {
    this.hasher = hasher;
    this.hashAt = hashAt;
  }

  root(size: number): Uint8Array {
    return size === 0 ? this.hasher.empty() : this.rangeRoot(0, size);
  }

  /** That block `number` stands in the chain of these many. */
  inclusion(number: number, size: number): Uint8Array[] {
    return inclusionPath(this.range, number, size);
  }

  consistency(before: number, size: number): Uint8Array[] {
    return consistencyPath(this.range, before, size);
  }

  private readonly range: RangeRoot = (first, count) => this.rangeRoot(first, count);

  private rangeRoot(first: number, count: number): Uint8Array {
    if (count > CHUNK_COUNT) {
      let left = CHUNK_COUNT;
      while (left * 2 < count) left *= 2;
      return this.hasher.join(
        this.rangeRoot(first, left),
        this.rangeRoot(first + left, count - left),
      );
    }
    const isChunk = count === CHUNK_COUNT && first % CHUNK_COUNT === 0;
    const known = isChunk ? this.chunks.get(first) : undefined;
    if (known !== undefined) return known;
    const leaves = Array.from({ length: count }, (_, index) =>
      this.hasher.leaf(this.hashAt(first + index)),
    );
    const root = this.hasher.root(leaves);
    if (isChunk) this.chunks.set(first, root);
    return root;
  }
}
