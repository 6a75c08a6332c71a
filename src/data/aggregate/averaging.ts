import type { Machine, MachineWiring, RangeDesk } from "./aggregate.contract.ts";
import type { AggregatePart } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";
import { FlowUpdating } from "./flow-updating.ts";
import { PushPull } from "./push-pull.ts";
import { PushSum } from "./push-sum.ts";
import type { VectorBounds } from "./vectors.ts";

/** What an averaging protocol says now: averages, and what they rest on. */
export interface Averages {
  readonly values: readonly number[];
  readonly rounds: number;
  readonly epoch: number;
  /** When it was heard, or its epoch ended. */
  readonly atMs: number;
}

/** One of the three protocols, as those see it who only want averages. */
export interface Averaging {
  readonly kind: AggregatePart["kind"];
  readonly machine: Machine;
  /** A round begins, with these inputs, in this epoch. */
  onRound(inputs: readonly number[], epoch: number): void;
  /** Of this node at this moment, half-converged or not; undefined: it takes no part. */
  running(): readonly number[] | undefined;
  /** What readers see. */
  read(): Averages | undefined;
}

export interface AveragingParts {
  readonly task: string;
  readonly wiring: MachineWiring;
  readonly options: AggregateOptions;
  readonly bounds: VectorBounds | undefined;
  readonly ranges: RangeDesk;
  /** Inputs before the first round. */
  readonly inputs: readonly number[];
}

export function makeAveraging(parts: AveragingParts): Averaging {
  return parts.options.averaging === "flow" ? new FlowAverages(parts) : new EpochAverages(parts);
}

/** Always of now: what readers see follows inputs by itself. */
class FlowAverages implements Averaging {
  readonly kind = "flow";
  readonly machine: FlowUpdating;
  private epoch = 0;

  constructor({ inputs: input, ...parts }: AveragingParts) {
    this.machine = new FlowUpdating({ ...parts, input });
  }

  onRound(inputs: readonly number[], epoch: number): void {
    this.machine.setInput(inputs);
    this.epoch = epoch;
  }

  running(): readonly number[] {
    return this.machine.estimate();
  }

  read(): Averages {
    const { exchangesCount: rounds, lastExchangeMs: atMs } = this.machine;
    return { values: this.machine.estimate(), rounds, epoch: this.epoch, atMs };
  }
}

/** A reader never sees a half-converged epoch. [spec aggregation §1] */
class EpochAverages implements Averaging {
  readonly kind: "half" | "average";
  readonly machine: PushSum | PushPull;
  private readonly wiring: MachineWiring;
  private inputs: readonly number[];
  private epoch = -1;
  private rounds = 0;
  private last: readonly number[] | undefined;
  private finished: Averages | undefined;

  constructor(parts: AveragingParts) {
    this.wiring = parts.wiring;
    this.inputs = parts.inputs;
    if (parts.options.averaging === "pushSum") {
      const begin = () => ({ sums: this.inputs, weight: 1 });
      this.kind = "half";
      this.machine = new PushSum({ ...parts, begin });
    } else {
      this.kind = "average";
      this.machine = new PushPull({ ...parts, begin: () => this.inputs });
    }
  }

  onRound(inputs: readonly number[], epoch: number): void {
    this.inputs = inputs;
    if (epoch !== this.epoch) {
      const { epoch: ended, last: values, rounds } = this;
      if (values !== undefined) {
        this.finished = { values, rounds, epoch: ended, atMs: this.wiring.now() };
      }
      this.epoch = epoch;
      this.rounds = 0;
    }
    this.rounds += 1;
    this.last = this.machine.takesPart ? this.machine.estimate() : undefined;
  }

  running(): readonly number[] | undefined {
    return this.machine.estimate();
  }

  read(): Averages | undefined {
    return this.finished;
  }
}
