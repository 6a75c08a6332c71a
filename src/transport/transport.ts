import type { Address } from "../core/address.ts";

/**
 * Packets and byte streams on one address. Below it are sockets, or memory; it knows nothing of
 * messages. No method throws for reasons of the network: packets get lost, streams fail.
 */
export interface Transport {
  /**
   * Starts to listen for packets and streams on the same port. Port 0 asks for any free port.
   * @returns the address really bound.
   * @throws HearsayError BIND_FAILED when the address is taken or not of this machine.
   */
  bind(address: Address, receiver: TransportReceiver): Promise<Address>;
  /** Queues a packet from the bound address. The bytes must not be changed afterwards. */
  sendPacket(to: Address, bytes: Uint8Array): void;
  /** Opens a stream. The listener hears `onOpen`, or `onClose` with an error. */
  dial(to: Address, timeoutMs: number, listener: StreamListener): ByteStream;
  /** Stops listening, sends what is queued, ends open streams. Idempotent. */
  close(): Promise<void>;
}

/** Who is told what comes to a bound address. */
export interface TransportReceiver {
  /** A packet has come, whole; it may be late, doubled or out of order. */
  onPacket(from: Address, bytes: Uint8Array): void;
  /** A peer opened a stream: return who listens to it. */
  onStream(stream: ByteStream): StreamListener;
  /** Something went wrong that concerns no caller (a refused packet, an accept error). */
  onTransportError(where: string, error: Error): void;
}

/** One open connection, either end. */
export interface ByteStream {
  readonly remote: Address;
  /** Queues bytes. False asks to hold back until `onDrain`. Ignored after the end. */
  write(bytes: Uint8Array): boolean;
  /** Bytes queued that the system has not taken yet; 0 once it is closed. */
  readonly waitingBytes: number;
  /** No `onBytes` until `resume`; the peer's writes are held back when the buffers are full. */
  pause(): void;
  /** Goes on reading after `pause`. */
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** What is told of one stream. */
export interface StreamListener {
  /** A dial was answered. */
  onOpen?(): void;
  /** Bytes have come, in order; how many is the network's choice. */
  onBytes(bytes: Uint8Array): void;
  /** What was written is below the high water again. */
  onDrain?(): void;
  /** The peer has finished writing. */
  onEnd?(): void;
  /** Called once, last. `error` is undefined after an orderly end. */
  onClose(error: Error | undefined): void;
}
