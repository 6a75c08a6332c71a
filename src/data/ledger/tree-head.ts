import { sameBytes } from "../../core/bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readU32, readU64, writeU32, writeU64 } from "./big-endian.ts";
import { readSignatures, writeSignatures } from "./block.ts";
import { TREE_HEAD_DOMAIN } from "./domains.ts";
import { HASH_BYTES, readTime, writeTime } from "./header.ts";
import type { BlockSignature, LedgerTime } from "./ledger.contract.ts";

/** "The chain has these many blocks, and this is the root over their hashes." [spec ledger §3] */
export interface TreeHead {
  readonly chainId: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
  /** Of its last block, so that every signer makes the same. */
  readonly time: LedgerTime;
}

/** Signatures of those who sign the epoch of its last block. */
export interface SignedTreeHead extends TreeHead {
  readonly signerEpoch: number;
  readonly signatures: readonly BlockSignature[];
}

/*
 * "GLH1" ‖ chain id ‖ u64 size ‖ root ‖ i64 wall ‖ u32 logical ‖ u64 epoch ‖ u16 count
 * ‖ (key id ‖ signature) …
 */
const MAGIC = 0x47_4c_48_31;

/** What a signer of a tree head signs. */
export function treeHeadMessage({ chainId, root, size, time }: TreeHead): Uint8Array {
  const writer = new ByteWriter(128);
  writer.bytes(TREE_HEAD_DOMAIN);
  writer.bytes(chainId);
  writeU64(writer, size);
  writer.bytes(root);
  writeTime(writer, time);
  return writer.finish();
}

/** Two such heads of one chain are evidence of a fork. [spec ledger §8] */
export function areForkedHeads(one: TreeHead, other: TreeHead): boolean {
  const isOneChain = sameBytes(one.chainId, other.chainId) && one.size === other.size;
  return isOneChain && !sameBytes(one.root, other.root);
}

export function encodeTreeHead(head: SignedTreeHead): Uint8Array {
  const writer = new ByteWriter(256);
  writeU32(writer, MAGIC);
  writer.bytes(head.chainId);
  writeU64(writer, head.size);
  writer.bytes(head.root);
  writeTime(writer, head.time);
  writeU64(writer, head.signerEpoch);
  writeSignatures(writer, head.signatures);
  return writer.finish();
}

/** undefined for what is no signed tree head. */
export function decodeTreeHead(bytes: Uint8Array): SignedTreeHead | undefined {
  const reader = new ByteReader(bytes);
  const head = readTreeHead(reader);
  return reader.remainingBytes === 0 ? head : undefined;
}

/** It tells its own length: what comes behind it stays in the reader. */
export function readTreeHead(reader: ByteReader): SignedTreeHead | undefined {
  if (readU32(reader) !== MAGIC) return undefined;
  const chainId = reader.bytes(HASH_BYTES)?.slice();
  const size = readU64(reader);
  const root = reader.bytes(HASH_BYTES)?.slice();
  const time = readTime(reader);
  const signerEpoch = readU64(reader);
  const signatures = readSignatures(reader);
  if (chainId === undefined || size === undefined || root === undefined) return undefined;
  if (time === undefined || signerEpoch === undefined || signatures === undefined) return undefined;
  return { chainId, size, root, time, signerEpoch, signatures };
}
