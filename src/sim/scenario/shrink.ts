import { HearsayError } from "../../core/errors.ts";
import type { Fault, NodeChoice } from "../faults/fault.ts";
import { planFaults } from "../faults/plan-faults.ts";
import { drawNodes, readScenario } from "./read-scenario.ts";
import type { Scenario } from "./scenario.ts";

export interface ShrinkOptions {
  /** Whether it still fails in the way that is looked for. */
  readonly fails: (scenario: Scenario) => boolean;
  /** Most runs. Default 200. */
  readonly runsMaxCount?: number;
}

export interface Shrunk {
  /** Fails, and no line can be left out of its plan (unless the runs were used up). */
  readonly scenario: Scenario;
  readonly runsCount: number;
  readonly isMinimal: boolean;
}

const RUNS_MAX_COUNT = 200;
const NODES_MIN_COUNT = 2;

/** The same run with every fault of its plan written out. */
export function writtenOut(scenario: Scenario, seed: number): Scenario {
  return { ...scenario, seed, faults: planFaults(scenario.faults, drawNodes(scenario, seed)) };
}

/**
 * Makes a failing scenario as small as it gets: first the fault plan, by delta debugging (Zeller
 * and Hildebrandt, 2002, ddmin), then the nodes, the workload, the time, and whom and how long each
 * fault strikes. `scenario` has its plan written out, and fails.
 */
export function shrink(scenario: Scenario, options: ShrinkOptions): Shrunk {
  return new Shrinker(scenario, options).shrink();
}

class Shrinker {
  private best: Scenario;
  private readonly fails: (scenario: Scenario) => boolean;
  private readonly runsMaxCount: number;
  private runsCount = 0;

  constructor(scenario: Scenario, { fails, runsMaxCount = RUNS_MAX_COUNT }: ShrinkOptions) {
    this.best = scenario;
    this.fails = fails;
    this.runsMaxCount = runsMaxCount;
  }

  shrink(): Shrunk {
    let before: Scenario;
    do {
      before = this.best;
      this.dropFaults();
      this.dropWorkload();
      this.dropNodes();
      this.dropTime();
      this.easeFaults();
    } while (this.best !== before && !this.isExhausted);
    return { scenario: this.best, runsCount: this.runsCount, isMinimal: !this.isExhausted };
  }

  private get isExhausted(): boolean {
    return this.runsCount >= this.runsMaxCount;
  }

  /** Keeps `candidate` when it still fails. One that makes no sense does not. */
  private take(candidate: Scenario): boolean {
    if (this.isExhausted) return false;
    this.runsCount += 1;
    try {
      // It is to be a file that can be read.
      readScenario(candidate);
      if (!this.fails(candidate)) return false;
    } catch (error) {
      if (error instanceof HearsayError) return false;
      throw error;
    }
    this.best = candidate;
    return true;
  }

  /** ddmin: leaves out ever smaller parts until no single line can go. */
  private dropFaults(): void {
    let partsCount = 2;
    while (this.best.faults.length > 0 && !this.isExhausted) {
      const { faults } = this.best;
      const size = Math.max(1, Math.floor(faults.length / partsCount));
      if (this.dropOnePart(faults, size)) {
        partsCount = Math.max(2, partsCount - 1);
        continue;
      }
      if (size === 1) return;
      partsCount = Math.min(faults.length, partsCount * 2);
    }
  }

  private dropOnePart(faults: readonly Fault[], size: number): boolean {
    for (let start = 0; start < faults.length; start += size) {
      const rest = [...faults.slice(0, start), ...faults.slice(start + size)];
      if (this.take({ ...this.best, faults: rest })) return true;
    }
    return false;
  }

  private dropWorkload(): void {
    for (let at = this.best.workload.length - 1; at >= 0; at -= 1) {
      const workload = this.best.workload.filter((_, index) => index !== at);
      this.take({ ...this.best, workload });
    }
    this.best.workload.forEach((task, at) => {
      if (task.timesCount === undefined || task.timesCount < 2) return;
      const fewer = { ...task, timesCount: Math.ceil(task.timesCount / 2) };
      this.take({ ...this.best, workload: this.best.workload.with(at, fewer) });
    });
  }

  /** Halves, and then single nodes, as long as it still fails. */
  private dropNodes(): void {
    for (let step = Math.floor(this.best.nodes / 2); step >= 1; step = Math.floor(step / 2)) {
      while (this.best.nodes - step >= NODES_MIN_COUNT) {
        if (!this.take(withNodes(this.best, this.best.nodes - step))) break;
      }
    }
  }

  private dropTime(): void {
    const ends = this.best.faults.map((fault) => fault.atMs + (fault.forMs ?? 0) + 1);
    const neededMs = Math.max(1, ...ends);
    if (neededMs >= this.best.durationMs) return;
    const workload = this.best.workload.filter((task) => task.atMs <= neededMs);
    this.take({ ...this.best, workload, durationMs: neededMs });
  }

  /** Strikes fewer, for a shorter time. */
  private easeFaults(): void {
    for (let at = 0; at < this.best.faults.length; at += 1) {
      for (const ease of eases) {
        for (let fault = this.best.faults[at]; fault !== undefined; ) {
          const eased = ease(fault);
          if (eased === undefined) break;
          const faults = this.best.faults.with(at, eased);
          if (!this.take({ ...this.best, faults })) break;
          fault = eased;
        }
      }
    }
  }
}

type Ease = (fault: Fault) => Fault | undefined;

const eases: readonly Ease[] = [
  (fault) => narrower(fault, (nodes) => nodes.slice(0, Math.floor(nodes.length / 2))),
  (fault) => narrower(fault, (nodes) => nodes.slice(1)),
  (fault) => {
    const { forMs } = fault;
    return forMs === undefined || forMs < 2 ? undefined : { ...fault, forMs: Math.ceil(forMs / 2) };
  },
];

/** The fault with fewer nodes; undefined when none would be left, or it has none. */
function narrower(
  fault: Fault,
  cut: (nodes: readonly number[]) => readonly number[],
): Fault | undefined {
  const less = (choice: NodeChoice): readonly number[] | undefined => {
    if (!isNumbers(choice)) return undefined;
    const nodes = cut(choice);
    return nodes.length === 0 || nodes.length === choice.length ? undefined : nodes;
  };
  if ("nodes" in fault) {
    const nodes = less(fault.nodes);
    return nodes === undefined ? undefined : { ...fault, nodes };
  }
  if ("from" in fault) {
    const [from, to] = [less(fault.from), less(fault.to)];
    if (from === undefined && to === undefined) return undefined;
    return { ...fault, from: from ?? fault.from, to: to ?? fault.to };
  }
  return undefined;
}

/** The scenario with fewer nodes; faults on those that are gone strike the others only. */
function withNodes(scenario: Scenario, nodes: number): Scenario {
  const faults = scenario.faults.flatMap((fault) => keepBelow(fault, nodes));
  const seedsCount = Math.min(scenario.form.seedsCount, nodes);
  return { ...scenario, nodes, faults, form: { ...scenario.form, seedsCount } };
}

function keepBelow(fault: Fault, nodesCount: number): Fault[] {
  const below = (choice: NodeChoice): NodeChoice =>
    isNumbers(choice) ? choice.filter((node) => node < nodesCount) : choice;
  const isEmpty = (choice: NodeChoice): boolean => isNumbers(choice) && choice.length === 0;
  if ("nodes" in fault) {
    const nodes = below(fault.nodes);
    return isEmpty(nodes) ? [] : [{ ...fault, nodes }];
  }
  if ("from" in fault) {
    const [from, to] = [below(fault.from), below(fault.to)];
    return isEmpty(from) || isEmpty(to) ? [] : [{ ...fault, from, to }];
  }
  if ("sides" in fault) {
    const sides = fault.sides.map(below).filter((side) => !isEmpty(side));
    return sides.length === 0 ? [] : [{ ...fault, sides }];
  }
  return [fault];
}

function isNumbers(choice: NodeChoice): choice is readonly number[] {
  return Array.isArray(choice);
}
