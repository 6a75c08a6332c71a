import { type Address, addressKey } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import type { ByteStream, StreamListener, Transport, TransportReceiver } from "../transport.ts";
import { type Line, MemoryStream } from "./memory-stream.ts";

/** The network, as one transport sees it. */
export interface Medium extends Line {
  readonly closeMaxMs: number;
  /** Gives `transport` the address, or a free port of it; undefined when it is taken. */
  claim(address: Address, transport: MemoryTransport): Address | undefined;
  release(address: Address): void;
  /** Why `bytes` cannot be sent as a packet now. */
  refusalOf(bytes: Uint8Array): Error | undefined;
  carryPacket(from: Address, to: Address, bytes: Uint8Array): void;
  carryDial(from: Address, to: Address, dial: Dial): void;
}

export interface Dial {
  readonly stream: MemoryStream;
  readonly timeoutMs: number;
}

/** One node's place on a memory network. */
export class MemoryTransport implements Transport {
  private readonly network: Medium;
  private readonly streams = new Set<MemoryStream>();
  private address: Address | undefined;
  private receiver: TransportReceiver | undefined;
  private closing: Promise<void> | undefined;
  private onAllGone: (() => void) | undefined;

  constructor(network: Medium) {
    this.network = network;
  }

  async bind(address: Address, receiver: TransportReceiver): Promise<Address> {
    const bound = this.network.claim(address, this);
    if (bound === undefined) {
      const taken = "address already in use: choose another --bind port";
      throw new HearsayError("BIND_FAILED", `${addressKey(address)}: ${taken}`);
    }
    this.address = bound;
    this.receiver = receiver;
    return bound;
  }

  sendPacket(to: Address, bytes: Uint8Array): void {
    const { address } = this;
    if (address === undefined || this.closing !== undefined) return;
    const refusal = this.network.refusalOf(bytes);
    if (refusal !== undefined) this.receiver?.onTransportError("memory send", refusal);
    else this.network.carryPacket(address, to, bytes);
  }

  takePacket(from: Address, bytes: Uint8Array): void {
    if (this.closing === undefined && bytes.length > 0) this.receiver?.onPacket(from, bytes);
  }

  dial(to: Address, timeoutMs: number, listener: StreamListener): ByteStream {
    // Dialing does not need a bound address; any but one in use will do as the source.
    const local = this.address ?? { host: to.host, port: 0 };
    const stream = this.newStream(local, to);
    stream.listen(listener);
    if (this.closing !== undefined) {
      queueMicrotask(() => stream.close(new Error("the transport is closed")));
      return stream;
    }
    this.network.carryDial(local, to, { stream, timeoutMs });
    return stream;
  }

  /** A dial arrived: undefined when nobody listens here. */
  accept(from: Address): MemoryStream | undefined {
    const { address, receiver } = this;
    if (address === undefined || receiver === undefined || this.closing !== undefined) {
      return undefined;
    }
    const stream = this.newStream(address, from);
    stream.listen(receiver.onStream(stream));
    return stream;
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private newStream(local: Address, remote: Address): MemoryStream {
    const stream = new MemoryStream(this.network, { local, remote }, (gone) => {
      this.streams.delete(gone);
      if (this.streams.size === 0) this.onAllGone?.();
    });
    this.streams.add(stream);
    return stream;
  }

  private async closeAll(): Promise<void> {
    if (this.address !== undefined) this.network.release(this.address);
    for (const stream of this.streams) stream.endSoon();
    // A stream with nothing left to send is gone at once, before anybody waits.
    if (this.streams.size === 0) return;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(() => {
        for (const stream of this.streams) stream.destroy();
      }, this.network.closeMaxMs);
      this.onAllGone = () => {
        clearTimeout(deadline);
        resolve();
      };
    });
  }
}
