import { assert } from "../../core/assert.ts";
import { HearsayError } from "../../core/errors.ts";
import type { MachineOrder, OrderedMachine } from "../../core/ordered-machine.ts";
import type {
  OrderedCommand,
  Orderer,
  OrdererListener,
  OrdererMembers,
  OrdererStatus,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
  OrderSubscriber,
} from "../../core/orderer.ts";
import { KeptCommands } from "./kept-commands.ts";
import { isMachineName, kindOf, MACHINES_MAX_COUNT } from "./machine-name.ts";
import type {
  JointSnapshot,
  KeptMachine,
  MachineRecord,
  MachinesStatus,
  MachinesWiring,
  NamedCommand,
} from "./ordered-machines.contract.ts";
import type { OrderedMachinesOptions } from "./ordered-machines.options.ts";

/** A machine here, whether its user opened it, a command was ordered for it, or both. */
interface Place {
  readonly name: string;
  readonly machine: OrderedMachine | KeptCommands;
  /** The group has it: a command was ordered for it. Without one it is in no snapshot. */
  isBorn: boolean;
  /** Its commands up to here are in it. */
  applied: OrderPosition;
}

const BEGINNING = 0 as OrderPosition;

/**
 * All machines behind one `Orderer`, and its one subscriber. A command carries the name of its
 * machine; the first one for a name makes the machine, on every node of the group, so that any
 * node's snapshot holds all of them. [Schneider 1990 §2]
 *
 * A node that does not know a machine's kind, being of an older version, keeps what is ordered for
 * it as it came. A command that names no machine, or one too many, is counted and skipped on all
 * nodes alike.
 */
export class OrderedMachines implements OrderSubscriber, OrdererListener {
  private readonly wiring: MachinesWiring;
  private readonly orderer: Orderer;
  private readonly options: OrderedMachinesOptions;
  private readonly places = new Map<string, Place>();
  /** Who asked. The orderer bounds how many are under way, and ends each once. */
  private readonly asked = new Map<OrderRequest, Place>();
  private bornCount = 0;
  private position = BEGINNING;
  /** Nothing is applied before a snapshot of this position or later. */
  private needed: OrderPosition | undefined;
  private isTooMuchKept = false;
  /** What was read when the order asked about it, or asked of it here, until it is applied. */
  private readonly read = new WeakMap<Uint8Array, NamedCommand>();
  private reconsider: () => void = () => {};

  constructor(wiring: MachinesWiring, options: OrderedMachinesOptions) {
    this.wiring = wiring;
    this.orderer = wiring.orderer;
    this.options = options;
    const { counters } = wiring;
    counters.gauge("machines.count", () => this.bornCount);
    counters.gauge("machines.keptBytes", () => this.keptBytes());
  }

  get status(): MachinesStatus {
    const born = [...this.places.values()].filter(({ isBorn }) => isBorn);
    const unknown = born.filter(({ machine }) => machine instanceof KeptCommands);
    return {
      position: this.position,
      state: this.needed === undefined ? "running" : "needsSnapshot",
      names: born.map(({ name }) => name),
      unknownNames: unknown.map(({ name }) => name),
      keptBytes: this.keptBytes(),
      snapshots: this.isTooMuchKept ? "tooMuchKept" : "taken",
    };
  }

  /**
   * Hears the order from now on, behind `kept` if there is such and it can be read: the state that
   * a node with an engine that keeps none wrote to its own disk before it told it to `compact`.
   */
  start(kept?: JointSnapshot): void {
    if (kept !== undefined && this.takeState(kept.bytes, kept.position)) {
      this.position = kept.position;
    }
    this.orderer.listen(this);
    this.orderer.subscribe(this, this.position);
    const reconsider = this.orderer.guard?.({ mayKeep: (command) => this.mayKeep(command) });
    if (reconsider !== undefined) this.reconsider = reconsider;
  }

  stop(): void {
    this.orderer.unsubscribe(this);
  }

  /**
   * The machine of this name, which is made if there is none yet. Nothing is ordered by that.
   * @throws HearsayError CONFIG_OPTION when the name is none; STORE_FULL when there are too many
   */
  open(name: string): OrderedMachine {
    if (!isMachineName(name) || !this.wiring.kinds.has(kindOf(name))) {
      throw new HearsayError("CONFIG_OPTION", `"${name}" names nothing that can be ordered here.`);
    }
    const found = this.places.get(name);
    if (found === undefined && this.places.size >= MACHINES_MAX_COUNT) {
      const fix = `At most ${MACHINES_MAX_COUNT} things live in one order.`;
      throw new HearsayError("STORE_FULL", `"${name}" has no place. ${fix}`);
    }
    const { machine } = found ?? this.make(name);
    assert(!(machine instanceof KeptCommands), `${name} is of no known kind`);
    return machine;
  }

  /** What a peer may be given; undefined while this node has nothing whole to give. */
  snapshot(): JointSnapshot | undefined {
    if (this.needed !== undefined || this.isTooMuchKept) return undefined;
    return { position: this.position, bytes: this.state() };
  }

  /**
   * Takes a peer's snapshot, if one is needed, and hears the order behind it.
   * @returns false when it is older than what is needed, or cannot be read
   */
  restore({ bytes, position }: JointSnapshot): boolean {
    const { counters } = this.wiring;
    if (this.needed === undefined || position < this.needed) {
      counters.count("machines.dropped.oldSnapshot");
      return false;
    }
    this.orderer.unsubscribe(this);
    const isTaken = this.become(position, bytes);
    this.orderer.subscribe(this, this.position);
    return isTaken;
  }

  onOrdered(commands: readonly OrderedCommand[]): void {
    if (this.needed !== undefined) {
      // They are told again behind the snapshot.
      this.wiring.counters.count("machines.unready", commands.length);
      return;
    }
    for (const command of commands) this.apply(command);
    if (this.isTooMuchKept || !this.orderer.wantsSnapshot) return;
    this.orderer.compact(this.position, this.state());
  }

  onSnapshot(position: OrderPosition, state: Uint8Array | undefined): void {
    if (state !== undefined) {
      this.become(position, state);
      return;
    }
    this.needed = position;
    this.wiring.host.onSnapshotNeeded(position);
  }

  onOutcome(request: OrderRequest, outcome: OrderOutcome): void {
    const place = this.asked.get(request);
    if (place === undefined) return;
    this.asked.delete(request);
    if (place.machine instanceof KeptCommands) return;
    place.machine.onOutcome(request, this.outcomeFor(place, outcome));
  }

  onStatus(status: OrdererStatus): void {
    for (const { machine } of this.places.values()) {
      if (!(machine instanceof KeptCommands)) machine.onStatus(status);
    }
  }

  private apply({ command: bytes, position }: OrderedCommand): void {
    const { codec, counters } = this.wiring;
    assert(position > this.position, `${position} is told behind ${this.position}`);
    this.position = position;
    const named = this.read.get(bytes) ?? codec.decodeCommand(bytes);
    this.read.delete(bytes);
    if (named === undefined) return counters.count("machines.dropped.unreadable");
    const place = this.places.get(named.name);
    if (place?.isBorn !== true && this.bornCount >= MACHINES_MAX_COUNT) {
      return counters.count("machines.dropped.tooMany");
    }
    const found = this.born(place ?? this.make(named.name));
    const { machine } = found;
    if (machine instanceof KeptCommands && this.isTooMuchKept) return;
    found.applied = position;
    machine.onCommand({ position, command: named.command });
    if (machine instanceof KeptCommands) this.look();
  }

  /**
   * Of a command that is not ordered yet. Its machine is made for it: what the command stands for
   * is nobody else's to get.
   */
  private mayKeep(bytes: Uint8Array): boolean {
    const named = this.read.get(bytes) ?? this.wiring.codec.decodeCommand(bytes);
    if (named === undefined) return true;
    this.read.set(bytes, named);
    const known = this.places.get(named.name);
    if (known === undefined && this.bornCount >= MACHINES_MAX_COUNT) return true;
    const { machine } = known ?? this.make(named.name);
    if (machine instanceof KeptCommands) return true;
    return machine.mayKeep?.(named.command) ?? true;
  }

  /** What an outcome of the orderer says of a machine that may not have heard what was ordered. */
  private outcomeFor(place: Place, outcome: OrderOutcome): OrderOutcome {
    if (outcome.kind === "ordered") {
      if (outcome.position > this.position) return { kind: "uncertain" };
      return place.isBorn ? outcome : { kind: "refused", reason: "full" };
    }
    if (outcome.kind === "readable" && this.needed !== undefined) {
      return { kind: "refused", reason: "busy" };
    }
    return outcome;
  }

  private make(name: string): Place {
    const make = this.wiring.kinds.get(kindOf(name));
    let place: Place | undefined;
    const order = new PlaceInOrder(this.orderer, {
      encode: (command) => {
        const bytes = this.wiring.codec.encodeCommand({ name, command });
        this.read.set(bytes, { name, command });
        return bytes;
      },
      onAsked: (request) => {
        assert(place !== undefined, `${name} asks before it is made`);
        this.asked.set(request, place);
      },
      onNews: () => this.reconsider(),
    });
    const machine = make === undefined ? new KeptCommands(name) : make(name, order);
    place = { name, machine, isBorn: false, applied: BEGINNING };
    this.places.set(name, place);
    return place;
  }

  private born(place: Place): Place {
    if (place.isBorn) return place;
    place.isBorn = true;
    this.bornCount += 1;
    // Names in the order of birth, which is the same on all nodes.
    this.places.delete(place.name);
    this.places.set(place.name, place);
    return place;
  }

  private state(): Uint8Array {
    const machines: MachineRecord[] = [];
    for (const { isBorn, machine, name } of this.places.values()) {
      if (!isBorn) continue;
      if (machine instanceof KeptCommands) machines.push(machine.snapshot());
      else machines.push({ kind: "stated", name, state: machine.snapshot() });
    }
    return this.wiring.codec.encodeSnapshot(machines);
  }

  /** All machines become what a snapshot says, or this node needs another one. */
  private become(position: OrderPosition, bytes: Uint8Array): boolean {
    if (!this.takeState(bytes, position)) {
      this.needed = position;
      this.wiring.host.onSnapshotNeeded(position);
      return false;
    }
    this.position = position;
    this.needed = undefined;
    return true;
  }

  private takeState(bytes: Uint8Array, position: OrderPosition): boolean {
    const { codec, counters } = this.wiring;
    const records = codec.decodeSnapshot(bytes);
    // A machine never ends, so a state without one that stands here is of another group.
    const names = new Set(records?.map(({ name }) => name));
    const isOurs = [...this.places.values()].every((one) => !one.isBorn || names.has(one.name));
    if (records === undefined || !isOurs) {
      counters.count("machines.dropped.absurdSnapshot");
      return false;
    }
    this.isTooMuchKept = false;
    let isTaken = true;
    for (const record of records) isTaken = this.takeRecord(record, position) && isTaken;
    if (!isTaken) counters.count("machines.dropped.absurdState");
    this.look();
    return isTaken;
  }

  private takeRecord(record: MachineRecord, position: OrderPosition): boolean {
    const place = this.born(this.places.get(record.name) ?? this.make(record.name));
    const { machine } = place;
    if (machine instanceof KeptCommands) {
      if (record.kind === "kept") machine.restore(record.base, record.commands);
      else machine.restore({ position, bytes: record.state }, []);
      return true;
    }
    if (record.kind === "kept") return replay(place, machine, record);
    return restore(place, machine, { position, bytes: record.state });
  }

  private keptBytes(): number {
    let sum = 0;
    for (const { machine } of this.places.values()) {
      if (machine instanceof KeptCommands) sum += machine.bytes;
    }
    return sum;
  }

  private look(): void {
    if (this.keptBytes() <= this.options.keptMaxBytes) return;
    this.isTooMuchKept = true;
    this.wiring.counters.count("machines.tooMuchKept");
    for (const { machine } of this.places.values()) {
      if (machine instanceof KeptCommands) machine.clear();
    }
  }
}

function restore(
  place: Place,
  machine: OrderedMachine,
  { bytes, position }: JointSnapshot,
): boolean {
  const isTaken = machine.restore(position, bytes);
  if (isTaken) place.applied = position;
  return isTaken;
}

/** Of a node that did not know the kind: what it kept behind what is applied here. */
function replay(place: Place, machine: OrderedMachine, { base, commands }: KeptMachine): boolean {
  if (base !== undefined && base.position > place.applied) {
    if (!restore(place, machine, base)) return false;
  }
  for (const one of commands) {
    if (one.position <= place.applied) continue;
    place.applied = one.position;
    machine.onCommand(one);
  }
  return true;
}

interface OrderDoor {
  encode(command: Uint8Array): Uint8Array;
  onAsked(request: OrderRequest): void;
  onNews(): void;
}

/** The order as one machine sees it. */
class PlaceInOrder implements MachineOrder {
  readonly reconsider: (() => void) | undefined;
  private readonly orderer: Orderer;
  private readonly door: OrderDoor;

  constructor(orderer: Orderer, door: OrderDoor) {
    this.orderer = orderer;
    this.door = door;
    this.reconsider = orderer.guard === undefined ? undefined : () => door.onNews();
  }

  get status(): OrdererStatus {
    return this.orderer.status;
  }

  get members(): OrdererMembers {
    return this.orderer.members;
  }

  propose(command: Uint8Array): OrderRequest {
    return this.asked(this.orderer.propose(this.door.encode(command)));
  }

  read(): OrderRequest {
    return this.asked(this.orderer.read());
  }

  private asked(request: OrderRequest): OrderRequest {
    this.door.onAsked(request);
    return request;
  }
}
