import type { Address } from "../core/address.ts";
import type { ConnectionDoor, ConnectionId, ConnectionListener } from "../core/connections.ts";
import type { SimConnections } from "./sim-connections.ts";
import { ActionEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";

/** What the kernels of both machines take of a connection before its writer has to wait. */
const KERNEL_MAX_BYTES = 262_144;

/** One end of a connection, as its node knows it. */
export class SimWire {
  readonly id: ConnectionId;
  readonly door: SimConnectionDoor;
  /** The end of the pipe; below 0 where nobody has the address that was dialled. */
  end: number;
  isConnected = false;
  /** Written here and not taken by the listener there. */
  unreadBytes = 0;
  isPaused = false;
  /** What came while it was paused, and its end. */
  readonly kept: Uint8Array[] = [];
  endDetail: string | undefined;

  constructor(id: ConnectionId, door: SimConnectionDoor, end: number) {
    this.id = id;
    this.door = door;
    this.end = end;
  }
}

/** The connections of one life of a node. */
export class SimConnectionDoor implements ConnectionDoor {
  readonly node: SimNode;
  listener: ConnectionListener | undefined;
  private readonly connections: SimConnections;
  private readonly open = new Map<ConnectionId, SimWire>();

  constructor(connections: SimConnections, node: SimNode) {
    this.connections = connections;
    this.node = node;
  }

  add(wire: SimWire): void {
    this.open.set(wire.id, wire);
  }

  wires(): Iterable<SimWire> {
    return this.open.values();
  }

  connect(to: Address, timeoutMs: number): ConnectionId {
    return this.connections.dial(this, to, timeoutMs);
  }

  write(id: ConnectionId, bytes: Uint8Array): void {
    const wire = this.open.get(id);
    if (wire === undefined || wire.end < 0 || bytes.length === 0) return;
    wire.unreadBytes += bytes.length;
    this.connections.write(wire, bytes);
  }

  waitingBytes(id: ConnectionId): number {
    return Math.max(0, (this.open.get(id)?.unreadBytes ?? 0) - KERNEL_MAX_BYTES);
  }

  pause(id: ConnectionId): void {
    const wire = this.open.get(id);
    if (wire !== undefined) wire.isPaused = true;
  }

  resume(id: ConnectionId): void {
    const wire = this.open.get(id);
    if (wire === undefined || !wire.isPaused) return;
    wire.isPaused = false;
    this.later(() => this.giveKept(wire));
  }

  close(id: ConnectionId): void {
    const wire = this.open.get(id);
    if (wire === undefined) return;
    this.open.delete(id);
    if (wire.end >= 0) this.connections.pipes.close(wire.end);
  }

  /** What was written is lost where it has not left; here all has. */
  destroy(id: ConnectionId): void {
    this.close(id);
  }

  /** In a step of its own, unless the node's life is over by then. */
  later(run: () => void): void {
    const { node } = this;
    const { life } = node;
    const event = new ActionEvent(() => {
      if (node.life !== life) return;
      if (node.isFlowing) node.step(run);
      else node.holds.keep(new ActionEvent(() => this.later(run)));
    });
    node.simulator.engine.schedule(0, event);
  }

  /** `onConnected` did not come in time. */
  onTimeout(wire: SimWire): void {
    if (wire.isConnected || !this.isOpen(wire)) return;
    if (wire.end >= 0) this.connections.pipes.close(wire.end);
    this.onEnd(wire, "no answer in time");
  }

  onBytes(wire: SimWire, bytes: Uint8Array): void {
    if (!this.isOpen(wire)) return;
    if (wire.isPaused || wire.kept.length > 0) wire.kept.push(bytes);
    else this.give(wire, bytes);
  }

  onEnd(wire: SimWire, detail: string): void {
    if (!this.isOpen(wire)) return;
    // The end comes behind the bytes, as in a stream.
    if (wire.kept.length > 0) {
      wire.endDetail = detail;
      return;
    }
    this.open.delete(wire.id);
    this.listener?.onClosed(wire.id, detail);
  }

  /** The other end has taken bytes of what was written here. */
  onTaken(wire: SimWire, bytesCount: number): void {
    const wasFull = wire.unreadBytes > KERNEL_MAX_BYTES;
    wire.unreadBytes -= bytesCount;
    if (!wasFull || wire.unreadBytes > KERNEL_MAX_BYTES) return;
    this.later(() => {
      if (this.isOpen(wire)) this.listener?.onDrained(wire.id);
    });
  }

  private giveKept(wire: SimWire): void {
    while (!wire.isPaused && this.isOpen(wire)) {
      const bytes = wire.kept.shift();
      if (bytes === undefined) break;
      this.give(wire, bytes);
    }
    if (wire.endDetail !== undefined) this.onEnd(wire, wire.endDetail);
  }

  private give(wire: SimWire, bytes: Uint8Array): void {
    const writer = this.connections.peerOf(wire);
    writer?.door.onTaken(writer, bytes.length);
    this.listener?.onBytes(wire.id, bytes);
  }

  private isOpen(wire: SimWire): boolean {
    return this.open.get(wire.id) === wire;
  }
}
