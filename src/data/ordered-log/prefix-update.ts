import { makeOrigin, type Origin } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";

/*
 * An item of the committed prefix in bytes: 1 ‖ order index varint ‖ the event, or 2 ‖ order index
 * of the last event before it ‖ the note. Its dot has the log for origin, and its place for number.
 */
const kinds = { event: 1, note: 2 } as const;
/** The one life of a log: places are given once. */
const LIFE = 1;

export interface PrefixUpdate {
  readonly kind: "event" | "note";
  readonly orderIndex: number;
  readonly body: Uint8Array;
}

/** Under which all items of a log have their dots. */
export function prefixOrigin(log: string): Origin {
  return makeOrigin(log, LIFE);
}

export function encodePrefixUpdate({ body, kind, orderIndex }: PrefixUpdate): Uint8Array {
  const writer = new ByteWriter(body.length + 10);
  writer.byte(kinds[kind]);
  writer.varint(orderIndex);
  writer.bytes(body);
  return writer.finish();
}

/** undefined for bytes that are no item. */
export function decodePrefixUpdate(bytes: Uint8Array): PrefixUpdate | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  const orderIndex = reader.varint();
  if (orderIndex === undefined || (kind !== kinds.event && kind !== kinds.note)) return undefined;
  const body = bytes.subarray(reader.at);
  return { kind: kind === kinds.event ? "event" : "note", orderIndex, body };
}
