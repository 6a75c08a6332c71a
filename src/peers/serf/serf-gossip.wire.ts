/**
 * Bodies of what Serf gossips and of its push/pull state.
 * Source: specs/memberlist-wire.md sections 21.1, 22 and 23; fields in declaration order there.
 */
import { type MsgpackReader, nilBytes } from "../../wire/msgpack-reader.ts";
import { StructFields } from "../../wire/msgpack-struct.ts";
import { keyBytes, type MsgpackWriter } from "../../wire/msgpack-writer.ts";
import type {
  JoinIntentMessage,
  LeaveIntentMessage,
  SerfEventSlot,
  SerfPushPullMessage,
  UserEventMessage,
} from "./serf.messages.ts";

const keys = {
  cc: keyBytes("CC"),
  eventLTime: keyBytes("EventLTime"),
  events: keyBytes("Events"),
  lTime: keyBytes("LTime"),
  leftMembers: keyBytes("LeftMembers"),
  name: keyBytes("Name"),
  node: keyBytes("Node"),
  payload: keyBytes("Payload"),
  prune: keyBytes("Prune"),
  queryLTime: keyBytes("QueryLTime"),
  statusLTimes: keyBytes("StatusLTimes"),
} as const;

const TIME_MAX = Number.MAX_SAFE_INTEGER;
/**
 * Names, times or events in one push/pull state, refused by their declared count: 20 MiB of state
 * could hold as many million of them, at a hundred times the memory. As `stateEntriesMaxCount`.
 */
const ENTRIES_MAX = 65_536;

// --- intents ----------------------------------------------------------------

const intentFields = new StructFields(["LTime", "Node", "Prune"]);

export function writeIntent(
  writer: MsgpackWriter,
  message: LeaveIntentMessage | JoinIntentMessage,
): void {
  writer.mapHead(message.kind === "leave" ? 3 : 2);
  writer.append(keys.lTime);
  writer.int(message.lTime);
  writer.append(keys.node);
  writer.text(message.node);
  if (message.kind === "join") return;
  writer.append(keys.prune);
  writer.boolean(message.prune);
}

export function readIntent(
  reader: MsgpackReader,
  kind: "join" | "leave",
): LeaveIntentMessage | JoinIntentMessage {
  let lTime = 0;
  let node = "";
  let prune = false;
  const fields = intentFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "LTime") lTime = reader.uint(TIME_MAX);
    else if (field === "Node") node = reader.text();
    else prune = reader.boolean();
  }
  return kind === "join" ? { kind, lTime, node } : { kind, lTime, node, prune };
}

// --- user events ------------------------------------------------------------

const userEventFields = new StructFields(["LTime", "Name", "Payload", "CC"]);

export function writeUserEvent(writer: MsgpackWriter, message: UserEventMessage): void {
  writer.mapHead(4);
  writer.append(keys.cc);
  writer.boolean(message.cc);
  writer.append(keys.lTime);
  writer.int(message.lTime);
  writer.append(keys.name);
  writer.text(message.name);
  writer.append(keys.payload);
  writer.raw(message.payload);
}

export function readUserEvent(reader: MsgpackReader): UserEventMessage {
  let lTime = 0;
  let name = "";
  let payload = nilBytes;
  let cc = false;
  const fields = userEventFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "CC") cc = reader.boolean();
    else if (field === "LTime") lTime = reader.uint(TIME_MAX);
    else if (field === "Name") name = reader.text();
    else payload = reader.raw();
  }
  return { kind: "userEvent", lTime, name, payload, cc };
}

// --- push/pull --------------------------------------------------------------

const pushPullFields = new StructFields([
  "LTime",
  "StatusLTimes",
  "LeftMembers",
  "EventLTime",
  "Events",
  "QueryLTime",
]);
const slotFields = new StructFields(["LTime", "Events"]);
const slotEventFields = new StructFields(["Name", "Payload"]);

export function writeSerfPushPull(writer: MsgpackWriter, message: SerfPushPullMessage): void {
  writer.mapHead(6);
  writer.append(keys.eventLTime);
  writer.int(message.eventLTime);
  writer.append(keys.events);
  writeSlots(writer, message);
  writer.append(keys.lTime);
  writer.int(message.lTime);
  writer.append(keys.leftMembers);
  writer.arrayHead(message.leftMembers.length);
  for (const name of message.leftMembers) writer.text(name);
  writer.append(keys.queryLTime);
  writer.int(message.queryLTime);
  writer.append(keys.statusLTimes);
  writer.mapHead(message.statusLTimes.size);
  for (const [name, lTime] of message.statusLTimes) {
    writer.text(name);
    writer.int(lTime);
  }
}

/** With `eventSlots` a ring like the real one's, the slot of time t at t mod its length. */
function writeSlots(writer: MsgpackWriter, message: SerfPushPullMessage): void {
  const { events } = message;
  const slotsCount = Math.max(message.eventSlots ?? 0, events.length);
  const ring = new Array<SerfEventSlot | undefined>(slotsCount);
  for (const slot of events) {
    let index = message.eventSlots === undefined ? 0 : slot.lTime % slotsCount;
    while (ring[index] !== undefined) index = (index + 1) % slotsCount;
    ring[index] = slot;
  }
  writer.arrayHead(slotsCount);
  for (const slot of ring) {
    if (slot === undefined) writer.nil();
    else writeSlot(writer, slot);
  }
}

function writeSlot(writer: MsgpackWriter, slot: SerfEventSlot): void {
  writer.mapHead(2);
  writer.append(keys.events);
  writer.arrayHead(slot.events.length);
  for (const event of slot.events) {
    writer.mapHead(2);
    writer.append(keys.name);
    writer.text(event.name);
    writer.append(keys.payload);
    writer.raw(event.payload);
  }
  writer.append(keys.lTime);
  writer.int(slot.lTime);
}

export function readSerfPushPull(reader: MsgpackReader): SerfPushPullMessage {
  let lTime = 0;
  let statusLTimes: ReadonlyMap<string, number> = new Map();
  let leftMembers: readonly string[] = [];
  let eventLTime = 0;
  let ring: Ring = { events: [], eventSlots: 0 };
  let queryLTime = 0;
  const fields = pushPullFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "EventLTime") eventLTime = reader.uint(TIME_MAX);
    else if (field === "Events") ring = readRing(reader);
    else if (field === "LTime") lTime = reader.uint(TIME_MAX);
    else if (field === "LeftMembers") leftMembers = readTexts(reader);
    else if (field === "QueryLTime") queryLTime = reader.uint(TIME_MAX);
    else statusLTimes = readTimes(reader);
  }
  return { kind: "pushPull", lTime, statusLTimes, leftMembers, eventLTime, ...ring, queryLTime };
}

interface Ring {
  readonly events: readonly SerfEventSlot[];
  readonly eventSlots: number;
}

function readRing(reader: MsgpackReader): Ring {
  const eventSlots = bounded(reader, reader.arrayLength());
  const events: SerfEventSlot[] = [];
  let eventsCount = 0;
  for (let i = 0; i < eventSlots && reader.failure === undefined; i += 1) {
    if (reader.peek() === 0xc0) reader.skip();
    else {
      const slot = readSlot(reader);
      eventsCount = bounded(reader, eventsCount + slot.events.length);
      events.push(slot);
    }
  }
  return { events, eventSlots };
}

function readSlot(reader: MsgpackReader): SerfEventSlot {
  let lTime = 0;
  const events: { name: string; payload: Uint8Array }[] = [];
  const fields = slotFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "LTime") lTime = reader.uint(TIME_MAX);
    else {
      const count = bounded(reader, reader.arrayLength());
      for (let i = 0; i < count && reader.failure === undefined; i += 1) {
        events.push(readSlotEvent(reader));
      }
    }
  }
  return { lTime, events };
}

function readSlotEvent(reader: MsgpackReader): { name: string; payload: Uint8Array } {
  let name = "";
  let payload = nilBytes;
  const fields = slotEventFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Name") name = reader.text();
    else payload = reader.raw();
  }
  return { name, payload };
}

function readTimes(reader: MsgpackReader): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const count = bounded(reader, reader.mapLength());
  for (let i = 0; i < count && reader.failure === undefined; i += 1) {
    const name = reader.text();
    times.set(name, reader.uint(TIME_MAX));
  }
  return times;
}

/** A list of strings; nil is the empty one. */
export function readTexts(reader: MsgpackReader): string[] {
  const texts: string[] = [];
  const count = bounded(reader, reader.arrayLength());
  for (let i = 0; i < count && reader.failure === undefined; i += 1) texts.push(reader.text());
  return texts;
}

/** `count`, or none and a failure. */
function bounded(reader: MsgpackReader, count: number): number {
  if (count <= ENTRIES_MAX) return count;
  reader.fail("tooLarge");
  return 0;
}
