import type { Address } from "../../core/address.ts";
import type { ByteStream, StreamListener } from "../../transport/transport.ts";
import { feedSafely, type StreamCoder, type StreamReader } from "./coders.ts";
import type { StreamCounter } from "./stream-counter.ts";

const noBytes = new Uint8Array(0);

/** What a stream opened by a peer needs of its host. */
export interface RequestHost {
  readonly streamCounter: StreamCounter;
  /** Runs the request as a step. */
  onRequest(from: Address, request: unknown): unknown;
  /** The time for reading or writing begins anew. */
  renewDeadline(exchange: AcceptorExchange): void;
  /** Calls `goOn` in another turn of the event loop. */
  goOnLater(exchange: AcceptorExchange): void;
  onStreamDropped(reason: string, peer: Address): void;
  /** The request is not whole and takes up more memory than before. */
  onBytesHeld(): void;
  onAcceptorClose(exchange: AcceptorExchange): void;
}

/** One exchange that a peer began: read one request, perhaps write a reply, close. */
export class AcceptorExchange implements StreamListener {
  private readonly host: RequestHost;
  private readonly stream: ByteStream;
  private readonly coder: StreamCoder<unknown>;
  private readonly reader: StreamReader<unknown>;
  private receivedBytes = 0;
  private isDone = false;
  /** The reader has more to do with what is here. */
  private isReading = false;
  private hasEnded = false;

  constructor(host: RequestHost, stream: ByteStream, coder: StreamCoder<unknown>) {
    this.host = host;
    this.stream = stream;
    this.coder = coder;
    this.reader = coder.decoder("acceptor");
  }

  /** What a request that is not whole yet takes up, framing and all, and what it unpacked to. */
  get heldBytes(): number {
    return this.isDone ? 0 : Math.max(this.receivedBytes, this.reader.heldBytes ?? 0);
  }

  /** A deadline passed: before the request was whole, or while the peer did not take the reply. */
  fire(): void {
    if (this.isDone) this.stream.destroy();
    else this.cutOff("slow");
  }

  cutOff(reason: string): void {
    this.host.onStreamDropped(reason, this.stream.remote);
    this.finish(undefined);
    this.stream.destroy();
  }

  onBytes(bytes: Uint8Array): void {
    if (this.isDone) return;
    this.receivedBytes += bytes.length;
    this.read(bytes);
  }

  /** The next slice of a request that is long to read. */
  goOn(): void {
    if (!this.isReading) return;
    this.isReading = false;
    if (!this.isDone) this.read(noBytes);
  }

  private read(bytes: Uint8Array): void {
    const reading = feedSafely(this.reader, bytes);
    if (reading.kind === "busy") return this.readOnLater();
    if (reading.kind === "more") return this.hasEnded ? this.onEnd() : this.host.onBytesHeld();
    this.finish(reading.kind === "message" ? reading.message : undefined);
    this.host.renewDeadline(this);
    if (reading.kind === "error") {
      this.host.onStreamDropped(reading.reason, this.stream.remote);
      this.answer(reading.reply);
    } else {
      this.answer(this.host.onRequest(this.stream.remote, reading.message));
    }
  }

  onEnd(): void {
    this.hasEnded = true;
    if (this.isReading) return;
    // Whoever connects and leaves without a byte is a health check, not a broken peer.
    if (!this.isDone && this.receivedBytes > 0) {
      this.host.onStreamDropped("truncated", this.stream.remote);
    }
    this.finish(undefined);
    this.stream.end();
  }

  onClose(): void {
    this.finish(undefined);
    this.host.onAcceptorClose(this);
  }

  /** Nothing more is read of it. */
  private finish(request: unknown): void {
    if (this.isDone) return;
    this.isDone = true;
    this.host.streamCounter.onReceived(request, this.receivedBytes);
  }

  private readOnLater(): void {
    if (this.isReading) return;
    this.isReading = true;
    this.host.goOnLater(this);
    this.host.onBytesHeld();
  }

  private answer(reply: unknown): void {
    if (reply !== undefined) {
      try {
        const bytes = this.coder.encodeReply(reply);
        this.stream.write(bytes);
        const { streamCounter } = this.host;
        streamCounter.onSent(streamCounter.slotOf(reply), bytes.length);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.host.onStreamDropped("encode", this.stream.remote);
      }
    }
    this.stream.end();
  }
}
