import { connect } from "node:net";
import { afterEach, describe, expect, it, test } from "vitest";
import type { ConnectionDoor, ConnectionId, ConnectionListener } from "../../core/connections.ts";
import type { JournalPosition } from "../../core/env.ts";
import { connectionContract } from "../../testing/connection-contract.ts";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import type { Transport } from "../../transport/transport.ts";
import { UdpTcpTransport } from "../../transport/udp-tcp/udp-tcp.ts";
import { endParties, type Party, party, until } from "./host-rig.ts";
import type { RealHostSetup } from "./host-setup.ts";

afterEach(endParties);

const makers: Readonly<Record<string, () => () => Transport>> = {
  memory: () => {
    const network = memoryNetwork();
    return () => network.create();
  },
  "udp-tcp": () => () => new UdpTcpTransport(),
};

for (const [name, kind] of Object.entries(makers)) {
  connectionContract({ describe, test }, `RealHost over ${name}`, async () => {
    const make = kind();
    const [a, b] = [await party(make()), await party(make())];
    const gone = make();
    const nowhere = await gone.bind(
      { host: "127.0.0.1", port: 0 },
      {
        onPacket: () => {},
        onStream: () => ({ onBytes: () => {}, onClose: () => {} }),
        onTransportError: () => {},
      },
    );
    await gone.close();
    const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    return { a, b, nowhere, until, pass, close: endParties };
  });
}

class Ear implements ConnectionListener {
  readonly door: ConnectionDoor;
  readonly events: string[] = [];
  readonly ids: ConnectionId[] = [];
  received = "";

  constructor(door: ConnectionDoor) {
    this.door = door;
  }
  onConnected(): void {
    this.events.push("connected");
  }
  onAccepted(id: ConnectionId): void {
    this.events.push("accepted");
    this.ids.push(id);
  }
  onBytes(_id: ConnectionId, bytes: Uint8Array): void {
    this.received += new TextDecoder().decode(bytes);
  }
  drainedCount = 0;
  onDrained(): void {
    this.drainedCount += 1;
  }
  onClosed(): void {
    this.events.push("closed");
  }
}

const own = (host: Party["host"]): Ear => host.mountConnections((door) => new Ear(door));
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("the door of a real host", () => {
  const tcp = (more: Partial<RealHostSetup> = {}) => party(new UdpTcpTransport(), more);

  it("tells links from exchanges by the first bytes, in whatever pieces they come", async () => {
    const preamble = Uint8Array.of(0xf4, 2, 0x61, 0x62, 0x48, 1);
    const { host, address, notes } = await tcp({ connectionPreamble: preamble });
    const ear = own(host);
    const say = async (...pieces: (string | Uint8Array)[]) => {
      const socket = connect(address.port, address.host);
      socket.on("error", () => {}).setNoDelay(true);
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return socket;
    };
    const sockets = [
      await say(preamble, "a", "b"),
      await say(Uint8Array.of(...preamble, 0x63)),
      await say(...[...preamble].map((byte) => Uint8Array.of(byte)), "d"),
      await say("plain\n"),
      await say(preamble.subarray(0, 3), "then something else\n"),
      await say(Uint8Array.of(0x48, 1), "no label\n"),
    ];
    await until(() => ear.received.length === 4 && notes.log.length === 3);
    expect(ear.received).toBe("abcd");
    expect(ear.events).toEqual(["accepted", "accepted", "accepted"]);
    expect(notes.log[0]).toBe("request plain");
    expect(notes.log[1]?.endsWith("then something else")).toBe(true);
    for (const socket of sockets) socket.destroy();
  });

  it("cuts off who never ends the preamble", async () => {
    const { host, address } = await tcp({ options: { inboundDeadlineMs: 40 } });
    own(host);
    const socket = connect(address.port, address.host);
    let closed = 0;
    socket
      .on("error", () => {})
      .on("close", () => {
        closed += 1;
      });
    socket.write(Uint8Array.of(0x48));
    await until(() => closed === 1);
    expect(host.counts.droppedCount("stream.slow")).toBe(1);
  });

  it("refuses what is over its bound, and what nobody wants", async () => {
    const { host, address } = await tcp({ options: { connectionsMaxCount: 2 } });
    const dialler = await tcp({ options: { connectionsMaxCount: 3 } });
    const mine = own(dialler.host);
    mine.door.connect(address, 500);
    await until(() => mine.events.includes("closed"));
    expect(host.counts.droppedCount("connection.nobody")).toBe(1);
    const ear = own(host);
    for (let count = 0; count < 4; count += 1) mine.door.connect(address, 500);
    await until(() => mine.events.filter((event) => event === "closed").length === 3);
    expect(ear.events).toEqual(["accepted", "accepted"]);
    expect(host.counts.droppedCount("connection.tooMany")).toBe(1);
  });

  it("counts bytes waiting from the step on, until the peer takes them", async () => {
    const [a, b] = [await tcp(), await tcp()];
    const [near, far] = [own(a.host), own(b.host)];
    const id = near.door.connect(b.address, 500);
    await until(() => far.ids.length === 1);
    for (const other of far.ids) far.door.pause(other);
    const sizeBytes = 8 * 1024 * 1024;
    a.host.step(() => {
      near.door.write(id, new Uint8Array(sizeBytes));
      expect(near.door.waitingBytes(id)).toBe(sizeBytes);
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(near.door.waitingBytes(id)).toBeGreaterThan(0);
    for (const other of far.ids) far.door.resume(other);
    await until(() => near.door.waitingBytes(id) === 0);
    await until(() => b.host.counts.connectionBytesReceived === sizeBytes);
  });

  it("says that bytes are gone, also when the system takes them at once", async () => {
    for (const make of Object.values(makers)) {
      const transport = make();
      const [a, b] = [await party(transport()), await party(transport())];
      const [near, far] = [own(a.host), own(b.host)];
      const id = near.door.connect(b.address, 500);
      await until(() => far.ids.length === 1);
      for (let round = 1; round <= 3; round += 1) {
        a.host.step(() => {
          for (let count = 0; count < 5; count += 1) near.door.write(id, new Uint8Array(20_000));
        });
        await until(() => near.drainedCount >= round);
        expect(near.door.waitingBytes(id)).toBe(0);
      }
    }
  });

  it("lets bytes wait for the disk, in order", async () => {
    const ready: (() => void)[] = [];
    let appended: JournalPosition | undefined;
    const gate = {
      endStep: () => {
        const position = appended;
        appended = undefined;
        return position;
      },
      whenDurable: (_: JournalPosition, run: () => void) => void ready.push(run),
    };
    const [a, b] = [await tcp({ gate }), await tcp()];
    const [near, far] = [own(a.host), own(b.host)];
    const id = near.door.connect(b.address, 500);
    await until(() => near.events.includes("connected"));
    a.host.step(() => {
      appended = 1 as JournalPosition;
      near.door.write(id, bytesOf("first "));
    });
    a.host.step(() => near.door.write(id, bytesOf("second")));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(far.received).toBe("");
    for (const run of ready) run();
    await until(() => far.received === "first second");
  });

  it("sends what was written before it stopped", async () => {
    const [a, b] = [await tcp(), await tcp()];
    const [near, far] = [own(a.host), own(b.host)];
    const id = near.door.connect(b.address, 500);
    await until(() => near.events.includes("connected"));
    a.host.step(() => near.door.write(id, bytesOf("goodbye")));
    await a.host.stop();
    await until(() => far.received === "goodbye" && far.events.includes("closed"));
    expect(near.events).toEqual(["connected"]);
  });
});
