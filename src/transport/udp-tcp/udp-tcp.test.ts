import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import type { Address } from "../../core/address.ts";
import type { StreamListener, TransportReceiver } from "../transport.ts";
import type { UdpTcpOptions } from "./udp-tcp.options.ts";
import { UdpTcpTransport } from "./udp-tcp.ts";

class Receiver implements TransportReceiver {
  readonly packets: { from: Address; length: number }[] = [];
  readonly errors: string[] = [];
  streamsCount = 0;

  onPacket(from: Address, bytes: Uint8Array): void {
    this.packets.push({ from, length: bytes.length });
  }

  onStream(): StreamListener {
    this.streamsCount += 1;
    return { onBytes: () => {}, onClose: () => {} };
  }

  onTransportError(where: string): void {
    this.errors.push(where);
  }
}

const open: UdpTcpTransport[] = [];
afterEach(async () => {
  for (const transport of open.splice(0)) await transport.close();
});

async function bound(host: string, options: Partial<UdpTcpOptions> = {}, port = 0) {
  const transport = new UdpTcpTransport(options);
  open.push(transport);
  const receiver = new Receiver();
  return { transport, receiver, address: await transport.bind({ host, port }, receiver) };
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === "::1");

describe("UdpTcpTransport", () => {
  it("has packets and streams on one port", async () => {
    const { address, receiver } = await bound("127.0.0.1");
    const socket = createSocket("udp4");
    socket.send(Uint8Array.of(1, 2, 3), address.port, address.host, () => socket.close());
    await expect.poll(() => receiver.packets.map((one) => one.length)).toEqual([3]);
    const stream = connect(address.port, address.host);
    await expect.poll(() => receiver.streamsCount).toBe(1);
    stream.destroy();
  });

  it("refuses a port whose UDP half is taken, and leaves the TCP half free", async () => {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const { port } = socket.address();
    await expect(bound("127.0.0.1", {}, port)).rejects.toMatchObject({ code: "BIND_FAILED" });
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    const { address } = await bound("127.0.0.1", {}, port);
    expect(address.port).toBe(port);
  });

  it("leaves the TCP half free, too, where there can be no UDP half", async () => {
    const transport = new UdpTcpTransport({}, () => {
      throw new Error("no threads here");
    });
    const { port } = (await bound("127.0.0.1")).address;
    await open.splice(0).at(0)?.close();
    const refused = transport.bind({ host: "127.0.0.1", port }, new Receiver());
    await expect(refused).rejects.toThrow("no threads here");
    expect((await bound("127.0.0.1", {}, port)).address.port).toBe(port);
  });

  it("refuses a name and an address of another machine", async () => {
    await expect(bound("localhost")).rejects.toMatchObject({ code: "BIND_FAILED" });
    await expect(bound("192.0.2.1")).rejects.toMatchObject({ code: "BIND_FAILED" });
  });

  it("closes connections beyond its bound, and says so", async () => {
    const { address, receiver } = await bound("127.0.0.1", { inboundMaxCount: 2 });
    const sockets = [1, 2, 3].map(() => connect(address.port, address.host));
    for (const socket of sockets) socket.on("error", () => {});
    await expect.poll(() => receiver.errors).toEqual(["tcp accept"]);
    expect(receiver.streamsCount).toBe(2);
    for (const socket of sockets) socket.destroy();
  });

  it("cuts a stream on which nothing moves, or that was ended and then destroyed", async () => {
    const { address } = await bound("127.0.0.1", { streamIdleMs: 10_000 });
    const { transport } = await bound("127.0.0.1", { streamIdleMs: 50 });
    const ends: string[] = [];
    const note = (error: Error | undefined): void => {
      ends.push(error === undefined ? "in order" : error.message);
    };
    transport.dial(address, 1_000, { onBytes: () => {}, onClose: note });
    await expect.poll(() => ends).toEqual(["nothing moved on the stream"]);
    const stream = transport.dial(address, 1_000, {
      onOpen: () => {
        stream.end();
        stream.destroy();
      },
      onBytes: () => {},
      onClose: note,
    });
    await expect.poll(() => ends.length).toBe(2);
  });

  it("hears of a port that was closed while it was being bound", async () => {
    const transport = new UdpTcpTransport();
    const binding = transport.bind({ host: "127.0.0.1", port: 0 }, new Receiver());
    await transport.close();
    await expect(binding).rejects.toMatchObject({ code: "TRANSPORT_CLOSED" });
  });

  // Some containers have no IPv6 loopback; then there is nothing to bind.
  it.runIf(hasIpv6)("carries packets over IPv6", async () => {
    const [from, to] = [await bound("::1"), await bound("::1")];
    from.transport.sendPacket(to.address, Uint8Array.of(1));
    await expect.poll(() => to.receiver.packets.map((one) => one.from)).toEqual([from.address]);
  });
});
