import { joinLanes, textLanes } from "../../core/seq-ranges.ts";
import type { Estimate, MachineWiring } from "./aggregate.contract.ts";
import type { AggregateOptions } from "./aggregate.options.ts";
import { type Averaging, makeAveraging } from "./averaging.ts";
import { ExtremaPropagation } from "./extrema-propagation.ts";
import { Extremes } from "./extremes.ts";
import {
  GAUGE_VECTOR_LENGTH,
  type GaugeStatistic,
  gaugeBounds,
  gaugeStatistics,
  gaugeVector,
  StatisticRanges,
  statisticOf,
} from "./statistics.ts";
import type { AggregateTask, RoundMoment } from "./task.ts";
import { zeros } from "./vectors.ts";

/** Without a word of others for so many rounds, estimates are stale. [guess] */
const STALE_ROUNDS = 10;

export interface GaugeParts {
  readonly name: string;
  readonly wiring: MachineWiring;
  readonly options: AggregateOptions;
  /** This node's value now; undefined: it has none, and only passes on. Must not throw. */
  readonly read: () => number | undefined;
  /** What a value can be: others are clamped, and those of peers dropped. */
  readonly low: number;
  readonly high: number;
}

/**
 * One number of each node, and what the cluster's look like: average, variance, count, sum, least
 * and greatest. Who is the one leader, by which nodes are counted, is the node whose name has the
 * least hash: another extreme.
 */
export class Gauge implements AggregateTask {
  readonly name: string;
  readonly machines: AggregateTask["machines"];
  private readonly parts: GaugeParts;
  private readonly averaging: Averaging;
  private readonly ranges = new StatisticRanges();
  private readonly extremes: Extremes;
  private readonly leaders: Extremes;
  private readonly nodes: ExtremaPropagation;
  private epochErrors: readonly number[] = [];
  private value: number | undefined;
  private latest: RoundMoment | undefined;

  constructor(parts: GaugeParts) {
    const { high, low, name, options, wiring } = parts;
    this.name = name;
    this.parts = parts;
    const common = { wiring, options };
    const isBounded = Number.isFinite(low) && Number.isFinite(high);
    this.averaging = makeAveraging({
      ...common,
      task: name,
      bounds: isBounded ? gaugeBounds(low, high) : undefined,
      ranges: this.ranges,
      inputs: zeros(GAUGE_VECTOR_LENGTH),
    });
    this.extremes = new Extremes({ ...common, task: name, low, high });
    const leaderTask = `${name}#leader`;
    const anyHash = { low: 0, high: Number.MAX_SAFE_INTEGER };
    this.leaders = new Extremes({ ...common, task: leaderTask, ...anyHash });
    const share = () => (this.value === undefined ? 0 : 1);
    this.nodes = new ExtremaPropagation({ ...common, task: name, share });
    this.machines = [
      { kind: this.averaging.kind, task: name, machine: this.averaging.machine },
      { kind: "extremes", task: name, machine: this.extremes },
      { kind: "extremes", task: leaderTask, machine: this.leaders },
      { kind: "minima", task: name, machine: this.nodes },
    ];
  }

  /** Before the round's messages: values follow what is read. */
  onRound(moment: RoundMoment): void {
    this.latest = moment;
    this.value = this.sample();
    const { value } = this;
    this.extremes.setInput(value);
    this.leaders.setInput(value === undefined ? undefined : this.rank());
    const mean = this.valueOf("average") ?? value ?? 0;
    const isLeader = this.leaders.low?.origin === this.parts.wiring.self;
    this.feed(gaugeVector({ value, mean, isLeader }), moment);
    this.ranges.onRound(moment.window, this.averaging.running());
  }

  average(): Estimate | undefined {
    return this.statistic("average");
  }

  variance(): Estimate | undefined {
    return this.statistic("variance");
  }

  sum(): Estimate | undefined {
    return this.statistic("sum");
  }

  /** Exact in the end; while that is not sure, by extrema propagation, at 95 %. */
  count(): Estimate | undefined {
    const exact = this.statistic("count");
    const drawn = this.nodes.estimate();
    if (drawn === undefined) return exact;
    if (exact !== undefined && exact.errorBound <= drawn.errorBound) return exact;
    const { epoch, errorBound, finishedAtMs, rounds, value } = drawn;
    return { value, errorBound, ...this.times(finishedAtMs), epoch, rounds };
  }

  min(): Estimate | undefined {
    return this.extreme(this.extremes.low?.value);
  }

  max(): Estimate | undefined {
    return this.extreme(this.extremes.high?.value);
  }

  /** How well an epoch's end is known is seen at its end: the next one begins from nothing. */
  private feed(inputs: readonly number[], { epoch }: RoundMoment): void {
    const { averaging, ranges } = this;
    const before = averaging.read()?.epoch;
    averaging.onRound(inputs, epoch);
    const read = averaging.read();
    if (averaging.kind === "flow" || read === undefined || read.epoch === before) return;
    this.epochErrors = ranges.runningErrors(read.values);
  }

  private errorOf(name: GaugeStatistic, value: number): number {
    if (this.isAlone) return 0;
    if (this.averaging.kind === "flow") return this.ranges.errorOf(name, value);
    return this.epochErrors[gaugeStatistics.indexOf(name)] ?? Number.POSITIVE_INFINITY;
  }

  private statistic(name: GaugeStatistic): Estimate | undefined {
    const read = this.averaging.read();
    const value = read === undefined ? Number.NaN : statisticOf(name, read.values);
    if (read === undefined || Number.isNaN(value)) return undefined;
    const errorBound = this.errorOf(name, value);
    const { atMs, epoch, rounds } = read;
    return { value, errorBound, ...this.times(atMs), epoch, rounds };
  }

  private valueOf(name: GaugeStatistic): number | undefined {
    const read = this.averaging.read();
    const value = read === undefined ? Number.NaN : statisticOf(name, read.values);
    return Number.isFinite(value) ? value : undefined;
  }

  /** Of what rests on word of others, and is not averaged. */
  moment(): Omit<Estimate, "value" | "errorBound"> {
    const { epoch = 0, heardAtMs = this.parts.wiring.now() } = this.latest ?? {};
    return { ...this.times(heardAtMs), epoch, rounds: this.extremes.quietCount };
  }

  private extreme(value: number | undefined): Estimate | undefined {
    if (value === undefined || this.latest === undefined) return undefined;
    const { quietCount } = this.extremes;
    const isQuiet = this.isAlone || quietCount >= this.parts.options.quietCount;
    const errorBound = isQuiet ? 0 : Number.POSITIVE_INFINITY;
    const { epoch, heardAtMs } = this.latest;
    return { value, errorBound, ...this.times(heardAtMs), epoch, rounds: quietCount };
  }

  private get isAlone(): boolean {
    return this.latest?.isAlone === true;
  }

  private times(atMs: number): Pick<Estimate, "ageMs" | "stale"> {
    const { options, wiring } = this.parts;
    const ageMs = this.isAlone ? 0 : Math.max(0, wiring.now() - atMs);
    const epochMs = options.roundIntervalMs * options.epochRoundsCount;
    const heardMs = wiring.now() - (this.latest?.heardAtMs ?? atMs);
    const isSilent = heardMs > STALE_ROUNDS * options.roundIntervalMs;
    return { ageMs, stale: !this.isAlone && (isSilent || ageMs > 2 * epochMs) };
  }

  /** Where this node stands among those who could lead. */
  private rank(): number {
    return joinLanes(textLanes(String(this.parts.wiring.self)));
  }

  private sample(): number | undefined {
    const { high, low, read, wiring } = this.parts;
    const value = read();
    if (value === undefined) return undefined;
    if (!Number.isFinite(value)) {
      wiring.counters.add("aggregate.input.refused");
      return this.value;
    }
    if (value >= low && value <= high) return value;
    wiring.counters.add("aggregate.input.clamped");
    return Math.min(high, Math.max(low, value));
  }
}
