import type { Address } from "../core/address.ts";
import { at } from "../core/collections/at.ts";
import type { ConnectionDoor, ConnectionId, ConnectionListener } from "../core/connections.ts";
import { SimConnectionDoor, SimWire } from "./sim-connection-door.ts";
import { ActionEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";
import type { PipeOwner, SimPipes } from "./sim-pipes.ts";
import type { Simulator } from "./simulator.ts";

const CHANNEL = "connections";

/** Byte connections between machines, by address: what whole nodes build their links on. */
export class SimConnections implements PipeOwner {
  readonly pipes: SimPipes;
  readonly simulator: Simulator;
  private readonly mark: number;
  private readonly doors = new Map<number, SimConnectionDoor>();
  /** Both ends of each connection, by the number of the end. */
  private readonly wires = new Map<number, SimWire>();
  private nextId = 1;

  constructor(simulator: Simulator, pipes: SimPipes) {
    this.simulator = simulator;
    this.pipes = pipes;
    this.mark = pipes.addOwner(this);
  }

  mount<L extends ConnectionListener>(node: SimNode, make: (door: ConnectionDoor) => L): L {
    if (this.doors.has(node.index)) throw new Error("connections have an owner already");
    const door = new SimConnectionDoor(this, node);
    const listener = make(door);
    door.listener = listener;
    this.doors.set(node.index, door);
    return listener;
  }

  dial(door: SimConnectionDoor, to: Address, timeoutMs: number): ConnectionId {
    const { engine } = this.simulator;
    const peer = this.simulator.find(to);
    const wire = this.addWire(door, -1);
    const giveUp = new ActionEvent(() => door.later(() => door.onTimeout(wire)));
    engine.schedule(door.node.trueDelayMs(timeoutMs), giveUp);
    // Nobody has the address: silence, until the time is over.
    if (peer === undefined) return wire.id;
    wire.end = this.pipes.store.add(door.node.index, peer.index, this.mark);
    this.wires.set(wire.end, wire);
    this.pipes.dial(wire.end, 0);
    return wire.id;
  }

  write(wire: SimWire, bytes: Uint8Array): void {
    const { engine } = this.simulator;
    this.pipes.send(wire.end, engine.channelNumber(CHANNEL), bytes);
  }

  /** The other end, while it is there. */
  peerOf(wire: SimWire): SimWire | undefined {
    return this.wires.get(wire.end ^ 1);
  }

  abandon(index: number, condition: "dead" | "gone"): void {
    const door = this.doors.get(index);
    if (door === undefined) return;
    this.doors.delete(index);
    for (const { end } of door.wires()) if (end >= 0) this.pipes.abandon(end, condition);
  }

  accepts(end: number): boolean {
    const { nodes } = this.simulator;
    const { store } = this.pipes;
    const [to, from] = [at(nodes, store.node(end)), at(nodes, store.node(end ^ 1))];
    const door = this.doors.get(to.index);
    if (door === undefined || to.label !== from.label) return false;
    this.wires.set(end, this.addWire(door, end));
    return true;
  }

  onUp(end: number): void {
    const { nodes } = this.simulator;
    const { store } = this.pipes;
    const isDialler = (end & 1) === 0;
    const from = at(nodes, store.node(end ^ 1)).address;
    this.tell(end, (door, wire) => {
      wire.isConnected = true;
      if (isDialler) door.listener?.onConnected(wire.id);
      else door.listener?.onAccepted(wire.id, from);
    });
  }

  onDown(end: number): void {
    this.tell(end, (door, wire) => door.onEnd(wire, "connection lost"));
  }

  onMessage(end: number, _place: number, message: unknown): void {
    if (!(message instanceof Uint8Array)) return;
    this.tell(end, (door, wire) => door.onBytes(wire, message));
  }

  onReleased(end: number): void {
    this.wires.delete(end);
    this.wires.delete(end ^ 1);
  }

  private tell(end: number, what: (door: SimConnectionDoor, wire: SimWire) => void): void {
    const wire = this.wires.get(end);
    const node = this.pipes.store.node(end);
    const door = this.doors.get(node);
    if (wire === undefined || wire.door !== door) return;
    door.node.step(() => what(door, wire));
  }

  private addWire(door: SimConnectionDoor, end: number): SimWire {
    const id = this.nextId as ConnectionId;
    this.nextId += 1;
    const wire = new SimWire(id, door, end);
    door.add(wire);
    return wire;
  }
}
