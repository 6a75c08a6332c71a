import { decodeUtf8Strict, encodeUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readSized, readU64, writeSized, writeU64 } from "./big-endian.ts";
import { HASH_BYTES, readTime, writeTime } from "./header.ts";
import type { LedgerTime } from "./ledger.contract.ts";

/**
 * "A block ends with this event." The decision is itself ordered, so that every signer makes the
 * same header of the same log. [spec ledger §2, Cutting]
 */
export interface Cut {
  /** Among the events of the chain. */
  readonly upTo: number;
  readonly time: LedgerTime;
}

/** What a ledger says in the order beside its events. */
export type LedgerNote =
  | ({ readonly kind: "cut" } & Cut)
  /** "I can sign, with this key": before there is a chain. */
  | { readonly kind: "key"; readonly name: string; readonly publicKey: Uint8Array }
  /** The configuration that the chain begins with: the first that is sound. */
  | { readonly kind: "genesis"; readonly configuration: Uint8Array };

/** Kinds of notes by their first byte. */
const CUT = 1;
const KEY = 2;
const GENESIS = 3;

export function encodeNote(note: LedgerNote): Uint8Array {
  const writer = new ByteWriter(64);
  switch (note.kind) {
    case "cut":
      writer.byte(CUT);
      writeU64(writer, note.upTo);
      writeTime(writer, note.time);
      break;
    case "key":
      writer.byte(KEY);
      writeSized(writer, encodeUtf8(note.name));
      writer.bytes(note.publicKey);
      break;
    case "genesis":
      writer.byte(GENESIS);
      writeSized(writer, note.configuration);
  }
  return writer.finish();
}

export function decodeNote(bytes: Uint8Array): LedgerNote | undefined {
  const reader = new ByteReader(bytes);
  const note = readNote(reader);
  return reader.remainingBytes === 0 ? note : undefined;
}

function readNote(reader: ByteReader): LedgerNote | undefined {
  const kind = reader.byte();
  if (kind === CUT) {
    const upTo = readU64(reader);
    const time = readTime(reader);
    return upTo === undefined || time === undefined ? undefined : { kind: "cut", upTo, time };
  }
  if (kind === KEY) {
    const nameBytes = readSized(reader);
    const name = nameBytes === undefined ? undefined : decodeUtf8Strict(nameBytes);
    const publicKey = reader.bytes(HASH_BYTES)?.slice();
    if (name === undefined || publicKey === undefined) return undefined;
    return { kind: "key", name, publicKey };
  }
  const configuration = kind === GENESIS ? readSized(reader)?.slice() : undefined;
  return configuration && { kind: "genesis", configuration };
}
