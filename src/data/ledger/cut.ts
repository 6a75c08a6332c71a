import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readU64, writeU64 } from "./big-endian.ts";
import { readTime, writeTime } from "./header.ts";
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

const VERSION = 1;

export function encodeCut({ time, upTo }: Cut): Uint8Array {
  const writer = new ByteWriter(21);
  writer.byte(VERSION);
  writeU64(writer, upTo);
  writeTime(writer, time);
  return writer.finish();
}

export function decodeCut(bytes: Uint8Array): Cut | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== VERSION) return undefined;
  const upTo = readU64(reader);
  const time = readTime(reader);
  if (upTo === undefined || time === undefined || reader.remainingBytes > 0) return undefined;
  return { upTo, time };
}
