import { readDot, readList, writeDot, writeText } from "../../core/dot-bytes.ts";
import { compareUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { HASH_BYTES } from "./event.ts";
import type { LivesOf, OrderState, PlacedItem } from "./order-state.ts";
import type { OrderedPlace } from "./ordered-log.contract.ts";

/*
 * The state of an order, the same bytes for the same state:
 *   1 ‖ trimmed, as two varints ‖ end, the same
 *   ‖ list of members by name, each: text ‖ closed boot + 1 ‖ list of boot varint ‖ floor varint
 *   ‖ list of items, each 1 ‖ dot ‖ hash, or 2 ‖ length ‖ bytes of a note
 */
const FORMAT = 1;
const EVENT = 1;
const NOTE = 2;

type Kept = Pick<OrderState, "lives" | "end" | "trimmed" | "kept">;

export function encodeOrderState({ end, kept, lives, trimmed }: Kept): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.byte(FORMAT);
  writePlace(writer, trimmed);
  writePlace(writer, end);
  const members = [...lives].sort(([a], [b]) => compareUtf8(a, b));
  writer.varint(members.length);
  for (const [name, { closedBoot, floors }] of members) {
    writeText(writer, name);
    writer.varint(closedBoot + 1);
    writer.varint(floors.size);
    for (const [boot, floor] of [...floors].sort(([a], [b]) => a - b)) {
      writer.varint(boot);
      writer.varint(floor);
    }
  }
  writer.varint(kept.length);
  for (const item of kept) {
    if (item.kind === "event") {
      writer.byte(EVENT);
      writeDot(writer, item.dot);
      writer.bytes(item.hash);
    } else {
      writer.byte(NOTE);
      writer.varint(item.bytes.length);
      writer.bytes(item.bytes);
    }
  }
  return writer.finish();
}

/** undefined for bytes that are no state. What it holds are copies. */
export function decodeOrderState(bytes: Uint8Array): Kept | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) return undefined;
  const trimmed = readPlace(reader);
  const end = trimmed && readPlace(reader);
  const members = end && readList(reader, readMember);
  const count = members && reader.varint();
  if (trimmed === undefined || end === undefined || members === undefined) return undefined;
  if (count === undefined || count !== end.place - trimmed.place) return undefined;
  const kept: PlacedItem[] = [];
  let before = trimmed;
  while (kept.length < count) {
    const item = readItem(reader, before);
    if (item === undefined) return undefined;
    kept.push(item);
    before = item;
  }
  if (reader.remainingBytes > 0 || before.orderIndex !== end.orderIndex) return undefined;
  return { trimmed, end, lives: new Map(members), kept };
}

export function writePlace(writer: ByteWriter, { orderIndex, place }: OrderedPlace): void {
  writer.varint(place);
  writer.varint(orderIndex);
}

export function readPlace(reader: ByteReader): OrderedPlace | undefined {
  const place = reader.varint();
  const orderIndex = reader.varint();
  if (place === undefined || orderIndex === undefined || orderIndex > place) return undefined;
  return { place, orderIndex };
}

function readMember(reader: ByteReader): [string, LivesOf] | undefined {
  const name = reader.text();
  const closed = reader.varint();
  const floors = readList(reader, (from): [number, number] | undefined => {
    const boot = from.varint();
    const floor = from.varint();
    return boot === undefined || floor === undefined ? undefined : [boot, floor];
  });
  if (name === undefined || closed === undefined || floors === undefined) return undefined;
  return [name, { closedBoot: closed - 1, floors: new Map(floors) }];
}

function readItem(reader: ByteReader, before: OrderedPlace): PlacedItem | undefined {
  const kind = reader.byte();
  const place = before.place + 1;
  if (kind === EVENT) {
    const dot = readDot(reader);
    const hash = reader.bytes(HASH_BYTES)?.slice();
    if (dot === undefined || hash === undefined) return undefined;
    return { kind: "event", place, orderIndex: before.orderIndex + 1, dot, hash };
  }
  const bytes = kind === NOTE ? reader.bytes(reader.varint() ?? -1)?.slice() : undefined;
  return bytes && { kind: "note", place, orderIndex: before.orderIndex, bytes };
}
