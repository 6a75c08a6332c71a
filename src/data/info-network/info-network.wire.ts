/**
 * Messages of the info network's streams as protobuf `cockroach.gossip.Request` and `Response`.
 * They are read and written field by field, not by way of generated classes: keys of maps may be
 * any text, entries that make no sense are dropped one by one, and counts are bounded on the way.
 * Source: proto/cockroach/gossip/gossip.proto, spec infostore §1.
 */
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type {
  HighWaterStamps,
  InfoMap,
  InfoRequest,
  InfoResponse,
  StampedInfo,
  UnresolvedAddress,
} from "./info-network.messages.ts";

/** Infos, and stamps, in one message. [because: 4 MiB of the smallest ones are few times more] */
const ENTRIES_MAX_COUNT = 200_000;
const CLUSTER_ID_BYTES = 16;

/** What came, and how many entries of its maps were dropped; or why nothing of it can be used. */
export type InfoReading<Message> =
  | { readonly kind: "message"; readonly message: Message; readonly droppedCount: number }
  | { readonly kind: "refused"; readonly reason: string };

export function encodeInfoRequest(request: InfoRequest): Uint8Array {
  const writer = new BinaryWriter();
  writeNumber(writer, 1, request.nodeId);
  writeAddress(writer, 2, request.address);
  writeStamps(writer, 3, request.highWaterStamps);
  writeInfoMap(writer, 4, request.delta);
  writeBytes(writer, 5, request.clusterId);
  return writer.finish();
}

export function encodeInfoResponse(response: InfoResponse): Uint8Array {
  const writer = new BinaryWriter();
  writeNumber(writer, 1, response.nodeId);
  writeAddress(writer, 2, response.address);
  if (response.alternate !== undefined) {
    writeAddress(writer, 3, response.alternate.address);
    writeNumber(writer, 4, response.alternate.nodeId);
  }
  writeInfoMap(writer, 5, response.delta);
  writeStamps(writer, 6, response.highWaterStamps);
  return writer.finish();
}

/** Never throws. */
export function decodeInfoRequest(bytes: Uint8Array): InfoReading<InfoRequest> {
  return reading((entries) => {
    const { delta, stamps } = entries;
    let nodeId = 0;
    let address = nowhere;
    let clusterId = new Uint8Array(0);
    new Fields(bytes).forEach((field, reader) => {
      if (field === 1) nodeId = reader.number();
      else if (field === 2) address = readAddress(reader.message(), address);
      else if (field === 3) entries.readStamp(reader.message());
      else if (field === 4) entries.readInfo(reader.message());
      else if (field === 5) clusterId = Uint8Array.from(reader.content());
    });
    checkNodeId(nodeId);
    clusterId = knownClusterId(clusterId);
    return { nodeId, address, highWaterStamps: stamps, delta, clusterId };
  });
}

/** Never throws. */
export function decodeInfoResponse(bytes: Uint8Array): InfoReading<InfoResponse> {
  return reading((entries) => {
    let nodeId = 0;
    let address = nowhere;
    let alternateAddress: UnresolvedAddress | undefined;
    let alternateNodeId = 0;
    new Fields(bytes).forEach((field, reader) => {
      if (field === 1) nodeId = reader.number();
      else if (field === 2) address = readAddress(reader.message(), address);
      else if (field === 3) alternateAddress = readAddress(reader.message(), alternateAddress);
      else if (field === 4) alternateNodeId = reader.number();
      else if (field === 5) entries.readInfo(reader.message());
      else if (field === 6) entries.readStamp(reader.message());
    });
    checkNodeId(nodeId);
    checkNodeId(alternateNodeId);
    const response = { nodeId, address, delta: entries.delta, highWaterStamps: entries.stamps };
    if (alternateAddress === undefined) return response;
    return { ...response, alternate: { address: alternateAddress, nodeId: alternateNodeId } };
  });
}

const nowhere: UnresolvedAddress = { network: "", address: "" };

/** What was read makes no sense; it never leaves this file. */
class Refusal extends Error {}

/** The fields of one message, of which each knows its wire type. Throws for bytes that are none. */
class Fields {
  private readonly reader: BinaryReader;
  private wireType: WireType = WireType.Varint;
  private field = 0;
  private isRead = false;

  constructor(bytes: Uint8Array) {
    this.reader = new BinaryReader(bytes);
  }

  /** What `visit` does not read is read over. */
  forEach(visit: (field: number, fields: this) => void): void {
    const { reader } = this;
    while (reader.pos < reader.len) {
      [this.field, this.wireType] = reader.tag();
      this.isRead = false;
      visit(this.field, this);
      if (!this.isRead) reader.skip(this.wireType, this.field);
    }
    if (reader.pos !== reader.len) throw new Refusal("it ends before its last field does");
  }

  number(): number {
    this.take(WireType.Varint);
    return this.reader.int32();
  }

  unsigned(): number {
    this.take(WireType.Varint);
    return this.reader.uint32();
  }

  long(): bigint {
    this.take(WireType.Varint);
    return BigInt(this.reader.int64());
  }

  /** In the bytes of the message, not copied. */
  content(): Uint8Array {
    this.take(WireType.LengthDelimited);
    return this.reader.bytes();
  }

  text(): string {
    return textDecoder.decode(this.content());
  }

  message(): Fields {
    return new Fields(this.content());
  }

  private take(wireType: WireType): void {
    if (this.wireType !== wireType) throw new Refusal(`field ${this.field} has a wrong type`);
    this.isRead = true;
  }
}

/** The maps of one message, filled as its fields come; of two entries of a key the later stands. */
class Entries {
  readonly delta = new Map<string, StampedInfo>();
  readonly stamps = new Map<number, bigint>();
  droppedCount = 0;
  private count = 0;

  readStamp(fields: Fields): void {
    let nodeId = 0;
    let stamp = 0n;
    this.takeEntry();
    fields.forEach((field, reader) => {
      if (field === 1) nodeId = reader.number();
      else if (field === 2) stamp = reader.long();
    });
    if (nodeId > 0 && stamp > 0n) this.stamps.set(nodeId, stamp);
    else this.droppedCount += 1;
  }

  /** An info without a writer, or whose stamps mean nothing, is dropped; the rest stands. */
  readInfo(fields: Fields): void {
    let key: string | undefined = "";
    let info: StampedInfo | undefined;
    this.takeEntry();
    fields.forEach((field, reader) => {
      if (field === 1) key = textOf(reader.content());
      else if (field === 2) info = readInfo(reader.message());
    });
    if (key !== undefined && info !== undefined && isSound(info)) this.delta.set(key, info);
    else this.droppedCount += 1;
  }

  private takeEntry(): void {
    this.count += 1;
    if (this.count > ENTRIES_MAX_COUNT) throw new Refusal("it has too many entries");
  }
}

const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** undefined for bytes that are no text. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return textDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function reading<Message>(read: (entries: Entries) => Message): InfoReading<Message> {
  const entries = new Entries();
  try {
    const message = read(entries);
    return { kind: "message", message, droppedCount: entries.droppedCount };
  } catch (error) {
    // Whatever the reader throws, it is the bytes that are wrong.
    return { kind: "refused", reason: error instanceof Error ? error.message : "unreadable" };
  }
}

function checkNodeId(nodeId: number): void {
  if (nodeId < 0) throw new Refusal(`${nodeId} is no id of a node`);
}

/** None, no bytes and zeros alone all mean that it is not known. */
function knownClusterId(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length !== 0 && bytes.length !== CLUSTER_ID_BYTES) {
    throw new Refusal(`a cluster id has ${CLUSTER_ID_BYTES} bytes, not ${bytes.length}`);
  }
  return bytes.every((byte) => byte === 0) ? new Uint8Array(0) : bytes;
}

function isSound({ nodeId, origStamp, ttlStamp }: StampedInfo): boolean {
  return nodeId > 0 && origStamp > 0n && ttlStamp > 0n;
}

/** As protobuf merges: a field that is there replaces that of an earlier part. */
function readAddress(fields: Fields, earlier: UnresolvedAddress = nowhere): UnresolvedAddress {
  let { address, network } = earlier;
  fields.forEach((field, reader) => {
    if (field === 1) network = reader.text();
    else if (field === 2) address = reader.text();
  });
  return { network, address };
}

function readInfo(fields: Fields): StampedInfo {
  let value: Pick<StampedInfo, "rawBytes" | "wallTime"> = { rawBytes: nothing, wallTime: 0n };
  let origStamp = 0n;
  let ttlStamp = 0n;
  let hops = 0;
  let nodeId = 0;
  let peerId = 0;
  fields.forEach((field, reader) => {
    if (field === 1) value = readValue(reader.message());
    else if (field === 2) origStamp = reader.long();
    else if (field === 3) ttlStamp = reader.long();
    else if (field === 4) hops = reader.unsigned();
    else if (field === 5) nodeId = reader.number();
    else if (field === 6) peerId = reader.number();
  });
  return { ...value, origStamp, ttlStamp, hops, nodeId, peerId };
}

const nothing = new Uint8Array(0);

function readValue(fields: Fields): Pick<StampedInfo, "rawBytes" | "wallTime"> {
  let rawBytes: Uint8Array = nothing;
  let wallTime = 0n;
  fields.forEach((field, reader) => {
    // Copied: an info outlives the message that it came in.
    if (field === 1) rawBytes = Uint8Array.from(reader.content());
    else if (field === 2) wallTime = readWallTime(reader.message());
  });
  return { rawBytes, wallTime };
}

/** The logical part, and the old `synthetic`, decide nothing here. */
function readWallTime(fields: Fields): bigint {
  let wallTime = 0n;
  fields.forEach((field, reader) => {
    if (field === 1) wallTime = reader.long();
  });
  return wallTime;
}

function writeAddress(writer: BinaryWriter, field: number, address: UnresolvedAddress): void {
  // Also when it is empty: others' readers may expect it.
  writer.tag(field, WireType.LengthDelimited).fork();
  writeText(writer, 1, address.network);
  writeText(writer, 2, address.address);
  writer.join();
}

function writeStamps(writer: BinaryWriter, field: number, stamps: HighWaterStamps): void {
  const sorted = [...stamps].sort(([one], [other]) => one - other);
  for (const [nodeId, stamp] of sorted) {
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int32(nodeId);
    writer.tag(2, WireType.Varint).int64(stamp);
    writer.join();
  }
}

/** In the order of the map: who splits a delta has put it into one that means something. */
export function writeInfoMap(writer: BinaryWriter, field: number, delta: InfoMap): void {
  for (const [key, info] of delta) {
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).fork();
    writeInfo(writer, info);
    writer.join();
    writer.join();
  }
}

function writeInfo(writer: BinaryWriter, info: StampedInfo): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  writeBytes(writer, 1, info.rawBytes);
  writer.tag(2, WireType.LengthDelimited).fork();
  writeLong(writer, 1, info.wallTime);
  writer.join();
  writer.join();
  writeLong(writer, 2, info.origStamp);
  writeLong(writer, 3, info.ttlStamp);
  if (info.hops !== 0) writer.tag(4, WireType.Varint).uint32(info.hops);
  writeNumber(writer, 5, info.nodeId);
  writeNumber(writer, 6, info.peerId);
}

function writeNumber(writer: BinaryWriter, field: number, value: number): void {
  if (value !== 0) writer.tag(field, WireType.Varint).int32(value);
}

function writeLong(writer: BinaryWriter, field: number, value: bigint): void {
  if (value !== 0n) writer.tag(field, WireType.Varint).int64(value);
}

function writeText(writer: BinaryWriter, field: number, value: string): void {
  if (value !== "") writer.tag(field, WireType.LengthDelimited).string(value);
}

function writeBytes(writer: BinaryWriter, field: number, value: Uint8Array): void {
  if (value.length > 0) writer.tag(field, WireType.LengthDelimited).bytes(value);
}
