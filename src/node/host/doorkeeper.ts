import type { ByteStream, StreamListener } from "../../transport/transport.ts";
import type { AcceptorExchange } from "./acceptor-exchange.ts";

export interface DoorkeeperPorts {
  /** How a connection begins; anything else is an exchange. */
  readonly preamble: Uint8Array;
  /** It is no exchange; its deadline is of no more use. */
  onConnection(exchange: AcceptorExchange): StreamListener | undefined;
}

/**
 * Reads the first bytes of a stream that a peer opened, and hands it to who must have it: a
 * connection begins with the label and `48 01`, which no message of memberlist's does.
 */
export class Doorkeeper implements StreamListener {
  private readonly ports: DoorkeeperPorts;
  private readonly stream: ByteStream;
  private readonly exchange: AcceptorExchange;
  private listener: StreamListener | undefined;
  /** Bytes of the preamble that have come. */
  private matchedBytes = 0;

  constructor(ports: DoorkeeperPorts, stream: ByteStream, exchange: AcceptorExchange) {
    this.ports = ports;
    this.stream = stream;
    this.exchange = exchange;
  }

  onBytes(bytes: Uint8Array): void {
    if (this.listener === undefined) this.read(bytes);
    else this.listener.onBytes(bytes);
  }

  onDrain(): void {
    this.listener?.onDrain?.();
  }

  onEnd(): void {
    if (this.listener === undefined && this.matchedBytes > 0) {
      this.exchange.onBytes(this.ports.preamble.slice(0, this.matchedBytes));
    }
    this.who().onEnd?.();
  }

  onClose(error: Error | undefined): void {
    this.who().onClose(error);
  }

  private read(bytes: Uint8Array): void {
    const { preamble } = this.ports;
    for (let at = 0; at < bytes.length; at += 1) {
      if (bytes[at] !== preamble[this.matchedBytes]) return this.becomeExchange(bytes, at);
      this.matchedBytes += 1;
      if (this.matchedBytes === preamble.length) return this.becomeConnection(bytes, at + 1);
    }
  }

  /** What matched so far was of the message. */
  private becomeExchange(bytes: Uint8Array, newBytes: number): void {
    const before = this.matchedBytes - newBytes;
    const { exchange } = this;
    this.listener = exchange;
    if (before > 0) exchange.onBytes(this.ports.preamble.slice(0, before));
    exchange.onBytes(bytes);
  }

  private becomeConnection(bytes: Uint8Array, restAt: number): void {
    const connection = this.ports.onConnection(this.exchange);
    this.listener = connection ?? deaf;
    if (connection === undefined) this.stream.destroy();
    else if (restAt < bytes.length) connection.onBytes(bytes.subarray(restAt));
  }

  private who(): StreamListener {
    this.listener ??= this.exchange;
    return this.listener;
  }
}

const deaf: StreamListener = { onBytes: () => {}, onClose: () => {} };
