/**
 * The receiving side of one stream. Source: specs/memberlist-wire.md section 12.
 */
import { Buffer } from "node:buffer";
import { ByteQueue } from "../../../wire/byte-queue.ts";
import { COMPRESS_TYPE, readPacked } from "../../../wire/compression.ts";
import type { DropReason } from "../../../wire/drop-reason.ts";
import type { Keyring } from "../../../wire/keyring.ts";
import { LABEL_TYPE } from "../../../wire/label.ts";
import { type LzwOutcome, LzwUnpacking } from "../../../wire/lzw.ts";
import { MsgpackReader } from "../../../wire/msgpack-reader.ts";
import { MsgpackScanner } from "../../../wire/msgpack-scanner.ts";
import { openWith } from "../../../wire/seal.ts";
import type { ErrorMessage } from "../swim.messages.ts";
import { StreamBody, type StreamLimits, type StreamOutcome } from "./stream-body.wire.ts";
import { ENCRYPT_TYPE, swimTypes } from "./swim.wire.ts";

/** Who opened the stream decides what may come, and who writes a label. */
export type StreamRole = "dialer" | "acceptor";

export interface StreamDecoderOptions extends StreamLimits {
  readonly label: Uint8Array;
  readonly keyring: Keyring | undefined;
  readonly verifyIncoming: boolean;
}

const SEAL_HEAD_BYTES = 5;
/** Room for the framing of a message that is itself as large as allowed. */
const FRAMING_MAX_BYTES = 1024;
/** What one call works off; a message of 20 MiB would keep a node silent for half a second. */
const SLICE_BYTES = 1_048_576;
/** Values in the frame of a compressed message: it has two fields, later versions may add some. */
const FRAME_VALUES_MAX = 1_024;
const more: StreamOutcome = { kind: "more" };
const busy: StreamOutcome = { kind: "busy" };

/** What each end may hear (section 12.1). */
const expectedTypes: Readonly<Record<StreamRole, readonly number[]>> = {
  acceptor: [swimTypes.ping, swimTypes.pushPull, swimTypes.user],
  dialer: [swimTypes.ack, swimTypes.pushPull, swimTypes.err],
};

type Stage =
  | { readonly kind: "label" }
  | { readonly kind: "frame" }
  | { readonly kind: "sealed"; readonly length: number; triedCount: number }
  | { readonly kind: "inside" }
  | { readonly kind: "compressed"; readonly scanner: MsgpackScanner }
  | { readonly kind: "unpacking"; readonly unpacking: LzwUnpacking }
  | { readonly kind: "body"; readonly body: StreamBody };

type Sealed = Extract<Stage, { readonly kind: "sealed" }>;

/**
 * Give it bytes as they arrive; it looks at each once, however small the chunks, and holds at most
 * a message of `maxBytes`. After "busy" it wants to be called again, in another turn of the event
 * loop, with whatever has come or nothing. After "message" or "error" further bytes change nothing.
 */
export class StreamDecoder {
  private readonly role: StreamRole;
  private readonly options: StreamDecoderOptions;
  private queue = new ByteQueue();
  /** Where in the queue the current stage begins. */
  private at = 0;
  private stage: Stage;
  /** Everything is here: the inside of a seal or of a compressed frame. */
  private isWhole = false;
  private ended: StreamOutcome | undefined;

  constructor(role: StreamRole, options: StreamDecoderOptions) {
    this.role = role;
    this.options = options;
    this.stage = { kind: role === "acceptor" ? "label" : "frame" };
  }

  get heldBytes(): number {
    const unpacking = this.stage.kind === "unpacking" ? this.stage.unpacking.heldBytes : 0;
    return this.queue.capacity + unpacking;
  }

  feed(bytes: Uint8Array): StreamOutcome {
    if (this.ended !== undefined) return this.ended;
    this.queue.append(bytes);
    let outcome = this.advance();
    while (outcome === "next") outcome = this.advance();
    if (outcome.kind === "busy") return outcome;
    if (outcome.kind !== "more") return this.end(outcome);
    if (this.isWhole) return this.end(failure("truncated"));
    const isTooLong = this.queue.length > this.options.maxBytes + FRAMING_MAX_BYTES;
    return isTooLong ? this.end(failure("tooLarge")) : more;
  }

  private end(outcome: StreamOutcome): StreamOutcome {
    this.ended = outcome;
    this.queue = new ByteQueue();
    return outcome;
  }

  private advance(): StreamOutcome | "next" {
    const bytes = this.queue.bytes;
    switch (this.stage.kind) {
      case "label":
        return this.readLabel(bytes);
      case "frame":
        return this.readFrame(bytes);
      case "sealed":
        return this.readSealed(bytes, this.stage);
      case "inside":
        return this.readInside(bytes);
      case "compressed":
        return this.readCompressed(bytes, this.stage.scanner);
      case "unpacking":
        return this.unpack(this.stage.unpacking);
      case "body":
        return this.stage.body.read(bytes);
    }
  }

  private readLabel(bytes: Buffer): StreamOutcome | "next" {
    const { label } = this.options;
    if (bytes.length === 0) return more;
    if (label.length === 0) {
      if (bytes[0] === LABEL_TYPE) return failure("label");
    } else {
      const header = [LABEL_TYPE, label.length, ...label];
      const here = Math.min(header.length, bytes.length);
      for (let i = 0; i < here; i += 1) if (bytes[i] !== header[i]) return failure("label");
      if (here < header.length) return more;
      this.at = header.length;
    }
    this.stage = { kind: "frame" };
    return "next";
  }

  private readFrame(bytes: Buffer): StreamOutcome | "next" {
    const first = bytes[this.at];
    if (first === undefined) return more;
    const { keyring, verifyIncoming, maxBytes } = this.options;
    if (first !== ENCRYPT_TYPE) {
      if (keyring !== undefined && verifyIncoming) return this.refusal("encryption", needsSeal);
      this.stage = { kind: "inside" };
      return "next";
    }
    if (keyring === undefined) return this.refusal("encryption", hasNoKeys);
    if (bytes.length < this.at + SEAL_HEAD_BYTES) return more;
    const length = bytes.readUInt32BE(this.at + 1);
    if (length > maxBytes) return this.refusal("tooLarge", "remote node state is too large");
    this.stage = { kind: "sealed", length, triedCount: 0 };
    return "next";
  }

  /** A ring may have 64 keys, and each goes over all of the bytes. */
  private readSealed(bytes: Buffer, stage: Sealed): StreamOutcome | "next" {
    const start = this.at + SEAL_HEAD_BYTES;
    if (bytes.length < start + stage.length) return more;
    const { keyring, label } = this.options;
    const aad = Buffer.concat([bytes.subarray(this.at, start), label]);
    const sealed = bytes.subarray(start, start + stage.length);
    for (let sliceBytes = 0; sliceBytes < SLICE_BYTES; sliceBytes += sealed.length + 1) {
      const key = keyring?.installed[stage.triedCount];
      if (key === undefined) return this.refusal("decrypt", opensNot);
      stage.triedCount += 1;
      const plain = openWith(key, sealed, aad);
      if (plain === undefined) continue;
      this.goInside(plain);
      return sealed.length < SLICE_BYTES ? "next" : busy;
    }
    return busy;
  }

  /** From here on only `plain` counts, and it is all there is. */
  private goInside(plain: Uint8Array): void {
    this.queue = new ByteQueue(plain);
    this.at = 0;
    this.isWhole = true;
    this.stage = { kind: "inside" };
  }

  private readInside(bytes: Buffer): StreamOutcome | "next" {
    const type = bytes[this.at];
    if (type === undefined) return this.isWhole ? failure("empty") : more;
    if (type === COMPRESS_TYPE) {
      this.stage = { kind: "compressed", scanner: new MsgpackScanner(this.at + 1) };
      return "next";
    }
    return this.startBody(type, this.at + 1);
  }

  private readCompressed(bytes: Buffer, scanner: MsgpackScanner): StreamOutcome | "next" {
    const start = this.at + 1;
    const { maxBytes } = this.options;
    const bounds = { end: bytes.length, valuesMaxCount: FRAME_VALUES_MAX };
    const scanned = scanner.scan(bytes, bounds);
    if (scanned === "more") return more;
    const packed = readPacked(new MsgpackReader(bytes, start, scanner.at));
    switch (packed.kind) {
      case "packed":
        this.stage = { kind: "unpacking", unpacking: new LzwUnpacking(packed.bytes, maxBytes) };
        return "next";
      case "unknownAlgorithm":
        return this.refusal("compression", `${unknownAlgorithm} ${packed.algorithm}`);
      case "malformed":
        return this.refusal("malformed", "Failed to decode the compressed message");
    }
  }

  private unpack(unpacking: LzwUnpacking): StreamOutcome | "next" {
    const outcome: LzwOutcome | undefined = unpacking.goOn(SLICE_BYTES);
    switch (outcome?.kind) {
      case undefined:
        return busy;
      case "plain": {
        const type = outcome.bytes[0];
        if (type === undefined) return this.refusal("empty", "the decompressed stream is empty");
        this.goInside(outcome.bytes);
        return this.startBody(type, 1);
      }
      case "failure":
        return this.refusal(outcome.reason, "Failed to decompress the message");
    }
  }

  private startBody(type: number, start: number): StreamOutcome | "next" {
    if (!expectedTypes[this.role].includes(type)) {
      const isKnown = Object.values<number>(swimTypes).includes(type);
      return failure(isKnown ? "misplacedType" : "unknownType");
    }
    this.stage = { kind: "body", body: new StreamBody(type, start, this.options) };
    return "next";
  }

  /** Only an acceptor answers, and only when it could not read the framing (section 12.5). */
  private refusal(reason: DropReason, error: string): StreamOutcome {
    const reply: ErrorMessage = { kind: "err", error };
    return { kind: "error", reason, reply: this.role === "acceptor" ? reply : undefined };
  }
}

function failure(reason: DropReason): StreamOutcome {
  return { kind: "error", reason, reply: undefined };
}

// The words of memberlist, for whoever reads the logs of the other side.
const needsSeal = "Encryption is configured but remote state is not encrypted";
const hasNoKeys = "Remote state is encrypted and encryption is not configured";
const opensNot = "No installed keys could decrypt the message";
const unknownAlgorithm = "Cannot decompress unknown algorithm";
