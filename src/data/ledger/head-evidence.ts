import { sameBytes } from "../../core/bytes.ts";
import { compareBytes } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { FaultySigners } from "./evidence.ts";
import type { LedgerConfiguration, LedgerCrypto } from "./ledger.contract.ts";
import { goodSignatures } from "./signatures.ts";
import {
  areForkedHeads,
  encodeTreeHead,
  readTreeHead,
  type SignedTreeHead,
  treeHeadMessage,
} from "./tree-head.ts";

/** Two signed tree heads of one size, with two roots: the chain has forked. [spec ledger §8] */
export interface HeadEvidence {
  readonly one: SignedTreeHead;
  readonly other: SignedTreeHead;
}

/** Both heads, the lesser root first, so that all keep the same of the same fork. */
export function encodeHeadEvidence(one: SignedTreeHead, other: SignedTreeHead): Uint8Array {
  const isInOrder = compareBytes(one.root, other.root) <= 0;
  const writer = new ByteWriter(512);
  for (const head of isInOrder ? [one, other] : [other, one]) writer.bytes(encodeTreeHead(head));
  return writer.finish();
}

export function decodeHeadEvidence(bytes: Uint8Array): HeadEvidence | undefined {
  const reader = new ByteReader(bytes);
  const one = readTreeHead(reader);
  const other = one === undefined ? undefined : readTreeHead(reader);
  if (one === undefined || other === undefined || reader.remainingBytes > 0) return undefined;
  return { one, other };
}

/**
 * The signers of both; undefined when it is no evidence: not of one size of one chain, the same
 * root, or not enough have signed.
 */
export function faultyHeadSigners(
  crypt: LedgerCrypto,
  { one, other }: HeadEvidence,
  configurationOf: (signerEpoch: number) => LedgerConfiguration | undefined,
): FaultySigners | undefined {
  if (!areForkedHeads(one, other)) return undefined;
  const [first, second] = [one, other].map((head) => {
    const configuration = configurationOf(head.signerEpoch);
    if (configuration === undefined) return undefined;
    const { signatures } = head;
    const claim = { configuration, message: treeHeadMessage(head), signatures };
    const good = goodSignatures(crypt, claim);
    return good.length < configuration.threshold ? undefined : good;
  });
  if (first === undefined || second === undefined) return undefined;
  const inBoth = first.filter(({ keyId }) => second.some((one) => sameBytes(one.keyId, keyId)));
  return inBoth.map(({ keyId }) => keyId);
}
