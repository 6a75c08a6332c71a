import { describe, expect, test } from "vitest";
import type { Address } from "../core/address.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import type {
  ByteStream,
  StreamListener,
  Transport,
  TransportReceiver,
} from "../transport/transport.ts";
import { UdpTcpTransport } from "../transport/udp-tcp/udp-tcp.ts";
import { runSuite } from "./test-api.ts";
import { type TransportRig, transportContract } from "./transport-contract.ts";

const anyPort: Address = { host: "127.0.0.1", port: 0 };

function memory(): TransportRig {
  const network = memoryNetwork();
  return { anyPort, create: () => network.create() };
}

transportContract({ describe, test }, "memory", memory);
transportContract({ describe, test }, "udp-tcp", () => ({
  anyPort,
  create: () => new UdpTcpTransport(),
}));

type Fault =
  | "packetAtOnce"
  | "packetCut"
  | "packetLost"
  | "oversizePasses"
  | "takesAnyAddress"
  | "dialOpens"
  | "opensAtOnce"
  | "closesTwice"
  | "bytesLost"
  | "endCloses"
  | "neverHoldsBack"
  | "neverPauses"
  | "closeThrowsAgain"
  | "closeForgetsStreams";

/** A memory transport with one fault. */
class FaultyTransport implements Transport {
  private readonly inner: Transport;
  private readonly fault: Fault;
  private readonly receivers: Map<number, TransportReceiver>;
  private bound: Address | undefined;
  private isClosed = false;
  constructor(inner: Transport, fault: Fault, receivers: Map<number, TransportReceiver>) {
    this.inner = inner;
    this.fault = fault;
    this.receivers = receivers;
  }
  async bind(address: Address, receiver: TransportReceiver): Promise<Address> {
    const isAny = this.fault === "takesAnyAddress";
    this.bound = await this.inner.bind(isAny ? anyPort : address, receiver);
    this.receivers.set(this.bound.port, receiver);
    return this.bound;
  }
  sendPacket(to: Address, bytes: Uint8Array): void {
    if (this.fault === "packetLost") return;
    const isDirect =
      this.fault === "packetAtOnce" || (this.fault === "oversizePasses" && bytes.length > 60_000);
    if (isDirect && this.bound !== undefined) {
      this.receivers.get(to.port)?.onPacket(this.bound, bytes);
    } else this.inner.sendPacket(to, this.fault === "packetCut" ? bytes.slice(0, 512) : bytes);
  }
  dial(to: Address, timeoutMs: number, listener: StreamListener): ByteStream {
    if (this.fault === "opensAtOnce") listener.onOpen?.();
    const { fault } = this;
    const stream = this.inner.dial(to, timeoutMs, {
      onOpen: () => listener.onOpen?.(),
      onBytes: (bytes) => listener.onBytes(bytes),
      onDrain: () => listener.onDrain?.(),
      onEnd: () => listener.onEnd?.(),
      onClose: (error) => {
        if (fault === "dialOpens" && error !== undefined) listener.onOpen?.();
        else if (fault !== "closeForgetsStreams" || !this.isClosed) listener.onClose(error);
        if (fault === "closesTwice") listener.onClose(error);
      },
    });
    let written = 0;
    return {
      remote: stream.remote,
      write: (bytes) => {
        written += bytes.length;
        const isLost = fault === "bytesLost" && written > 1_000_000 && written < 1_100_000;
        const mayGoOn = isLost ? true : stream.write(bytes);
        return fault === "neverHoldsBack" ? true : mayGoOn;
      },
      get waitingBytes() {
        return stream.waitingBytes;
      },
      pause: () => (fault === "neverPauses" ? undefined : stream.pause()),
      resume: () => stream.resume(),
      end: () => (fault === "endCloses" ? stream.destroy() : stream.end()),
      destroy: () => stream.destroy(),
    };
  }
  close(): Promise<void> {
    if (this.isClosed && this.fault === "closeThrowsAgain") {
      // Only the suite's own second call sees it: the rig closes once more in the end.
      return Promise.reject(new Error("closed already"));
    }
    this.isClosed = true;
    return this.inner.close();
  }
}

function faulty(fault: Fault): TransportRig {
  const network = memoryNetwork();
  const receivers = new Map<number, TransportReceiver>();
  return { anyPort, create: () => new FaultyTransport(network.create(), fault, receivers) };
}

describe("the transport contract notices", () => {
  test.concurrent.each<[Fault, string]>([
    ["packetAtOnce", "carries packets both ways"],
    ["packetCut", "a packet of 1,400 bytes whole"],
    ["packetLost", "carries packets both ways"],
    ["oversizePasses", "drops what is too large"],
    ["takesAnyAddress", "refuses one that is taken"],
    ["dialOpens", "a dial that nobody takes"],
    ["opensAtOnce", "a dial that nobody takes"],
    ["closesTwice", "destroy ends a stream at once"],
    ["bytesLost", "nothing is lost"],
    ["endCloses", "one end may finish"],
    ["neverHoldsBack", "a fast writer is held back"],
    ["neverPauses", "a paused end takes nothing"],
    ["closeThrowsAgain", "close may be called twice"],
    ["closeForgetsStreams", "close ends open streams"],
  ])("%s", async (fault, where) => {
    const results = await runSuite(
      (api) => transportContract(api, fault, () => faulty(fault)),
      where,
    );
    expect(results.length).toBe(1);
    expect(results[0]?.error).toBeInstanceOf(Error);
  });

  test("nothing wrong with memory", async () => {
    const results = await runSuite((api) => transportContract(api, "memory", memory));
    expect(results.filter((result) => result.error !== undefined)).toEqual([]);
    expect(results.length).toBeGreaterThan(11);
  });
});
