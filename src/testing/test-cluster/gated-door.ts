import type { Address } from "../../core/address.ts";
import type { ConnectionDoor, ConnectionId } from "../../core/connections.ts";
import type { SimOutbox } from "./sim-outbox.ts";

/** The connections of a simulated node, whose bytes wait for the disk as a real node's do. */
export class GatedDoor implements ConnectionDoor {
  private readonly door: ConnectionDoor;
  private readonly outbox: SimOutbox;
  /** Bytes that were written and have not left, by connection. */
  private readonly heldBytes = new Map<ConnectionId, number>();

  constructor(door: ConnectionDoor, outbox: SimOutbox) {
    this.door = door;
    this.outbox = outbox;
  }

  connect(to: Address, timeoutMs: number): ConnectionId {
    return this.door.connect(to, timeoutMs);
  }

  write(id: ConnectionId, bytes: Uint8Array): void {
    this.hold(id, bytes.length);
    this.outbox.putInOrder(() => {
      this.hold(id, -bytes.length);
      this.door.write(id, bytes);
    });
  }

  /** Whoever writes must not believe that what waits for the disk is on its way. */
  waitingBytes(id: ConnectionId): number {
    return (this.heldBytes.get(id) ?? 0) + this.door.waitingBytes(id);
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

  private hold(id: ConnectionId, bytes: number): void {
    const heldBytes = (this.heldBytes.get(id) ?? 0) + bytes;
    if (heldBytes === 0) this.heldBytes.delete(id);
    else this.heldBytes.set(id, heldBytes);
  }
}
