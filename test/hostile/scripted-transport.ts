/** A transport with nobody behind it but the test: bytes go in by hand, and what leaves is kept. */
import type { Address } from "../../src/core/address.ts";
import type {
  ByteStream,
  StreamListener,
  Transport,
  TransportReceiver,
} from "../../src/transport/transport.ts";

export interface SentPacket {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

export class ScriptedTransport implements Transport {
  /** Packets the node sent, until taken. Beyond `keptMaxCount` only counted. */
  private sent: SentPacket[] = [];
  sentCount = 0;
  /** Streams the node dialed and nobody answered. */
  readonly dialed = new Set<ScriptedStream>();
  private receiver: TransportReceiver | undefined;
  private readonly keptMaxCount: number;

  constructor(keptMaxCount = 64) {
    this.keptMaxCount = keptMaxCount;
  }

  bind(address: Address, receiver: TransportReceiver): Promise<Address> {
    this.receiver = receiver;
    return Promise.resolve(address);
  }

  sendPacket(to: Address, bytes: Uint8Array): void {
    this.sentCount += 1;
    this.sent.push({ to, bytes });
    if (this.sent.length > this.keptMaxCount) this.sent.shift();
  }

  dial(to: Address, _timeoutMs: number, listener: StreamListener): ByteStream {
    const stream = new ScriptedStream(to);
    stream.listener = listener;
    stream.onGone = () => this.dialed.delete(stream);
    this.dialed.add(stream);
    return stream;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  deliver(from: Address, bytes: Uint8Array): void {
    this.receiver?.onPacket(from, bytes);
  }

  /** A peer opens a stream. */
  open(from: Address): ScriptedStream {
    const stream = new ScriptedStream(from);
    stream.listener = this.receiver?.onStream(stream);
    return stream;
  }

  takeSent(): SentPacket[] {
    const sent = this.sent;
    this.sent = [];
    return sent;
  }
}

/** One end of a stream; the test is the other. */
export class ScriptedStream implements ByteStream {
  readonly remote: Address;
  readonly written: Uint8Array[] = [];
  listener: StreamListener | undefined;
  onGone: () => void = () => {};
  isOver = false;

  constructor(remote: Address) {
    this.remote = remote;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isOver) this.written.push(bytes);
    return true;
  }

  readonly waitingBytes = 0;

  pause(): void {}

  resume(): void {}

  end(): void {
    this.isOver = true;
  }

  destroy(): void {
    this.isOver = true;
  }

  /** The peer is gone, as a transport tells last. */
  close(): void {
    this.isOver = true;
    this.onGone();
    this.listener?.onClose(undefined);
    this.listener = undefined;
  }
}
