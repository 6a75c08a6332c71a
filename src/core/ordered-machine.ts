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
  /**
   * Ascending positions, each command once. A command that cannot be read is counted and skipped,
   * on every node alike. `command` is a view of a longer array: copy what is kept.
   */
  onCommand(ordered: OrderedCommand): void;
  /**
   * Of an order that asks its machines (`MachineOrder.reconsider`): whether this node has what
   * `command`, which is not ordered yet, stands for. See `OrderGuard`. Absent: it does.
   */
  mayKeep?(command: Uint8Array): boolean;
  /** All that the commands so far came to: the same bytes on every node at the same position. */
  snapshot(): Uint8Array;
  /**
   * Takes the place of whatever this machine holds. False when `state`, which may be of a node
   * nobody trusts, cannot be read: then this machine is as it was.
   */
  restore(position: OrderPosition, state: Uint8Array): boolean;
}

/** What a machine may ask of the order it lives in; outcomes of its requests come back to it. */
export interface MachineOrder {
  readonly status: OrdererStatus;
  readonly members: OrdererMembers;
  /**
   * Commands may be ordered twice (`Orderer`): they carry ids. "ordered" says that this machine
   * here was told the command; "uncertain" is the outcome also when a state that may hold it was
   * told instead.
   */
  propose(command: Uint8Array): OrderRequest;
  /** "readable" says that this machine here was told all that was ordered before the read began. */
  read(): OrderRequest;
  /**
   * Present where this machine is asked whether commands may be kept, on all nodes of the group:
   * has what it did not let pass asked about again. In a step.
   */
  readonly reconsider?: (() => void) | undefined;
}
