import { describe, expect, it } from "vitest";
import type { Address } from "../core/address.ts";
import type { ConnectionDoor, ConnectionId, ConnectionListener } from "../core/connections.ts";
import { Simulator } from "./simulator.ts";

const KIB = 1_024;

class Switch implements ConnectionListener {
  readonly door: ConnectionDoor;
  readonly heard: string[] = [];
  accepted: ConnectionId | undefined;
  receivedCount = 0;

  constructor(door: ConnectionDoor) {
    this.door = door;
  }
  onConnected(): void {
    this.heard.push("connected");
  }
  onAccepted(id: ConnectionId, from: Address): void {
    this.accepted = id;
    this.heard.push(`accepted ${from.host}`);
  }
  onBytes(_id: ConnectionId, bytes: Uint8Array): void {
    this.receivedCount += bytes.length;
    if (bytes.length < 10) this.heard.push(`bytes ${bytes.join()}`);
  }
  onDrained(): void {
    this.heard.push("drained");
  }
  onClosed(_id: ConnectionId, detail: string): void {
    this.heard.push(`closed: ${detail}`);
  }
}

function pair() {
  const simulator = new Simulator({ seed: 1 });
  const switches: Switch[] = [];
  for (const index of [0, 1]) {
    simulator.add((host) => {
      switches[index] = host.mountConnections((door) => new Switch(door));
    });
  }
  const [a, b] = switches;
  const [nodeA, nodeB] = simulator.nodes;
  if (!a || !b || !nodeA || !nodeB) return expect.fail("no pair");
  return { simulator, a, b, nodeA, nodeB };
}

function connected() {
  const world = pair();
  const id = world.a.door.connect(world.nodeB.address, 1_000);
  world.a.door.write(id, Uint8Array.of(1));
  world.a.door.write(id, Uint8Array.of(2, 3));
  world.simulator.runForMs(100);
  return { ...world, id };
}

describe("connections", () => {
  it("carry bytes both ways, those written before the answer as well", () => {
    const { simulator, a, b } = connected();
    expect(a.heard).toEqual(["connected"]);
    expect(b.heard).toEqual(["accepted 10.0.0.1", "bytes 1", "bytes 2,3"]);
    if (b.accepted !== undefined) b.door.write(b.accepted, Uint8Array.of(9));
    simulator.runForMs(100);
    expect(a.heard.at(-1)).toBe("bytes 9");
  });

  it("may be several between the same two", () => {
    const { simulator, a, b, nodeA, nodeB } = connected();
    a.door.connect(nodeB.address, 1_000);
    b.door.connect(nodeA.address, 1_000);
    simulator.runForMs(100);
    expect(a.heard.sort()).toEqual(["accepted 10.0.0.2", "connected", "connected"]);
  });

  it("send what was written before they close, and the closer hears no more", () => {
    const { simulator, a, b, id } = connected();
    a.door.write(id, Uint8Array.of(4));
    a.door.close(id);
    a.door.write(id, Uint8Array.of(5));
    simulator.runForMs(100);
    expect(b.heard.slice(-2)).toEqual(["bytes 4", "closed: connection lost"]);
    expect(a.heard).toEqual(["connected"]);
  });

  it("hold back while the reader is paused, and tell the writer when there is room", () => {
    const { simulator, a, b, id } = connected();
    if (b.accepted === undefined) return expect.fail("not accepted");
    b.door.pause(b.accepted);
    for (let count = 0; count < 10; count += 1) a.door.write(id, new Uint8Array(100 * KIB));
    simulator.runForMs(100);
    expect(b.receivedCount).toBe(3);
    expect(a.door.waitingBytes(id)).toBe((1_000 - 256) * KIB);
    a.door.close(id);
    b.door.resume(b.accepted);
    simulator.runForMs(100);
    expect(b.receivedCount).toBe(3 + 1_000 * KIB);
    expect(b.heard.at(-1)).toBe("closed: connection lost");
  });

  it("tell when what waited has been taken", () => {
    const { simulator, a, b, id } = connected();
    if (b.accepted === undefined) return expect.fail("not accepted");
    b.door.pause(b.accepted);
    a.door.write(id, new Uint8Array(512 * KIB));
    simulator.runForMs(100);
    b.door.resume(b.accepted);
    simulator.runForMs(100);
    expect(a.door.waitingBytes(id)).toBe(0);
    expect(a.heard.at(-1)).toBe("drained");
  });

  it("end with their process, and with a time-out where nobody answers", () => {
    const { simulator, a, b, nodeA, nodeB } = connected();
    simulator.crash(nodeB);
    simulator.runForMs(100);
    expect(a.heard.at(-1)).toBe("closed: connection lost");
    a.door.connect({ host: "10.9.9.9", port: 7946 }, 1_000);
    simulator.crash(nodeB.isAlive ? nodeA : nodeB, "machine");
    a.door.connect(nodeB.address, 2_000);
    simulator.runForMs(1_001);
    expect(a.heard.slice(2)).toEqual(["closed: no answer in time"]);
    simulator.runForMs(1_001);
    expect(a.heard.slice(3)).toEqual(["closed: no answer in time"]);
    simulator.runForMs(20_000);
    expect(a.heard).toHaveLength(4);
    expect(b.heard).toHaveLength(3);
  });
});
