import type { Address } from "../../core/address.ts";
import type { ExchangeId } from "../../core/env.ts";
import type { ExchangeFailure, ExchangeOutcome } from "../../core/protocol.ts";
import type { ByteStream, StreamListener, Transport } from "../../transport/transport.ts";
import { feedSafely, type StreamReader } from "./coders.ts";
import type { StreamCounter } from "./stream-counter.ts";

/** What an exchange needs of its host. */
export interface ExchangeHost {
  readonly streamCounter: StreamCounter;
  onExchangeEnd(exchange: DialerExchange, outcome: ExchangeOutcome<unknown>): void;
  onStreamDropped(reason: string, peer: Address): void;
  /** The stream is gone; its deadline is of no more use. */
  onDialerClose(exchange: DialerExchange): void;
  /** Calls `goOn` in another turn of the event loop. */
  goOnLater(exchange: DialerExchange): void;
}

const noBytes = new Uint8Array(0);

export interface Request {
  readonly to: Address;
  readonly bytes: Uint8Array;
  readonly deadlineMs: number;
  /** What kind of message it is, to whoever counts. */
  readonly slot: number;
}

/** One exchange that this node began: dial, write the request, read one reply, close. */
export class DialerExchange implements StreamListener {
  readonly id: ExchangeId;
  private readonly host: ExchangeHost;
  private readonly request: Request;
  private readonly reader: StreamReader<unknown>;
  private stream: ByteStream | undefined;
  private isOpen = false;
  private receivedBytes = 0;
  private isDone = false;
  /** The reader has more to do with what is here. */
  private isReading = false;
  private end: "none" | "half" | "closed" = "none";

  constructor(
    host: ExchangeHost,
    id: ExchangeId,
    sent: { request: Request; reader: StreamReader<unknown> },
  ) {
    this.host = host;
    this.id = id;
    this.request = sent.request;
    this.reader = sent.reader;
  }

  begin(transport: Transport): void {
    const { to, bytes, deadlineMs } = this.request;
    const stream = transport.dial(to, deadlineMs, this);
    this.stream = stream;
    stream.write(bytes);
  }

  /** The deadline passed; after the reply it is for a peer that does not close its end. */
  fire(): void {
    if (this.isDone) this.stream?.destroy();
    else this.fail("timeout", "no end before the deadline");
  }

  onOpen(): void {
    const { bytes, slot } = this.request;
    this.isOpen = true;
    this.host.streamCounter.onSent(slot, bytes.length);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.isDone) return;
    this.receivedBytes += bytes.length;
    this.read(bytes);
  }

  /** The next slice of a reply that is long to read. */
  goOn(): void {
    if (!this.isReading) return;
    this.isReading = false;
    if (!this.isDone) this.read(noBytes);
  }

  private read(bytes: Uint8Array): void {
    const reading = feedSafely(this.reader, bytes);
    if (reading.kind === "busy") return this.readOnLater();
    if (reading.kind === "more") return this.afterReading();
    if (reading.kind === "message") {
      this.stream?.end();
      this.finish({ kind: "reply", reply: reading.message });
      return;
    }
    this.host.onStreamDropped(reading.reason, this.request.to);
    this.fail("malformed", reading.reason);
  }

  onEnd(): void {
    if (this.isDone) return;
    this.end = "half";
    if (this.isReading) return;
    this.stream?.end();
    if (this.receivedBytes > 0) this.fail("closed", "the stream ended within the reply");
    else this.finish({ kind: "reply", reply: undefined });
  }

  onClose(error: Error | undefined): void {
    this.host.onDialerClose(this);
    if (this.isDone) return;
    // All bytes may be here: who has said everything need not stay.
    if (this.isReading) {
      this.end = "closed";
      return;
    }
    const detail = error?.message ?? "closed without a reply";
    const isTimeout = error !== undefined && "code" in error && error.code === "ETIMEDOUT";
    if (isTimeout) this.fail("timeout", detail);
    else this.fail(this.isOpen ? "closed" : "unreachable", detail);
  }

  private readOnLater(): void {
    if (this.isReading) return;
    this.isReading = true;
    this.host.goOnLater(this);
  }

  /** What ended while a slice was waiting ends now. */
  private afterReading(): void {
    if (this.end === "half") this.onEnd();
    else if (this.end === "closed") this.fail("closed", "closed within the reply");
  }

  private fail(reason: ExchangeFailure, detail: string): void {
    if (this.isDone) return;
    this.finish({ kind: "failure", reason, detail });
    this.stream?.destroy();
  }

  private finish(outcome: ExchangeOutcome<unknown>): void {
    this.isDone = true;
    const reply = outcome.kind === "reply" ? outcome.reply : undefined;
    this.host.streamCounter.onReceived(reply, this.receivedBytes);
    this.host.onExchangeEnd(this, outcome);
  }
}
