/**
 * The message on a stream, behind label, seal and compression: msgpack objects and counted bytes
 * that arrive in chunks. Source: specs/memberlist-wire.md sections 12.2 to 12.5.
 */
import type { DropReason } from "../../../wire/drop-reason.ts";
import { MsgpackReader } from "../../../wire/msgpack-reader.ts";
import { MsgpackScanner } from "../../../wire/msgpack-scanner.ts";
import type { ErrorMessage, PushPullNode, SwimMessage } from "../swim.messages.ts";
import { readSwim, swimTypes } from "./swim.wire.ts";
import {
  type PushPullHeader,
  readPushPullHeader,
  readPushPullNode,
  readUserHeader,
} from "./swim-state.wire.ts";

export type StreamOutcome =
  | { readonly kind: "more" }
  /** There is enough to go on with, but not in this turn: feed no bytes in another one. */
  | { readonly kind: "busy" }
  | { readonly kind: "message"; readonly message: SwimMessage }
  | {
      readonly kind: "error";
      readonly reason: DropReason;
      /** What an acceptor answers before it closes (section 12.5); undefined: not a word. */
      readonly reply: ErrorMessage | undefined;
    };

/** What one message may hold. */
export interface StreamLimits {
  readonly maxBytes: number;
  /** Members in a push/pull: a compressed kilobyte can hold a million empty ones. */
  readonly nodesMaxCount: number;
}

/**
 * A header, or one member: 128 bytes of name, 512 of meta, and fields of versions to come. The
 * bytes of one object are looked at twice, to find its end and to read it.
 */
const OBJECT_MAX_BYTES = 65_536;

/** What one call works off: some 10 ms. The rest waits for the next one. */
const SLICE_BYTES = 524_288;
const SLICE_NODES_COUNT = 2_048;

type Step = StreamOutcome | "next";
const more: StreamOutcome = { kind: "more" };
const busy: StreamOutcome = { kind: "busy" };

/** Reads one body out of the bytes so far; each object is decoded once, when it is whole. */
export class StreamBody {
  private readonly type: number;
  private readonly limits: StreamLimits;
  private readonly scanner: MsgpackScanner;
  /** Where the object under way began, for the scanner may be in the middle of it. */
  private objectStart: number | undefined;
  private header: PushPullHeader | undefined;
  private readonly nodes: PushPullNode[] = [];
  private payloadBytes = -1;

  constructor(type: number, start: number, limits: StreamLimits) {
    this.type = type;
    this.limits = limits;
    this.scanner = new MsgpackScanner(start);
  }

  /** @param bytes all that has arrived, the same bytes as before in front. */
  read(bytes: Uint8Array): StreamOutcome {
    let step: Step = "next";
    const pauseAt = this.scanner.at + SLICE_BYTES;
    const pauseCount = this.nodes.length + SLICE_NODES_COUNT;
    while (step === "next") {
      if (this.scanner.at > pauseAt || this.nodes.length >= pauseCount) return busy;
      if (this.type === swimTypes.pushPull) step = this.readPushPull(bytes);
      else if (this.type === swimTypes.user) step = this.readUser(bytes);
      else step = this.readObject(bytes, (reader) => readSwim(this.type, reader));
    }
    return step;
  }

  /** Waits until the next object is whole, then decodes it; `take` says what follows from it. */
  private readObject(
    bytes: Uint8Array,
    take: (reader: MsgpackReader) => SwimMessage | DropReason | "next",
  ): Step {
    this.objectStart ??= this.scanner.at;
    const end = Math.min(bytes.length, this.objectStart + OBJECT_MAX_BYTES);
    const scanned = this.scanner.scan(bytes, { end, valuesMaxCount: OBJECT_MAX_BYTES });
    if (scanned === "more") return end < bytes.length ? failure("tooLarge") : more;
    if (scanned === "malformed") return failure("malformed");
    const reader = new MsgpackReader(bytes, this.objectStart, this.scanner.at);
    this.objectStart = undefined;
    this.scanner.restart();
    const taken = take(reader);
    if (reader.failure !== undefined) return failure(reader.failure);
    if (taken === "next") return "next";
    return typeof taken === "string" ? failure(taken) : { kind: "message", message: taken };
  }

  private readPushPull(bytes: Uint8Array): Step {
    const header = this.header;
    if (header === undefined) {
      return this.readObject(bytes, (reader) => {
        this.header = readPushPullHeader(reader);
        const { nodesCount, userStateBytes } = this.header;
        const { nodesMaxCount, maxBytes } = this.limits;
        return nodesCount > nodesMaxCount || userStateBytes > maxBytes ? "tooLarge" : "next";
      });
    }
    if (this.nodes.length < header.nodesCount) {
      return this.readObject(bytes, (reader) => {
        this.nodes.push(readPushPullNode(reader));
        return "next";
      });
    }
    const end = this.scanner.at + header.userStateBytes;
    if (bytes.length < end) return more;
    const userState = bytes.subarray(this.scanner.at, end);
    const { join } = header;
    return {
      kind: "message",
      message: { kind: "pushPull", join, nodes: this.nodes, userState },
    };
  }

  private readUser(bytes: Uint8Array): Step {
    if (this.payloadBytes < 0) {
      return this.readObject(bytes, (reader) => {
        this.payloadBytes = readUserHeader(reader);
        return this.payloadBytes > this.limits.maxBytes ? "tooLarge" : "next";
      });
    }
    const end = this.scanner.at + this.payloadBytes;
    if (bytes.length < end) return more;
    const payload = bytes.subarray(this.scanner.at, end);
    return { kind: "message", message: { kind: "user", payload } };
  }
}

function failure(reason: DropReason): StreamOutcome {
  return { kind: "error", reason, reply: undefined };
}
