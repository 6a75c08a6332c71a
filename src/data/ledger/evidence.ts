import { sameBytes } from "../../core/bytes.ts";
import { compareBytes } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readSignatures, writeSignatures } from "./block.ts";
import {
  blockSignatureMessage,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  headerHash,
} from "./header.ts";
import type {
  BlockHeader,
  BlockSignature,
  LedgerConfiguration,
  LedgerCrypto,
} from "./ledger.contract.ts";
import { goodSignatures } from "./signatures.ts";

export interface SignedHeader {
  readonly header: BlockHeader;
  readonly signatures: readonly BlockSignature[];
}

/** Two final headers of one number: somebody signed twice. [spec ledger §8] */
export interface ForkEvidence {
  readonly one: SignedHeader;
  readonly other: SignedHeader;
}

/** Key ids of signers who signed both. */
export type FaultySigners = readonly Uint8Array[];

/*
 * (header ‖ u16 count ‖ (key id ‖ signature) …), twice: the lesser header first, so that all nodes
 * keep the same evidence of the same fork.
 */

export function encodeEvidence({ one, other }: ForkEvidence): Uint8Array {
  const writer = new ByteWriter(1_024);
  for (const { header, signatures } of ordered(one, other)) {
    writer.bytes(encodeHeader(header));
    writeSignatures(writer, signatures);
  }
  return writer.finish();
}

export function decodeEvidence(bytes: Uint8Array): ForkEvidence | undefined {
  const reader = new ByteReader(bytes);
  const one = readSignedHeader(reader);
  const other = readSignedHeader(reader);
  if (one === undefined || other === undefined || reader.remainingBytes > 0) return undefined;
  return { one, other };
}

/**
 * The signers who are provably faulty; undefined when it is no evidence: not of one number of this
 * chain, the same header, or one of them is not final.
 */
export function faultySigners(
  crypt: LedgerCrypto,
  { one, other }: ForkEvidence,
  configurationOf: (signerEpoch: number) => LedgerConfiguration | undefined,
): FaultySigners | undefined {
  const isOnePlace =
    one.header.number === other.header.number &&
    sameBytes(one.header.chainId, other.header.chainId);
  if (!isOnePlace || sameBytes(encodeHeader(one.header), encodeHeader(other.header))) {
    return undefined;
  }
  const [first, second] = [one, other].map((side) => {
    const configuration = configurationOf(side.header.signerEpoch);
    if (configuration === undefined) return undefined;
    const message = blockSignatureMessage(headerHash(crypt, side.header));
    const { signatures } = side;
    const good = goodSignatures(crypt, { configuration, message, signatures });
    return good.length < configuration.threshold ? undefined : good;
  });
  if (first === undefined || second === undefined) return undefined;
  const inBoth = first.filter(({ keyId }) => second.some((one) => sameBytes(one.keyId, keyId)));
  return inBoth.map(({ keyId }) => keyId);
}

function ordered(one: SignedHeader, other: SignedHeader): readonly SignedHeader[] {
  return compareBytes(encodeHeader(one.header), encodeHeader(other.header)) <= 0
    ? [one, other]
    : [other, one];
}

function readSignedHeader(reader: ByteReader): SignedHeader | undefined {
  const bytes = reader.bytes(HEADER_BYTES);
  const header = bytes === undefined ? undefined : decodeHeader(bytes);
  const signatures = header === undefined ? undefined : readSignatures(reader);
  return header === undefined || signatures === undefined ? undefined : { header, signatures };
}
