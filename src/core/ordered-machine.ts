import type {
  OrderedCommand,
  OrdererListener,
  OrdererMembers,
  OrdererStatus,
  OrderPosition,
  OrderRequest,
} from "./orderer.ts";

/**
 * What one order drives: the same commands make the same state on every node. Several live behind
 * one `Orderer`, each under its name, on every node of the group whether its user opened them or
 * not: the state of all of them is what the group's snapshot holds. [Schneider 1990 §2]
 *
 * Deterministic: what `onCommand` makes of a command depends on the commands before it alone, not
 * on this node's clock, random numbers or data that others may lack.
 */
export interface OrderedMachine extends OrdererListener {
  /** Ascending positions, each command once. A command that cannot be read is counted, skipped. */
  onCommand(ordered: OrderedCommand): void;
  /** All that the commands so far came to: the same bytes on every node at the same position. */
  snapshot(): Uint8Array;
  /** Takes the place of whatever this machine holds. `state` may be of a node nobody trusts. */
  restore(position: OrderPosition, state: Uint8Array): void;
}

/** What a machine may ask of the order it lives in; outcomes of its own requests come back to it. */
export interface MachineOrder {
  readonly status: OrdererStatus;
  readonly members: OrdererMembers;
  /** Commands may be ordered twice (`Orderer`): they carry ids. */
  propose(command: Uint8Array): OrderRequest;
  read(): OrderRequest;
}
