import { decodeUtf8Strict, encodeUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readSized, readU64, writeSized, writeU64 } from "./big-endian.ts";
import { configurationProblem, decodeConfiguration, encodeConfiguration } from "./configuration.ts";
import { decodeHeader, encodeHeader, HASH_BYTES, HEADER_BYTES, headerHash } from "./header.ts";
import type { LedgerCrypto, LedgerEvent } from "./ledger.contract.ts";
import { decodeEvent, encodeEvent } from "./ledger-event.ts";
import { type Cut, decodeNote, encodeNote } from "./notes.ts";
import type { ChainHead } from "./verification.ts";

/** What the order came to that is in no final block. */
export interface IntakeState {
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly base: ChainHead | undefined;
  readonly events: readonly LedgerEvent[];
  readonly firstIndex: number;
  readonly cuts: readonly Cut[];
  readonly readTo: number;
}

/*
 * u8 1 ‖ u64 keys ‖ (lp(name) ‖ key) … ‖ u8 has a base ‖ header ‖ lp(configuration) ‖ u64 first
 * index ‖ u64 read to ‖ u64 events ‖ lp(event) … ‖ u64 cuts ‖ lp(note) …
 */
const VERSION = 1;

export function encodeIntake(crypt: LedgerCrypto, state: IntakeState): Uint8Array {
  const { base, cuts, events, firstIndex, keys, readTo } = state;
  const writer = new ByteWriter(1_024);
  writer.byte(VERSION);
  writeU64(writer, keys.size);
  for (const [name, key] of [...keys].sort(([one], [other]) => (one < other ? -1 : 1))) {
    writeSized(writer, encodeUtf8(name));
    writer.bytes(key);
  }
  writer.byte(base === undefined ? 0 : 1);
  if (base !== undefined) {
    writer.bytes(encodeHeader(base.header));
    writeSized(writer, encodeConfiguration(base.configuration));
  }
  writeU64(writer, firstIndex);
  writeU64(writer, readTo);
  writeU64(writer, events.length);
  for (const event of events) writeSized(writer, encodeEvent(crypt, event));
  writeU64(writer, cuts.length);
  for (const cut of cuts) writeSized(writer, encodeNote({ kind: "cut", ...cut }));
  return writer.finish();
}

/** undefined for what is no such state; it may be of a node that nobody trusts. */
export function decodeIntake(crypt: LedgerCrypto, bytes: Uint8Array): IntakeState | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== VERSION) return undefined;
  const keys = readList(reader, readKey);
  const hasBase = reader.byte();
  const base = hasBase === 1 ? readBase(crypt, reader) : undefined;
  if (hasBase === 1 ? base === undefined : hasBase !== 0) return undefined;
  const firstIndex = readU64(reader);
  const readTo = readU64(reader);
  const events = readList(reader, (one) => {
    const event = readSized(one);
    return event === undefined ? undefined : decodeEvent(crypt, event.slice());
  });
  const cuts = readList(reader, readCut);
  if (keys === undefined || firstIndex === undefined || readTo === undefined) return undefined;
  if (events === undefined || cuts === undefined || reader.remainingBytes > 0) return undefined;
  return { keys: new Map(keys), base, events, firstIndex, cuts, readTo };
}

function readBase(crypt: LedgerCrypto, reader: ByteReader): ChainHead | undefined {
  const headerBytes = reader.bytes(HEADER_BYTES);
  const header = headerBytes === undefined ? undefined : decodeHeader(headerBytes);
  const bytes = readSized(reader);
  const configuration = bytes === undefined ? undefined : decodeConfiguration(bytes);
  if (header === undefined || configuration === undefined) return undefined;
  if (configurationProblem(crypt, configuration) !== undefined) return undefined;
  return { header, hash: headerHash(crypt, header), configuration };
}

function readKey(reader: ByteReader): [string, Uint8Array] | undefined {
  const bytes = readSized(reader);
  const name = bytes === undefined ? undefined : decodeUtf8Strict(bytes);
  const key = reader.bytes(HASH_BYTES)?.slice();
  return name === undefined || key === undefined ? undefined : [name, key];
}

function readCut(reader: ByteReader): Cut | undefined {
  const bytes = readSized(reader);
  const note = bytes === undefined ? undefined : decodeNote(bytes);
  return note?.kind === "cut" ? { upTo: note.upTo, time: note.time } : undefined;
}

function readList<T>(
  reader: ByteReader,
  one: (reader: ByteReader) => T | undefined,
): T[] | undefined {
  const count = readU64(reader);
  if (count === undefined || count > reader.remainingBytes) return undefined;
  const list: T[] = [];
  for (let index = 0; index < count; index += 1) {
    const item = one(reader);
    if (item === undefined) return undefined;
    list.push(item);
  }
  return list;
}
