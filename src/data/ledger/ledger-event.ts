import { sameBytes } from "../../core/bytes.ts";
import { compareBytes, decodeUtf8Strict, encodeUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readSized, readU32, readU64, writeSized, writeU64 } from "./big-endian.ts";
import { HASH_BYTES, readTime, writeTime } from "./header.ts";
import type { EventKind, LedgerCrypto, LedgerEvent } from "./ledger.contract.ts";

/*
 *   u8 kind (0 data, 1 configuration) ‖ lp(origin) ‖ u64 boot ‖ u64 seq ‖ i64 wall ‖ u32 logical
 *   ‖ lp(clock: lp(origin) ‖ u64, ascending) ‖ SHA-256 of the data ‖ lp(data). [spec §2]
 *
 * lp(x) is u32 length ‖ x. What the spec calls incarnation is the boot. [DESIGN section 9]
 */

const kinds: readonly EventKind[] = ["data", "configuration"];

export function encodeEvent(crypt: LedgerCrypto, event: LedgerEvent): Uint8Array {
  const { boot, clock, data, kind, origin, seq, time } = event;
  const writer = new ByteWriter(data.length + 128);
  writer.byte(kinds.indexOf(kind));
  writeSized(writer, encodeUtf8(origin));
  writeU64(writer, boot);
  writeU64(writer, seq);
  writeTime(writer, time);
  writeSized(writer, encodeClock(clock));
  writer.bytes(crypt.sha256(data));
  writeSized(writer, data);
  return writer.finish();
}

/** undefined for bytes that are not the one form of an event. The data is a view of them. */
export function decodeEvent(crypt: LedgerCrypto, bytes: Uint8Array): LedgerEvent | undefined {
  const reader = new ByteReader(bytes);
  const kind = kinds[reader.byte() ?? kinds.length];
  const origin = readName(reader);
  const boot = readU64(reader);
  const seq = readU64(reader);
  const time = readTime(reader);
  const clockBytes = readSized(reader);
  const dataHash = reader.bytes(HASH_BYTES);
  const data = readSized(reader);
  if (kind === undefined || origin === undefined || boot === undefined) return undefined;
  if (seq === undefined || time === undefined || clockBytes === undefined) return undefined;
  if (dataHash === undefined || data === undefined || reader.remainingBytes > 0) return undefined;
  const clock = decodeClock(clockBytes);
  if (clock === undefined || !sameBytes(crypt.sha256(data), dataHash)) return undefined;
  return { kind, origin, boot, seq, time, clock, data };
}

function encodeClock(clock: LedgerEvent["clock"]): Uint8Array {
  const writer = new ByteWriter();
  const entries = clock.map(([origin, seq]) => ({ name: encodeUtf8(origin), seq }));
  entries.sort((one, other) => compareBytes(one.name, other.name));
  for (const { name, seq } of entries) {
    writeSized(writer, name);
    writeU64(writer, seq);
  }
  return writer.finish();
}

function decodeClock(bytes: Uint8Array): (readonly [string, number])[] | undefined {
  const reader = new ByteReader(bytes);
  const clock: (readonly [string, number])[] = [];
  let previous: Uint8Array | undefined;
  while (reader.remainingBytes > 0) {
    const length = readU32(reader);
    const name = length === undefined ? undefined : reader.bytes(length);
    const seq = readU64(reader);
    const text = name === undefined ? undefined : decodeUtf8Strict(name);
    if (name === undefined || text === undefined || seq === undefined) return undefined;
    if (previous !== undefined && compareBytes(previous, name) >= 0) return undefined;
    previous = name;
    clock.push([text, seq]);
  }
  return clock;
}

function readName(reader: ByteReader): string | undefined {
  const bytes = readSized(reader);
  return bytes === undefined ? undefined : decodeUtf8Strict(bytes);
}
