/**
 * Parcels in datagrams and streams. A datagram is one of Hearsay's frames (wire/frame.ts); on a
 * stream its length stands before it, in four bytes, the largest first.
 */
import { Buffer } from "node:buffer";
import type { FindCodec } from "../exchange/enrolled.ts";
import { RUMOR_CHANNEL } from "../exchange/rumor/rumor.messages.ts";
import { decodeRumor, encodeRumor } from "../exchange/rumor/rumor.wire.ts";
import type {
  PacketCoder,
  PacketReading,
  StreamCoder,
  StreamReader,
  StreamReading,
} from "../node/host/coders.ts";
import { SAMPLING_CHANNEL } from "../peers/sampling/sampling.messages.ts";
import { decodeSampling, encodeSampling } from "../peers/sampling/sampling.wire.ts";
import { decodeFrame } from "../wire/frame.ts";
import type { Parcel } from "./parcel.ts";

const LENGTH_BYTES = 4;

export class ParcelCodec implements PacketCoder<Parcel>, StreamCoder<Parcel> {
  readonly overheadBytes = 0;
  private readonly codecOf: FindCodec;
  private readonly frameMaxBytes: number;

  constructor(codecOf: FindCodec, frameMaxBytes: number) {
    this.codecOf = codecOf;
    this.frameMaxBytes = frameMaxBytes;
  }

  encode({ content, from }: Parcel): Uint8Array {
    if (content.channel === "sampling") return encodeSampling(content.message, from);
    return encodeRumor(content.message, from, this.codecOf);
  }

  decode(bytes: Uint8Array): PacketReading<Parcel> {
    const frame = decodeFrame(bytes);
    if (frame === undefined) return { drop: "frame" };
    const { body, channel, origin: from } = frame;
    if (channel === SAMPLING_CHANNEL) {
      const message = decodeSampling(body);
      if (message === undefined) return { drop: "sampling" };
      return { message: { kind: "parcel", from, content: { channel: "sampling", message } } };
    }
    if (channel !== RUMOR_CHANNEL) return { drop: "channel" };
    const message = decodeRumor(body, this.codecOf);
    if (message === undefined) return { drop: "rumor" };
    return { message: { kind: "parcel", from, content: { channel: "rumor", message } } };
  }

  encodeRequest(parcel: Parcel): Uint8Array {
    const frame = this.encode(parcel);
    const bytes = Buffer.allocUnsafe(LENGTH_BYTES + frame.length);
    bytes.writeUInt32BE(frame.length, 0);
    bytes.set(frame, LENGTH_BYTES);
    return bytes;
  }

  /** Nobody answers on a stream. */
  encodeReply(): Uint8Array {
    throw new RangeError("there are no replies");
  }

  decoder(): StreamReader<Parcel> {
    return new ParcelReader(this, this.frameMaxBytes);
  }
}

/** One frame of one stream, as it comes in. */
class ParcelReader implements StreamReader<Parcel> {
  private readonly codec: ParcelCodec;
  private readonly frameMaxBytes: number;
  private readonly pieces: Uint8Array[] = [];
  private byteCount = 0;

  constructor(codec: ParcelCodec, frameMaxBytes: number) {
    this.codec = codec;
    this.frameMaxBytes = frameMaxBytes;
  }

  get heldBytes(): number {
    return this.byteCount;
  }

  feed(bytes: Uint8Array): StreamReading<Parcel> {
    if (bytes.length > 0) this.pieces.push(Uint8Array.from(bytes));
    this.byteCount += bytes.length;
    if (this.byteCount < LENGTH_BYTES) return { kind: "more" };
    const head = this.whole();
    const length = head.readUInt32BE(0);
    if (length > this.frameMaxBytes || this.byteCount > LENGTH_BYTES + length) {
      return { kind: "error", reason: "frameTooLarge", reply: undefined };
    }
    if (this.byteCount < LENGTH_BYTES + length) return { kind: "more" };
    const reading = this.codec.decode(head.subarray(LENGTH_BYTES));
    if ("message" in reading) return { kind: "message", message: reading.message };
    return { kind: "error", reason: reading.drop, reply: undefined };
  }

  private whole(): Buffer {
    if (this.pieces.length > 1)
      this.pieces.splice(0, this.pieces.length, Buffer.concat(this.pieces));
    const [whole = new Uint8Array(0)] = this.pieces;
    return Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength);
  }
}
