/**
 * Streams: one message each way on a short connection, from the outside in label (dialer only),
 * seal, compression. Source: specs/memberlist-wire.md sections 9.3, 10 and 12.
 */
import { Buffer } from "node:buffer";
import { compressFrom } from "../../../wire/compression.ts";
import type { Keyring } from "../../../wire/keyring.ts";
import { labelBytes, labelHeader } from "../../../wire/label.ts";
import { MsgpackWriter } from "../../../wire/msgpack-writer.ts";
import { type SealVersion, seal, sealedByteLength } from "../../../wire/seal.ts";
import type { SwimMessage } from "../swim.messages.ts";
import { StreamDecoder, type StreamRole } from "./stream-decoder.wire.ts";
import { ENCRYPT_TYPE, swimTypes, writeSwim } from "./swim.wire.ts";
import { writeUserHeader } from "./swim-state.wire.ts";

export interface StreamCodecOptions {
  /** Empty for none; at most 255 bytes. */
  readonly label: string;
  readonly keyring: Keyring | undefined;
  /** False takes streams in clear although there is a keyring (section 9.4). */
  readonly verifyIncoming: boolean;
  /** False sends in clear. */
  readonly verifyOutgoing: boolean;
  /** For sending; receiving always works. A stream is compressed even when it grows (section 7). */
  readonly compression: "off" | "lzw";
  /** 1 seals in the old padded form. Default 2. */
  readonly protocolVersion?: number;
  /** Most bytes of one message, also sealed and unpacked. Default 20 MiB, memberlist's limit. */
  readonly streamMaxBytes?: number;
  /** Most members in a push/pull. Default 1,048,576, memberlist's limit (section 12.3). */
  readonly nodesMaxCount?: number;
}

export type { StreamOutcome } from "./stream-body.wire.ts";
export { StreamDecoder, type StreamRole } from "./stream-decoder.wire.ts";

const STREAM_MAX_BYTES = 20 * 1024 * 1024;
const NODES_MAX = 1_048_576;

export class StreamCodec {
  private readonly options: StreamCodecOptions;
  private readonly label: Uint8Array;
  private readonly header: Uint8Array;
  private readonly sealVersion: SealVersion;
  private readonly sealingRing: Keyring | undefined;
  private readonly writer = new MsgpackWriter();

  /** @throws RangeError when the label is too long. */
  constructor(options: StreamCodecOptions) {
    this.options = options;
    this.label = labelBytes(options.label);
    this.header = labelHeader(this.label);
    this.sealVersion = options.protocolVersion === 1 ? 0 : 1;
    this.sealingRing = options.verifyOutgoing ? options.keyring : undefined;
  }

  /** What the dialer sends: the label goes in front. */
  encodeRequest(message: SwimMessage): Uint8Array {
    return this.encode(message, this.header);
  }

  /** What the acceptor answers: no label header, but the seal still covers the label. */
  encodeReply(message: SwimMessage): Uint8Array {
    return this.encode(message, noBytes);
  }

  /** For the bytes that arrive at this end of one stream. */
  decoder(role: StreamRole): StreamDecoder {
    return new StreamDecoder(role, {
      label: this.label,
      keyring: this.options.keyring,
      verifyIncoming: this.options.verifyIncoming,
      maxBytes: this.options.streamMaxBytes ?? STREAM_MAX_BYTES,
      nodesMaxCount: this.options.nodesMaxCount ?? NODES_MAX,
    });
  }

  private encode(message: SwimMessage, header: Uint8Array): Uint8Array {
    const out = this.writer;
    const ring = this.sealingRing;
    out.cutTo(0);
    if (ring === undefined) out.append(header);
    const start = out.length;
    writeStreamMessage(out, message);
    if (this.options.compression === "lzw") compressFrom(out, start, "always");
    if (ring === undefined) return out.take();
    const plain = out.take();
    const frame = sealFrameHead(sealedByteLength(plain.length, this.sealVersion));
    return seal(ring.primary, plain, {
      version: this.sealVersion,
      aad: Buffer.concat([frame, this.label]),
      prefix: Buffer.concat([header, frame]),
    });
  }
}

const noBytes = new Uint8Array(0);

/** On a stream a user message says how long it is (section 12.4); the others are as in packets. */
function writeStreamMessage(out: MsgpackWriter, message: SwimMessage): void {
  if (message.kind !== "user") {
    writeSwim(out, message);
    return;
  }
  out.byte(swimTypes.user);
  writeUserHeader(out, message.payload.length);
  out.append(message.payload);
}

/** Type byte and length of what is sealed: the first part of what the seal covers (section 9.3). */
function sealFrameHead(sealedBytes: number): Buffer {
  const head = Buffer.allocUnsafe(5);
  head[0] = ENCRYPT_TYPE;
  head.writeUInt32BE(sealedBytes, 1);
  return head;
}
