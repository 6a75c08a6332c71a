import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32c } from "../../core/crc32c.ts";
import { HearsayError } from "../../core/errors.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readU32, readU64, writeU32, writeU64 } from "../../data/ledger/big-endian.ts";
import { HASH_BYTES } from "../../data/ledger/header.ts";
import type { LastSigned } from "../../data/ledger/ledger-store.contract.ts";
import { attempt, bytesIfAny } from "./ledger-folder.ts";

export const SIGNED_FILE = "signed";
/** u64 number ‖ hash ‖ u32 CRC-32C of these. */
const RECORD_BYTES = 44;
/** A longer file is written anew when it is opened. [because: 1,500 records] */
const FILE_MAX_BYTES = 65_536;

export function encodeSigned({ hash, number }: LastSigned): Uint8Array {
  const writer = new ByteWriter(RECORD_BYTES);
  writeU64(writer, number);
  writer.bytes(hash);
  writeU32(writer, crc32c(writer.finish()));
  return writer.finish();
}

/**
 * The last record. A crash leaves a part of one, or zeros; any other difference is not of a crash,
 * and the node signs nothing that could contradict what is lost.
 * @throws HearsayError LEDGER_CORRUPT, DATA_DIR
 */
export function readSigned(folder: string): LastSigned | undefined {
  const bytes = bytesIfAny(folder, SIGNED_FILE);
  if (bytes === undefined) return undefined;
  let last: LastSigned | undefined;
  const count = Math.floor(bytes.length / RECORD_BYTES);
  for (let place = 0; place < count; place += 1) {
    const start = place * RECORD_BYTES;
    const record = bytes.subarray(start, start + RECORD_BYTES);
    const read = decodeSigned(record);
    const isTorn = read === undefined && place === count - 1 && record.every((byte) => byte === 0);
    if (isTorn) break;
    if (read === undefined) {
      const what = `record ${place} of ${join(folder, SIGNED_FILE)} is not what was written`;
      throw new HearsayError("LEDGER_CORRUPT", `${what}; restore the file from before`);
    }
    last = read;
  }
  const isWhole = bytes.length === count * RECORD_BYTES;
  if (!isWhole || bytes.length > FILE_MAX_BYTES) rewrite(folder, last);
  return last;
}

function decodeSigned(record: Uint8Array): LastSigned | undefined {
  const reader = new ByteReader(record);
  const number = readU64(reader);
  const hash = reader.bytes(HASH_BYTES)?.slice();
  const sum = readU32(reader);
  if (number === undefined || hash === undefined || sum === undefined) return undefined;
  return crc32c(record.subarray(0, RECORD_BYTES - 4)) === sum ? { number, hash } : undefined;
}

function rewrite(folder: string, last: LastSigned | undefined): void {
  const bytes = last === undefined ? new Uint8Array(0) : encodeSigned(last);
  attempt(folder, () =>
    writeFileSync(join(folder, SIGNED_FILE), bytes, { mode: 0o600, flush: true }),
  );
}
