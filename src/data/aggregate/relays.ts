import type { PeerId } from "../../core/peer.ts";
import type {
  Departure,
  EpochEntry,
  Machine,
  MachineWiring,
  Outbox,
} from "./aggregate.contract.ts";
import type { AggregatePart, FlowPart } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";
import { ExtremaPropagation } from "./extrema-propagation.ts";
import { Extremes } from "./extremes.ts";
import { FlowUpdating } from "./flow-updating.ts";
import { distinctRegisters } from "./hyper-log-log.ts";
import { OriginRecords } from "./origin-records.ts";
import { Registers } from "./registers.ts";
import { GAUGE_VECTOR_LENGTH, StatisticRanges } from "./statistics.ts";
import type { RoundMoment } from "./task.ts";
import { zeros } from "./vectors.ts";

interface Relay {
  readonly kind: AggregatePart["kind"];
  readonly task: string;
  readonly machine: Machine;
  /** Epoch in which somebody else last spoke of it. */
  heardEpoch: number;
  /** Whether this node speaks of it unasked. */
  readonly speaks: () => boolean;
  readonly onRound: (moment: RoundMoment) => void;
}

/**
 * Tasks of others that this node does not take part in, and passes on: a few participants among
 * many nodes are no neighbours of each other. What merges without harm is merged; flows lead
 * through a node whose own input is nothing.
 *
 * Departs from [spec aggregation §1], where mass-based tasks are ignored by those who do not take
 * part: then flows ended wherever neighbours do not take part.
 */
export class Relays {
  private readonly wiring: MachineWiring;
  private readonly options: AggregateOptions;
  private readonly relays = new Map<string, Relay>();
  private epoch = 0;

  constructor(wiring: MachineWiring, options: AggregateOptions) {
    this.wiring = wiring;
    this.options = options;
  }

  get count(): number {
    return this.relays.size;
  }

  /** The machine for a part of a task that this node does not know; undefined: nothing is done. */
  find(key: string, part: AggregatePart): Machine | undefined {
    const known = this.relays.get(key);
    if (known !== undefined) {
      known.heardEpoch = this.epoch;
      return known.machine;
    }
    if (this.relays.size >= this.options.relayedMaxCount) {
      this.wiring.counters.add("aggregate.dropped.tasks");
      return undefined;
    }
    const relay = this.make(part);
    if (relay === undefined) {
      this.wiring.counters.add("aggregate.dropped.unknownTask");
      return undefined;
    }
    this.relays.set(key, relay);
    relay.machine.onEpoch(this.epoch, "joined");
    return relay.machine;
  }

  /** This node takes part now: it speaks for itself. */
  release(task: string): void {
    for (const [key, relay] of [...this.relays]) {
      if (relay.task === task || relay.task === `${task}#leader`) this.relays.delete(key);
    }
  }

  onRound(moment: RoundMoment, out: Outbox): void {
    for (const relay of this.relays.values()) {
      relay.onRound(moment);
      relay.machine.onRound(out);
    }
  }

  onTurn(peer: PeerId, out: Outbox): void {
    for (const relay of this.relays.values()) if (relay.speaks()) relay.machine.onTurn(peer, out);
  }

  onSilence(peer: PeerId, out: Outbox): void {
    for (const { machine, speaks } of this.relays.values()) {
      if (speaks()) machine.onSilence?.(peer, out);
    }
  }

  onEpoch(epoch: number, entry: EpochEntry): void {
    this.epoch = epoch;
    for (const [key, relay] of [...this.relays]) {
      if (relay.heardEpoch <= epoch - this.options.expiryCount) this.relays.delete(key);
      else relay.machine.onEpoch(epoch, entry);
    }
  }

  onPeerDown(peer: PeerId, how: Departure): void {
    for (const { machine } of this.relays.values()) machine.onPeerDown(peer, how);
  }

  private make(part: AggregatePart): Relay | undefined {
    const { options, wiring } = this;
    const { kind, task } = part;
    const common = { task, wiring, options };
    const rest = { kind, task, heardEpoch: this.epoch, speaks: () => true, onRound: () => {} };
    switch (kind) {
      case "flow":
        return this.flowRelay(part);
      case "minima": {
        if (part.minima === undefined || part.minima.length < 3) return undefined;
        const numbers = { ...options, minimaCount: part.minima.length };
        const machine = new ExtremaPropagation({ ...common, options: numbers, share: () => 0 });
        return { ...rest, machine, speaks: () => machine.current() !== undefined };
      }
      case "extremes": {
        const anything = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
        const machine = new Extremes({ ...common, ...anything });
        return { ...rest, machine, speaks: () => machine.low !== undefined };
      }
      case "records":
        return { ...rest, machine: new OriginRecords(common) };
      case "registers": {
        if (part.form !== "distinct") return undefined;
        const mergeable = distinctRegisters;
        const machine = new Registers({
          ...common,
          form: part.form,
          mergeable,
          own: () => undefined,
        });
        return { ...rest, machine };
      }
      default:
        return undefined;
    }
  }

  /**
   * Of a task that nobody takes part in any more its relays would tell each other for ever; so a
   * flow is spoken of only while participants have an extreme value that has not expired.
   */
  private flowRelay({ flow, kind, task }: FlowPart): Relay | undefined {
    if (flow.length === 0) return undefined;
    const { options, wiring } = this;
    const ranges = flow.length === GAUGE_VECTOR_LENGTH ? new StatisticRanges() : undefined;
    const machine = new FlowUpdating({ task, wiring, options, input: zeros(flow.length), ranges });
    const onRound = ({ window }: RoundMoment) => ranges?.onRound(window, machine.estimate());
    const speaks = () => this.relays.get(partKey("extremes", task))?.speaks() === true;
    return { kind, task, machine, heardEpoch: this.epoch, speaks, onRound };
  }
}

/** Names what a part belongs to. */
export function partKey(kind: AggregatePart["kind"], task: string): string {
  return `${kind} ${task}`;
}
