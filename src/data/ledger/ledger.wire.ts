import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { SIGNATURE_BYTES } from "./block.ts";
import { HASH_BYTES } from "./header.ts";
import type { LedgerMessage } from "./ledger.messages.ts";

/*
 *   signature  1 ‖ number varint ‖ hash ‖ key id ‖ signature
 *   heads      2 ‖ height varint ‖ hash
 *   request    3 ‖ nonce varint ‖ from varint ‖ to varint
 *   blocks     4 ‖ nonce varint ‖ (length varint ‖ block) …, to the end
 *   evidence   5 ‖ bytes, to the end
 *   treeHead   6 ‖ bytes, to the end
 */

const kinds = ["signature", "heads", "request", "blocks", "evidence", "treeHead"] as const;
/** More are in no answer, whatever the options say. */
const BLOCKS_MAX_COUNT = 1_024;

export function encodeLedgerMessage(message: LedgerMessage): Uint8Array {
  const writer = new ByteWriter(256);
  writer.byte(kinds.indexOf(message.kind) + 1);
  switch (message.kind) {
    case "signature":
      writer.varint(message.number);
      for (const part of [message.hash, message.keyId, message.signature]) writer.bytes(part);
      break;
    case "heads":
      writer.varint(message.height);
      writer.bytes(message.headHash);
      break;
    case "request":
      for (const number of [message.nonce, message.from, message.to]) writer.varint(number);
      break;
    case "blocks":
      writer.varint(message.nonce);
      for (const block of message.blocks) {
        writer.varint(block.length);
        writer.bytes(block);
      }
      break;
    case "evidence":
    case "treeHead":
      writer.bytes(message.bytes);
  }
  return writer.finish();
}

/** Never throws; undefined for what is no message of this version. Copies what it takes. */
export function decodeLedgerMessage(bytes: Uint8Array): LedgerMessage | undefined {
  const reader = new ByteReader(bytes);
  const kind = kinds[(reader.byte() ?? 0) - 1];
  const message = kind === undefined ? undefined : readers[kind](reader);
  return reader.remainingBytes > 0 ? undefined : message;
}

type Read = (reader: ByteReader) => LedgerMessage | undefined;

const readers: Readonly<Record<(typeof kinds)[number], Read>> = {
  signature: (reader) => {
    const number = reader.varint();
    const hash = reader.bytes(HASH_BYTES)?.slice();
    const keyId = reader.bytes(HASH_BYTES)?.slice();
    const signature = reader.bytes(SIGNATURE_BYTES)?.slice();
    if (number === undefined || hash === undefined || keyId === undefined) return undefined;
    return signature && { kind: "signature", number, hash, keyId, signature };
  },
  heads: (reader) => {
    const height = reader.varint();
    const headHash = reader.bytes(HASH_BYTES)?.slice();
    return height === undefined || headHash === undefined
      ? undefined
      : { kind: "heads", height, headHash };
  },
  request: (reader) => {
    const nonce = reader.varint();
    const from = reader.varint();
    const to = reader.varint();
    if (nonce === undefined || from === undefined || to === undefined) return undefined;
    return { kind: "request", nonce, from, to };
  },
  blocks: (reader) => {
    const nonce = reader.varint();
    if (nonce === undefined) return undefined;
    const blocks: Uint8Array[] = [];
    while (reader.remainingBytes > 0 && blocks.length < BLOCKS_MAX_COUNT) {
      const block = reader.bytes(reader.varint() ?? -1)?.slice();
      if (block === undefined) return undefined;
      blocks.push(block);
    }
    return { kind: "blocks", nonce, blocks };
  },
  evidence: (reader) => {
    const rest = reader.bytes(reader.remainingBytes)?.slice();
    return rest && { kind: "evidence", bytes: rest };
  },
  treeHead: (reader) => {
    const rest = reader.bytes(reader.remainingBytes)?.slice();
    return rest && { kind: "treeHead", bytes: rest };
  },
};
