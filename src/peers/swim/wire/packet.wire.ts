/**
 * Packets: what a UDP datagram holds around messages, from the outside in label, seal, CRC,
 * compression, compound. Source: specs/memberlist-wire.md sections 5 to 11.
 */
import { crc32 } from "node:zlib";
import { COMPRESS_TYPE, compressFrom, readCompressed } from "../../../wire/compression.ts";
import type { DropReason } from "../../../wire/drop-reason.ts";
import type { Keyring } from "../../../wire/keyring.ts";
import { labelBytes, labelHeader, matchLabel } from "../../../wire/label.ts";
import { MsgpackReader } from "../../../wire/msgpack-reader.ts";
import { MsgpackWriter } from "../../../wire/msgpack-writer.ts";
import { open, type SealVersion, seal, sealOverheadBytes } from "../../../wire/seal.ts";
import type { CompoundMessage, SwimMessage } from "../swim.messages.ts";
import type { PacketMeter } from "./packet-meter.ts";
import { checksumHead, readSwim, swimTypes, writeSwim } from "./swim.wire.ts";

/** The largest datagram there is (section 1). */
const PACKET_MAX_BYTES = 65_536;
/** Compound in compound in compression …: nobody sends more than two (section 5.2). */
const DEPTH_MAX = 8;
/** Messages read from one packet; a compound holds 255, and nobody nests more than two. */
const PARTS_MAX = 512;
/** All that one packet may unpack to: senders compress what would have fitted a datagram. */
const UNPACKED_MAX_BYTES = 2 * PACKET_MAX_BYTES;

export interface PacketCodecOptions {
  /** Empty for none; at most 255 bytes. */
  readonly label: string;
  /** Undefined: nothing is sealed, nothing is opened. */
  readonly keyring: Keyring | undefined;
  /** False takes packets that no key opens as plain ones; for rolling keys out (section 9.4). */
  readonly verifyIncoming: boolean;
  /** False sends in clear. */
  readonly verifyOutgoing: boolean;
  /** For sending; receiving always works. */
  readonly compression: "off" | "lzw";
  /** 1 seals in the old padded form. Default 2. */
  readonly protocolVersion?: number;
  /** Hears of each part that was dropped while others of its packet were read. */
  readonly onPartDropped?: (reason: DropReason) => void;
  readonly meter?: PacketMeter;
}

export type PacketOutcome = { readonly message: SwimMessage } | { readonly drop: DropReason };

export class PacketCodec {
  /** Most bytes that label and seal add to the messages of a packet (section 11). */
  readonly overheadBytes: number;

  private readonly options: PacketCodecOptions;
  private readonly label: Uint8Array;
  private readonly header: Uint8Array;
  private readonly sealVersion: SealVersion;
  private readonly sealingRing: Keyring | undefined;
  private readonly writer = new MsgpackWriter();

  /** @throws RangeError when the label is too long. */
  constructor(options: PacketCodecOptions) {
    this.options = options;
    this.label = labelBytes(options.label);
    this.header = labelHeader(this.label);
    this.sealVersion = options.protocolVersion === 1 ? 0 : 1;
    this.sealingRing = options.verifyOutgoing ? options.keyring : undefined;
    const sealBytes = this.sealingRing === undefined ? 0 : sealOverheadBytes(this.sealVersion);
    this.overheadBytes = this.header.length + sealBytes;
  }

  /** @throws RangeError for what no packet can hold: over 255 parts, a part over 65,535 bytes. */
  encode(message: SwimMessage): Uint8Array {
    const { meter } = this.options;
    meter?.onPacketBegun();
    const bytes = this.write(message);
    meter?.onPacketWritten(bytes.length);
    return bytes;
  }

  private write(message: SwimMessage): Uint8Array {
    const out = this.writer;
    const ring = this.sealingRing;
    out.cutTo(0);
    if (ring === undefined) out.append(this.header);
    if (this.options.compression === "off") writeSwim(out, message, this.options.meter);
    else this.writeCompressed(message);
    if (ring === undefined) return out.take();
    const sealed = seal(ring.primary, out.view(0), {
      version: this.sealVersion,
      aad: this.label,
      prefix: this.header,
    });
    out.cutTo(0);
    return sealed;
  }

  /** Never throws. The messages hold views of `bytes`, which must not change any more. */
  decode(bytes: Uint8Array): PacketOutcome {
    const { meter } = this.options;
    meter?.onPacketBegun();
    const outcome = this.unpack(bytes);
    meter?.onPacketRead(bytes.length);
    return outcome;
  }

  private unpack(bytes: Uint8Array): PacketOutcome {
    if (bytes.length > PACKET_MAX_BYTES) return { drop: "tooLarge" };
    const headerLength = matchLabel(bytes, this.header);
    if (headerLength < 0) return { drop: "label" };
    let plain = headerLength === 0 ? bytes : bytes.subarray(headerLength);
    const keyring = this.options.keyring;
    if (keyring !== undefined) {
      const opened = open(keyring, plain, this.label);
      if (opened === undefined && this.options.verifyIncoming) return { drop: "decrypt" };
      plain = opened ?? plain;
    }
    const start = checkedStart(plain);
    return start < 0 ? { drop: "crc" } : this.read(plain, start);
  }

  private read(bytes: Uint8Array, start: number): PacketOutcome {
    const type = bytes[start];
    if (type === swimTypes.compound || type === COMPRESS_TYPE) {
      const unwrapping = new Unwrapping(this.options);
      unwrapping.unwrap(bytes, start, bytes.length);
      return unwrapping.outcome();
    }
    const message = readSingle(bytes, start, bytes.length);
    if (typeof message === "string") return { drop: message };
    this.options.meter?.onRead(message, bytes.length - start);
    return { message };
  }

  /** Compression stands inside the CRC (section 5.1). */
  private writeCompressed(message: SwimMessage): void {
    const out = this.writer;
    const isChecksummed = message.kind === "hasCrc";
    const crcAt = out.length;
    if (isChecksummed) out.append(checksumHead);
    const start = out.length;
    writeSwim(out, isChecksummed ? message.message : message, this.options.meter);
    compressFrom(out, start, "ifShorter");
    if (isChecksummed) out.patchUint32(crcAt + 1, crc32(out.view(start)));
  }
}

/** Where the messages start, behind a CRC that fits; -1 when it does not fit. */
function checkedStart(bytes: Uint8Array): number {
  if (bytes.length < checksumHead.length || bytes[0] !== swimTypes.hasCrc) return 0;
  const told = new DataView(bytes.buffer, bytes.byteOffset + 1, 4).getUint32(0);
  return crc32(bytes.subarray(checksumHead.length)) === told ? checksumHead.length : -1;
}

function readSingle(bytes: Uint8Array, start: number, end: number): SwimMessage | DropReason {
  if (start >= end) return "empty";
  const type = bytes[start] ?? 0;
  if (type === swimTypes.err) return "misplacedType";
  return readSwim(type, new MsgpackReader(bytes, start + 1, end));
}

/** One packet's messages being taken out of their wrappings, within bounds for the whole packet. */
class Unwrapping {
  private readonly options: Pick<PacketCodecOptions, "meter" | "onPartDropped">;
  private readonly parts: SwimMessage[] = [];
  private readonly drops: DropReason[] = [];
  private hasCompound = false;
  private depth = 0;
  private unpackedLeftBytes = UNPACKED_MAX_BYTES;
  private partsLeft = PARTS_MAX;

  constructor(options: Pick<PacketCodecOptions, "meter" | "onPartDropped">) {
    this.options = options;
  }

  outcome(): PacketOutcome {
    const first = this.parts[0];
    const drops = first === undefined ? this.drops.slice(1) : this.drops;
    for (const reason of drops) this.options.onPartDropped?.(reason);
    if (first === undefined) return { drop: this.drops[0] ?? "empty" };
    if (!this.hasCompound) return { message: first };
    const message: CompoundMessage = { kind: "compound", parts: this.parts };
    return { message };
  }

  unwrap(bytes: Uint8Array, start: number, end: number): void {
    if (this.depth >= DEPTH_MAX) return this.drop("tooDeep");
    this.depth += 1;
    const type = bytes[start];
    if (start < end && type === swimTypes.compound) this.unwrapCompound(bytes, start + 1, end);
    else if (start < end && type === COMPRESS_TYPE) this.unwrapCompressed(bytes, start + 1, end);
    else this.keep(readSingle(bytes, start, end), end - start);
    this.depth -= 1;
  }

  private keep(message: SwimMessage | DropReason, bytesCount: number): void {
    if (typeof message === "string") return this.drop(message);
    this.parts.push(message);
    this.options.meter?.onRead(message, bytesCount);
  }

  private drop(reason: DropReason): void {
    this.drops.push(reason);
  }

  private unwrapCompound(bytes: Uint8Array, start: number, end: number): void {
    this.hasCompound = true;
    const count = bytes[start] ?? 0;
    let partAt = start + 1 + count * 2;
    if (start >= end || partAt > end) return this.drop("truncated");
    for (let i = 0; i < count; i += 1) {
      if (this.partsLeft === 0) return this.drop("tooLarge");
      this.partsLeft -= 1;
      const lengthAt = start + 1 + i * 2;
      const length = ((bytes[lengthAt] ?? 0) << 8) | (bytes[lengthAt + 1] ?? 0);
      // What was cut short is dropped with all behind it; the parts before it count (section 6).
      if (partAt + length > end) return this.drop("truncated");
      this.unwrap(bytes, partAt, partAt + length);
      partAt += length;
    }
  }

  private unwrapCompressed(bytes: Uint8Array, start: number, end: number): void {
    const outcome = readCompressed(new MsgpackReader(bytes, start, end), this.unpackedLeftBytes);
    switch (outcome.kind) {
      case "plain":
        this.unpackedLeftBytes -= outcome.bytes.length;
        return this.unwrap(outcome.bytes, 0, outcome.bytes.length);
      case "failure":
        // Its cost is not known, so it uses up the budget: else 255 parts could cost 255 budgets.
        this.unpackedLeftBytes = 0;
        return this.drop(outcome.reason);
      case "malformed":
        return this.drop("malformed");
      case "unknownAlgorithm":
        return this.drop("compression");
    }
  }
}
