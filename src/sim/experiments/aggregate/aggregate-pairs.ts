import { at } from "../../../core/collections/at.ts";
import { type PeerId, peerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import type { Machine, MachineWiring, Outbox } from "../../../data/aggregate/aggregate.contract.ts";
import type { AggregatePart } from "../../../data/aggregate/aggregate.messages.ts";
import { aggregateOptions } from "../../../data/aggregate/aggregate.options.ts";
import { PushPull } from "../../../data/aggregate/push-pull.ts";
import { PushSum } from "../../../data/aggregate/push-sum.ts";

/** Longer than an exchange may take. */
const ROUND_MS = 500;

interface Letter {
  readonly from: number;
  readonly to: number;
  readonly part: AggregatePart;
}

/** Who exchanges with whom in one round of the models of the papers. */
export type PairSelection = "perfectMatching" | "randomPairs" | "eachOnce";

/**
 * The machines themselves without rounds of their own: the table says who turns to whom, as the
 * models do, and what they say arrives at once, or is lost.
 */
export class PairTable<M extends Machine> implements Outbox {
  readonly machines: readonly M[];
  private readonly random: Random;
  private readonly lossRatio: number;
  private readonly post: Letter[] = [];
  private readonly times = { nowMs: 0 };
  private speaker = 0;

  constructor(
    setting: { readonly seed: number; readonly nodesCount: number; readonly lossRatio?: number },
    make: (wiring: MachineWiring, index: number) => M,
  ) {
    const { lossRatio = 0, nodesCount, seed } = setting;
    this.random = Random.derive(seed, "pairs");
    this.lossRatio = lossRatio;
    this.machines = Array.from({ length: nodesCount }, (_, index) =>
      make(this.wiringOf(index), index),
    );
    for (const machine of this.machines) machine.onEpoch(1, "begins");
  }

  put(peer: PeerId, part: AggregatePart): void {
    this.post.push({ from: this.speaker, to: Number(peer), part });
  }

  /** Time passes; what was not answered is given up, or asked after. */
  tick(): void {
    this.times.nowMs += ROUND_MS;
    for (const [index, machine] of this.machines.entries()) {
      this.speaker = index;
      machine.onRound(this);
      this.deliver();
    }
  }

  /** As many exchanges as there are nodes. */
  round(selection: PairSelection): void {
    const { length } = this.machines;
    if (selection === "perfectMatching") {
      this.match();
      return this.match();
    }
    const order = selection === "eachOnce" ? this.shuffled() : undefined;
    for (let turn = 0; turn < length; turn += 1) {
      const one = order === undefined ? this.random.below(length) : at(order, turn);
      this.meet(one, this.other(one));
    }
  }

  /** All send at once, as push-sum's model has it. */
  sendAll(): void {
    for (let one = 0; one < this.machines.length; one += 1) {
      this.speaker = one;
      at(this.machines, one).onTurn(peerId(this.other(one)), this);
    }
    this.deliver();
  }

  private match(): void {
    const order = this.shuffled();
    for (let turn = 0; turn + 1 < order.length; turn += 2) {
      this.meet(at(order, turn), at(order, turn + 1));
    }
  }

  private shuffled(): number[] {
    return this.random.shuffle(Array.from(this.machines, (_, index) => index));
  }

  private meet(one: number, other: number): void {
    this.speaker = one;
    at(this.machines, one).onTurn(peerId(other), this);
    this.deliver();
  }

  private deliver(): void {
    while (this.post.length > 0) {
      for (const { from, part, to } of this.post.splice(0)) {
        if (this.lossRatio > 0 && this.random.chance(this.lossRatio)) continue;
        this.speaker = to;
        at(this.machines, to).onPart(peerId(from), part, this);
      }
    }
  }

  private other(one: number): number {
    const draw = this.random.below(this.machines.length - 1);
    return draw < one ? draw : draw + 1;
  }

  private wiringOf(index: number): MachineWiring {
    const { random, times } = this;
    return {
      self: peerId(index),
      random,
      counters: { add: () => {} },
      now: () => times.nowMs,
      wallClock: () => times.nowMs,
    };
  }
}

export function pushPullTable(
  setting: { readonly seed: number; readonly nodesCount: number; readonly lossRatio?: number },
  atomicity: "commit" | "none",
  inputs: readonly number[],
): PairTable<PushPull> {
  const options = aggregateOptions({ atomicity });
  return new PairTable(setting, (wiring, index) => {
    const begin = (): readonly number[] => [at(inputs, index)];
    return new PushPull({ task: "x", wiring, options, begin });
  });
}

export function pushSumTable(
  setting: { readonly seed: number; readonly nodesCount: number; readonly lossRatio?: number },
  inputs: readonly number[],
): PairTable<PushSum> {
  const options = aggregateOptions({ transfers: "plain" });
  return new PairTable(setting, (wiring, index) => {
    const begin = () => ({ sums: [at(inputs, index)], weight: 1 });
    return new PushSum({ task: "x", wiring, options, begin });
  });
}

export function normalInputs(seed: number, count: number): number[] {
  const random = Random.derive(seed, "inputs");
  return Array.from({ length: count }, () => random.normal(0, 1));
}

export function meanOfAll(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of all values, as a population. */
export function varianceOf(values: readonly number[]): number {
  const mean = meanOfAll(values);
  return values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length;
}
