import type { Dot } from "../../core/dot.ts";
import { HearsayError } from "../../core/errors.ts";
import { memberOf } from "../../core/peer.ts";
import type { StateMachine } from "../../data/operation-log/execution.ts";
import type { Operation } from "../../data/operation-log/operation-log.messages.ts";
import { isThenable } from "../call-listener.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import type { AppliedOperation, OperationOrder, Reducer } from "./operations.api.ts";

export interface ReducerMachineParts {
  readonly name: string;
  readonly reducer: Reducer<unknown, unknown>;
  readonly initial: unknown;
  readonly operations: StoredValues;
  readonly states: StoredValues;
  readonly count: (name: "operations.unreadable" | "operations.reducerErrors") => void;
  readonly onError: (where: string, error: unknown) => void;
}

/**
 * The user's state and reducer. What throws, or cannot be read, changes nothing: so it is on every
 * node, and all go on alike.
 */
export class ReducerMachine implements StateMachine {
  private readonly parts: ReducerMachineParts;
  private readonly beginning: Uint8Array;
  private current: unknown;
  private isRunning = false;

  /** @throws HearsayError CODEC_FAILED, SCHEMA_INVALID when the codec does not write `initial` */
  constructor(parts: ReducerMachineParts) {
    this.parts = parts;
    this.beginning = parts.states.write(parts.initial, `the initial state of ${parts.name}`);
    this.reset();
  }

  get state(): unknown {
    return this.current;
  }

  /** True while the reducer runs: what it returns is not the state yet. */
  get isReducing(): boolean {
    return this.isRunning;
  }

  apply(dot: Dot, operation: Operation): void {
    const { count, name, onError, operations, reducer } = this.parts;
    const reading = operations.read(operation.payload);
    if (reading.kind === "bad") return count("operations.unreadable");
    const context = contextOf(dot, operation);
    this.isRunning = true;
    try {
      const next = reducer(this.current, reading.value, context);
      if (isThenable(next)) {
        next.then(undefined, () => {});
        throw new TypeError("it returned a promise; a reducer returns the next state");
      }
      this.current = next;
    } catch (error) {
      count("operations.reducerErrors");
      onError(`the reducer of operations ${name}`, error);
    } finally {
      this.isRunning = false;
    }
  }

  /** As its readers see it; undefined when this node's codec and schema do not read it. */
  appliedFrom(dot: Dot, operation: Operation): AppliedOperation<unknown> | undefined {
    const reading = this.parts.operations.read(operation.payload);
    if (reading.kind === "bad") return undefined;
    return { ...contextOf(dot, operation), operation: reading.value, order: orderOf(operation) };
  }

  encode(): Uint8Array | undefined {
    const { name, onError, states } = this.parts;
    try {
      return states.write(this.current, `the state of ${name}`);
    } catch (error) {
      if (!(error instanceof HearsayError)) throw error;
      onError(`the codec of operations ${name}`, error);
      return undefined;
    }
  }

  decode(bytes: Uint8Array): boolean {
    const reading = this.parts.states.read(bytes);
    if (reading.kind === "bad") {
      const what = `the state that operations ${this.parts.name} was given`;
      this.parts.onError(what, new Error(reading.detail));
      return false;
    }
    this.current = reading.value;
    return true;
  }

  /** Decoded anew: a reducer that changes what it was given does not change the beginning. */
  reset(): void {
    this.current = this.parts.states.readHeld(this.beginning, "the initial state");
  }
}

/** What a reducer is told beside the operation. */
function contextOf(dot: Dot, { at, id }: Operation) {
  return { dot, from: memberOf(dot.origin), clock: at, id };
}

/** For readers it is all the same where the one order comes from. */
function orderOf({ class: kind }: Operation): OperationOrder {
  return kind === "ordered" ? "total" : kind;
}
