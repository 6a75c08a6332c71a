import type { Counters } from "../../core/metrics.ts";
import type { MachineOrder, OrderedMachine } from "../../core/ordered-machine.ts";
import type { OrderedCommand, Orderer, OrderPosition } from "../../core/orderer.ts";

/** Makes the machine of a name, `kind` or `kind/rest`, with no commands in it yet. */
export type MakeMachine = (name: string, order: MachineOrder) => OrderedMachine;

/** All machines behind one orderer at a position. */
export interface JointSnapshot {
  readonly position: OrderPosition;
  readonly bytes: Uint8Array;
}

/** Behind an `OrderedMachines`: what the node has to do for it. */
export interface MachinesHost {
  /**
   * Commands up to `position` are not to be had any more, nor the state they came to. Whoever gets
   * a snapshot of a peer that is not older calls `restore`; until then nothing is applied here, and
   * reads are refused. Called again when a snapshot could not be read.
   */
  onSnapshotNeeded(position: OrderPosition): void;
}

export interface MachinesWiring {
  readonly orderer: Orderer;
  /** By the part of a name before its first slash. The same on all nodes of one version. */
  readonly kinds: ReadonlyMap<string, MakeMachine>;
  readonly codec: MachinesCodec;
  readonly counters: Counters;
  readonly host: MachinesHost;
}

/** For which machine a command is. */
export interface NamedCommand {
  readonly name: string;
  readonly command: Uint8Array;
}

/** What a node holds of a machine whose kind it does not know. */
export interface KeptMachine {
  readonly kind: "kept";
  readonly name: string;
  /** What the commands before those in `commands` came to; undefined: there were none. */
  readonly base: JointSnapshot | undefined;
  readonly commands: readonly OrderedCommand[];
}

export interface StatedMachine {
  readonly kind: "stated";
  readonly name: string;
  readonly state: Uint8Array;
}

/** One machine in a joint snapshot. */
export type MachineRecord = KeptMachine | StatedMachine;

export interface MachinesCodec {
  encodeCommand(command: NamedCommand): Uint8Array;
  /** undefined for bytes that are none, and for names that are none. */
  decodeCommand(bytes: Uint8Array): NamedCommand | undefined;
  encodeSnapshot(machines: readonly MachineRecord[]): Uint8Array;
  /** undefined for bytes that are none. */
  decodeSnapshot(bytes: Uint8Array): readonly MachineRecord[] | undefined;
}

export interface MachinesStatus {
  /** All commands up to here are in the machines. */
  readonly position: OrderPosition;
  /** "needsSnapshot": see `MachinesHost`. */
  readonly state: "running" | "needsSnapshot";
  /** Names of machines that a command was ordered for, in order of the first one. */
  readonly names: readonly string[];
  /** Those among them whose kind this version does not know. */
  readonly unknownNames: readonly string[];
  /** Bytes kept for them. */
  readonly keptBytes: number;
  /** "tooMuchKept": no snapshots are taken here; see `orderedMachinesDefaults.keptMaxBytes`. */
  readonly snapshots: "taken" | "tooMuchKept";
}
