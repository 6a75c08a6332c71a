import { describe, expect, it } from "vitest";
import type { Address } from "../../core/address.ts";
import { addressKey } from "../../core/address.ts";
import type { StreamListener, TransportReceiver } from "../transport.ts";
import { type MemoryNetwork, memoryNetwork } from "./memory.ts";

class Receiver implements TransportReceiver {
  readonly packets: number[] = [];
  readonly streams: string[] = [];

  onPacket(_from: Address, bytes: Uint8Array): void {
    this.packets.push(bytes[0] ?? -1);
  }

  onStream(): StreamListener {
    return {
      onBytes: (bytes) => this.streams.push(`${bytes.length} bytes`),
      onClose: () => this.streams.push("close"),
    };
  }

  onTransportError(where: string, error: Error): void {
    throw new Error(`${where}: ${error.message}`);
  }
}

async function pair(network: MemoryNetwork) {
  const [sender, receiver] = [new Receiver(), new Receiver()];
  const [from, to] = [network.create(), network.create()];
  const fromAddress = await from.bind({ host: "127.0.0.1", port: 0 }, sender);
  const toAddress = await to.bind({ host: "127.0.0.1", port: 0 }, receiver);
  return { from, to, fromAddress, toAddress, receiver };
}

/** As many turns of the loop as a packet needs, twice over. */
async function passed(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function arrivals(seed: number): Promise<readonly number[]> {
  const { from, toAddress, receiver } = await pair(memoryNetwork({ seed, lossRatio: 0.3 }));
  for (let number = 0; number < 200; number += 1) from.sendPacket(toAddress, Uint8Array.of(number));
  await passed();
  return receiver.packets;
}

describe("memoryNetwork", () => {
  it("loses the same packets for the same seed, others for another", async () => {
    const [first, again, other] = [await arrivals(7), await arrivals(7), await arrivals(8)];
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    expect(first.length).toBeGreaterThan(100);
    expect(first.length).toBeLessThan(180);
  });

  it("lets nothing cross a partition, and everything once it is healed", async () => {
    const network = memoryNetwork();
    const { from, toAddress, fromAddress, receiver } = await pair(network);
    network.partition([addressKey(fromAddress)], [addressKey(toAddress)]);
    from.sendPacket(toAddress, Uint8Array.of(1));
    await passed();
    expect(receiver.packets).toEqual([]);
    expect(network.lostCount).toBe(1);
    network.heal();
    from.sendPacket(toAddress, Uint8Array.of(2));
    await passed();
    expect(receiver.packets).toEqual([2]);
  });

  it("stalls a stream across a partition and loses none of its bytes", async () => {
    const network = memoryNetwork({ retransmitMs: 5 });
    const { from, toAddress, fromAddress, receiver } = await pair(network);
    const stream = from.dial(toAddress, 1_000, { onBytes: () => {}, onClose: () => {} });
    await passed();
    network.partition([addressKey(fromAddress)], [addressKey(toAddress)]);
    stream.write(new Uint8Array(9));
    await passed();
    expect(receiver.streams).toEqual([]);
    network.heal();
    await expect.poll(() => receiver.streams).toEqual(["9 bytes"]);
    await from.close();
  });

  it("tells a dialer across a partition nothing until its time is up", async () => {
    const network = memoryNetwork();
    const { from, toAddress, fromAddress } = await pair(network);
    network.partition([addressKey(fromAddress)], [addressKey(toAddress)]);
    const code = await new Promise((resolve) => {
      const onClose = (error: Error | undefined) =>
        resolve(error !== undefined && "code" in error && error.code);
      from.dial(toAddress, 20, { onBytes: () => {}, onClose });
    });
    expect(code).toBe("ETIMEDOUT");
  });
});
