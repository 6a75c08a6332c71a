import type { Address } from "../../core/address.ts";
import type { ConnectionDoor, ConnectionId } from "../../core/connections.ts";
import type { SimOutbox } from "./sim-outbox.ts";

/** The connections of a simulated node, whose bytes wait for the disk as a real node's do. */
export class GatedDoor implements ConnectionDoor {
  private readonly door: ConnectionDoor;
  private readonly outbox: SimOutbox;

  constructor(door: ConnectionDoor, outbox: SimOutbox) {
    this.door = door;
    this.outbox = outbox;
  }

  connect(to: Address, timeoutMs: number): ConnectionId {
    return this.door.connect(to, timeoutMs);
  }

  write(id: ConnectionId, bytes: Uint8Array): void {
    this.outbox.putInOrder(() => this.door.write(id, bytes));
  }

  waitingBytes(id: ConnectionId): number {
    return this.door.waitingBytes(id);
  }

  pause(id: ConnectionId): void {
    this.door.pause(id);
  }

  resume(id: ConnectionId): void {
    this.door.resume(id);
  }

  close(id: ConnectionId): void {
    this.outbox.putInOrder(() => this.door.close(id));
  }

  destroy(id: ConnectionId): void {
    this.door.destroy(id);
  }
}
