import { readOrigin, writeText } from "../../core/dot-bytes.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";
import { compareUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { Vector } from "./operation-log.messages.ts";

/*
 *   vector   count varint ‖ per origin, ascending by bytes: its text ‖ varint
 *   time     milliseconds varint ‖ counter varint
 *   token    1 ‖ time ‖ vector
 */

const TOKEN_VERSION = 1;

/** What a client carries from replica to replica: V-client, and how late it is there. [spec §11] */
export interface ClientClock {
  readonly prev: Vector;
  readonly at: HybridTime;
}

export function writeVector(writer: ByteWriter, vector: Vector): void {
  writer.varint(vector.size);
  const entries = vector.size > 1 ? [...vector].sort(([a], [b]) => compareUtf8(a, b)) : vector;
  for (const [origin, upTo] of entries) {
    writeText(writer, origin);
    writer.varint(upTo);
  }
}

/** undefined for what is no vector in its one form. */
export function readVector(reader: ByteReader): Map<Origin, number> | undefined {
  const count = reader.varint();
  if (count === undefined) return undefined;
  const vector = new Map<Origin, number>();
  let previous = "";
  while (vector.size < count) {
    const origin = readOrigin(reader);
    const upTo = reader.varint();
    if (origin === undefined || upTo === undefined) return undefined;
    if (compareUtf8(previous, origin) >= 0) return undefined;
    vector.set(origin, upTo);
    previous = origin;
  }
  return vector;
}

export function writeTime(writer: ByteWriter, { counter, ms }: HybridTime): void {
  writer.varint(ms);
  writer.varint(counter);
}

export function readTime(reader: ByteReader): HybridTime | undefined {
  const ms = reader.varint();
  const counter = reader.varint();
  return ms === undefined || counter === undefined ? undefined : { ms, counter };
}

export function encodeClientClock({ at, prev }: ClientClock): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(TOKEN_VERSION);
  writeTime(writer, at);
  writeVector(writer, prev);
  return writer.finish();
}

/** undefined for bytes that are no token. */
export function decodeClientClock(bytes: Uint8Array): ClientClock | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== TOKEN_VERSION) return undefined;
  const at = readTime(reader);
  const prev = readVector(reader);
  if (at === undefined || prev === undefined || reader.remainingBytes > 0) return undefined;
  return { at, prev };
}
