import { readList, readOrigin, writeText } from "../../core/dot-bytes.ts";
import type { Origin } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { Clocks } from "./assembly.ts";
import { readPlace, writePlace } from "./order-state-bytes.ts";
import type { OrderedPlace } from "./ordered-log.contract.ts";

/*
 * What the applications of a node made of the log up to a place:
 *   1 ‖ place, two varints ‖ clocks ‖ list of applications, each text ‖ length ‖ state
 *   clocks: list of origin as text ‖ list of origin as text ‖ number varint
 */
const FORMAT = 1;

export interface AppSnapshot {
  readonly at: OrderedPlace;
  readonly clocks: Clocks;
  readonly states: ReadonlyMap<string, Uint8Array>;
}

/** The same in bytes, and what those come to. */
export interface PackedSnapshot extends OrderedPlace {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

export function encodeAppSnapshot({ at, clocks, states }: AppSnapshot): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.byte(FORMAT);
  writePlace(writer, at);
  writeClocks(writer, clocks);
  writer.varint(states.size);
  for (const [name, state] of states) {
    writeText(writer, name);
    writer.varint(state.length);
    writer.bytes(state);
  }
  return writer.finish();
}

/** undefined for bytes that are no snapshot. */
export function decodeAppSnapshot(bytes: Uint8Array): AppSnapshot | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) return undefined;
  const at = readPlace(reader);
  const clocks = at && readClocks(reader);
  const states = clocks && readList(reader, readState);
  if (at === undefined || clocks === undefined || states === undefined) return undefined;
  return reader.remainingBytes > 0 ? undefined : { at, clocks, states: new Map(states) };
}

export function writeClocks(writer: ByteWriter, clocks: Clocks): void {
  writer.varint(clocks.size);
  for (const [origin, clock] of clocks) {
    writeText(writer, origin);
    writer.varint(clock.size);
    for (const [other, count] of clock) {
      writeText(writer, other);
      writer.varint(count);
    }
  }
}

export function readClocks(reader: ByteReader): Clocks | undefined {
  const clocks = readList(reader, (from): [Origin, Map<string, number>] | undefined => {
    const origin = readOrigin(from);
    const clock = readList(from, readCount);
    return origin === undefined || clock === undefined ? undefined : [origin, new Map(clock)];
  });
  return clocks && new Map(clocks);
}

function readCount(reader: ByteReader): [string, number] | undefined {
  const origin = readOrigin(reader);
  const count = reader.varint();
  return origin === undefined || count === undefined ? undefined : [origin, count];
}

function readState(reader: ByteReader): [string, Uint8Array] | undefined {
  const name = reader.text();
  const state = reader.bytes(reader.varint() ?? -1);
  return name === undefined || state === undefined ? undefined : [name, state];
}
