import type { Machine } from "./aggregate.contract.ts";
import type { AggregatePart } from "./aggregate.messages.ts";

/** What the engine says as a round begins. */
export interface RoundMoment {
  readonly epoch: number;
  /** Counts halves of epochs. */
  readonly window: number;
  /** When anybody was last heard. */
  readonly heardAtMs: number;
  /** There is nobody to talk to. */
  readonly isAlone: boolean;
}

/** A machine, and the parts of messages that are its. */
export interface SeatedMachine {
  readonly kind: AggregatePart["kind"];
  readonly task: string;
  readonly machine: Machine;
}

/** What a node takes part in under one name: one or more machines. */
export interface AggregateTask {
  readonly name: string;
  readonly machines: readonly SeatedMachine[];
  /** Before the messages of the round. */
  onRound(moment: RoundMoment): void;
}
