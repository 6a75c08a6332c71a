/** UDP and TCP with a meter between node and sockets: what nodes send, payloads only. */
import type { Address } from "../../src/core/address.ts";
import type {
  ByteStream,
  StreamListener,
  Transport,
  TransportReceiver,
} from "../../src/transport/transport.ts";
import { udpTcp } from "../../src/transport/udp-tcp/udp-tcp.ts";

class Meter {
  packetsSent = 0;
  bytesSent = 0;
  streamBytesSent = 0;
}

/** Makes the transports of all nodes of a process, and adds up what they send. */
export class MeteredNetwork {
  readonly name = "metered udp-tcp";
  readonly counts = new Meter();
  private readonly sockets = udpTcp();

  create(): Transport {
    return new MeteredTransport(this.sockets.create(), this.counts);
  }
}

class MeteredTransport implements Transport {
  private readonly inner: Transport;
  private readonly meter: Meter;

  constructor(inner: Transport, meter: Meter) {
    this.inner = inner;
    this.meter = meter;
  }

  bind(address: Address, receiver: TransportReceiver): Promise<Address> {
    return this.inner.bind(address, {
      onPacket: (from, bytes) => receiver.onPacket(from, bytes),
      onStream: (stream) => receiver.onStream(metered(stream, this.meter)),
      onTransportError: (where, error) => receiver.onTransportError(where, error),
    });
  }

  sendPacket(to: Address, bytes: Uint8Array): void {
    this.meter.packetsSent += 1;
    this.meter.bytesSent += bytes.length;
    this.inner.sendPacket(to, bytes);
  }

  dial(to: Address, timeoutMs: number, listener: StreamListener): ByteStream {
    return metered(this.inner.dial(to, timeoutMs, listener), this.meter);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

function metered(stream: ByteStream, meter: Meter): ByteStream {
  return {
    remote: stream.remote,
    write: (bytes) => {
      meter.streamBytesSent += bytes.length;
      return stream.write(bytes);
    },
    get waitingBytes() {
      return stream.waitingBytes;
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    end: () => stream.end(),
    destroy: () => stream.destroy(),
  };
}
