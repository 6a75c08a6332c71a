import { HearsayError } from "../../core/errors.ts";
import type { AggregateOptions } from "../../data/aggregate/aggregate.options.ts";
import type { Aggregation } from "../../data/aggregate/aggregation.ts";
import { Gauge } from "../../data/aggregate/gauge.ts";
import { hitterItem } from "../../data/aggregate/heavy-hitters.ts";
import { OriginRecords } from "../../data/aggregate/origin-records.ts";
import type { WaitOptions } from "../api.ts";
import { isThenable } from "../call-listener.ts";
import type { NodePorts } from "../node-ports.ts";
import { waitFor } from "../waits.ts";
import type {
  Aggregate,
  AggregateChoice,
  AggregateReport,
  Estimate,
  TopItem,
} from "./aggregates.api.ts";
import { DistinctItems, TopItems } from "./counted-items.ts";
import { Quantiles } from "./quantiles.ts";

/** Parts of an aggregate that begin when somebody, here or elsewhere, asks for them. */
export const sketchSuffixes = {
  quantiles: "#quantiles",
  top: "#top",
  distinct: "#distinct",
} as const;

/** Samples' quantiles in a report. [because: what dashboards show] */
const REPORTED_QUANTILES = [0.5, 0.95, 0.99] as const;
const REPORTED_TOP_COUNT = 10;

export interface NodeAggregateParts {
  readonly name: string;
  readonly read: () => number | undefined;
  readonly choice: AggregateChoice;
  readonly ports: NodePorts;
  readonly options: AggregateOptions;
  readonly engine: Aggregation;
  readonly enders: Set<(error: Error) => void>;
  readonly onClosed: () => void;
}

/** One aggregate of numbers, as users see it. */
export class NodeAggregate implements Aggregate {
  readonly name: string;
  private readonly parts: NodeAggregateParts;
  private readonly gauge: Gauge;
  private own: number | undefined;
  private quantiles: Quantiles | undefined;
  private items: TopItems | undefined;
  private different: DistinctItems | undefined;
  private isClosed = false;

  constructor(parts: NodeAggregateParts) {
    const { choice, engine, name, options, ports } = parts;
    this.name = name;
    this.parts = parts;
    const [low, high] = checkRange(choice.range);
    const wiring = engine.machineWiring;
    const read = (): number | undefined => this.readOwn();
    this.gauge = new Gauge({ name, wiring, options, read, low, high });
    ports.step(() => engine.open(this.gauge));
  }

  average(): Estimate | undefined {
    return this.gauge.average();
  }

  variance(): Estimate | undefined {
    return this.gauge.variance();
  }

  sum(): Estimate | undefined {
    return this.gauge.sum();
  }

  count(): Estimate | undefined {
    return this.gauge.count();
  }

  min(): Estimate | undefined {
    return this.gauge.min();
  }

  max(): Estimate | undefined {
    return this.gauge.max();
  }

  quantile(p: number): Estimate | undefined {
    if (!(typeof p === "number" && p >= 0 && p <= 1)) {
      const rule = "from 0 (the least) to 1 (the greatest)";
      throw new HearsayError("CONFIG_OPTION", `a quantile is ${String(p)}, but must be ${rule}.`);
    }
    const found = this.openQuantiles().quantile(p);
    return found && { ...found, ...this.moment() };
  }

  observe(sample: number): void {
    this.openQuantiles().observe(sample);
  }

  hit(item: string, times = 1): void {
    const counted = typeof item === "string" ? hitterItem(item) : undefined;
    if (counted === undefined) {
      throw new HearsayError("CONFIG_OPTION", "an item is a text of 1 … 64 characters.");
    }
    if (!(Number.isSafeInteger(times) && times >= 1)) {
      throw new HearsayError("CONFIG_OPTION", `times is ${times}, but must be whole, from 1 on.`);
    }
    this.openTop().hit(counted, times);
    this.openDistinct().hit(counted);
  }

  top(count: number): Estimate<readonly TopItem[]> | undefined {
    if (!(Number.isSafeInteger(count) && count >= 1)) {
      throw new HearsayError("CONFIG_OPTION", `count is ${count}, but must be whole, from 1 on.`);
    }
    const { items, lost } = this.openTop().read(count);
    if (items.length === 0) return undefined;
    return { value: items, errorBound: lost, ...this.moment() };
  }

  distinct(): Estimate | undefined {
    const read = this.openDistinct().read();
    return read && { ...read, stale: this.moment().stale };
  }

  async ready({ timeoutMs, signal }: WaitOptions = {}): Promise<void> {
    const quantiles = this.openQuantiles();
    const { enders, ports } = this.parts;
    await waitFor<void>({
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(signal === undefined ? {} : { signal }),
      what: "the sketches to be loaded",
      enders,
      timers: ports.timers,
      begin: (wait) => {
        void quantiles.load().then(() => {
          if (quantiles.problem === undefined) wait.resolve();
          else wait.reject(quantiles.problem);
        });
        return () => {};
      },
    });
  }

  report(): AggregateReport {
    const estimates: Record<string, Estimate | undefined> = {
      average: this.average(),
      variance: this.variance(),
      sum: this.sum(),
      count: this.count(),
      min: this.min(),
      max: this.max(),
    };
    if (this.quantiles !== undefined && this.quantiles.problem === undefined) {
      for (const p of REPORTED_QUANTILES) estimates[`p${p * 100}`] = this.quantile(p);
    }
    if (this.different !== undefined) estimates["distinct"] = this.distinct();
    const top = this.items === undefined ? undefined : this.top(REPORTED_TOP_COUNT);
    return { name: this.name, kind: "number", own: this.own, estimates, top: top?.value ?? [] };
  }

  /** Another node has a part of this aggregate that has not begun here. True when it has now. */
  openPart(task: string): void {
    if (task === `${this.name}${sketchSuffixes.quantiles}`) this.openQuantiles();
    else if (task === `${this.name}${sketchSuffixes.top}`) this.openTop();
    else if (task === `${this.name}${sketchSuffixes.distinct}`) this.openDistinct();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { engine, onClosed } = this.parts;
    for (const suffix of ["", ...Object.values(sketchSuffixes)]) engine.close(this.name + suffix);
    onClosed();
  }

  private readOwn(): number | undefined {
    const { ports, read } = this.parts;
    const where = `the value of aggregate ${JSON.stringify(this.name)}`;
    let value: unknown;
    try {
      value = read();
    } catch (error) {
      ports.onCallbackError(where, error);
      return this.own;
    }
    // A promise is no number, and its failure must not end the process.
    if (isThenable(value)) value.then(undefined, (error) => ports.onCallbackError(where, error));
    const number = value === undefined || typeof value === "number" ? value : Number.NaN;
    if (number === undefined || Number.isFinite(number)) this.own = number;
    return number;
  }

  private openQuantiles(): Quantiles {
    if (this.quantiles !== undefined) return this.quantiles;
    const { engine, options, ports } = this.parts;
    this.check();
    const task = `${this.name}${sketchSuffixes.quantiles}`;
    const records = new OriginRecords({ task, wiring: engine.machineWiring, options });
    const quantiles = new Quantiles({ records, options, count: ports.count });
    this.quantiles = quantiles;
    const machines = [{ kind: "records", task, machine: records }] as const;
    const onRound = (): void => quantiles.onRound(this.own);
    ports.step(() => engine.open({ name: task, machines, onRound }));
    return quantiles;
  }

  private openTop(): TopItems {
    if (this.items !== undefined) return this.items;
    const { engine, options, ports } = this.parts;
    this.check();
    const name = `${this.name}${sketchSuffixes.top}`;
    const items = new TopItems({ name, options, wiring: engine.machineWiring });
    this.items = items;
    ports.step(() => engine.open(items));
    return items;
  }

  private openDistinct(): DistinctItems {
    if (this.different !== undefined) return this.different;
    const { engine, options, ports } = this.parts;
    this.check();
    const name = `${this.name}${sketchSuffixes.distinct}`;
    const different = new DistinctItems({ name, options, wiring: engine.machineWiring });
    this.different = different;
    ports.step(() => engine.open(different));
    return different;
  }

  private moment(): Pick<Estimate, "ageMs" | "epoch" | "rounds" | "stale"> {
    const { ageMs, epoch, rounds, stale } = this.gauge.moment();
    return { ageMs, epoch, rounds, stale };
  }

  private check(): void {
    this.parts.ports.checkRunning();
    if (!this.isClosed) return;
    const name = JSON.stringify(this.name);
    throw new HearsayError("CONFIG_OPTION", `the aggregate ${name} was closed; open it again.`);
  }
}

function checkRange(range: AggregateChoice["range"]): readonly [number, number] {
  if (range === undefined) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [low, high] = range;
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return [low, high];
  const rule = "must be two finite numbers, the lower one first";
  throw new HearsayError(
    "CONFIG_OPTION",
    `range is [${String(low)}, ${String(high)}], but ${rule}.`,
  );
}
