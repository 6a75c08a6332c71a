import { assert } from "./assert.ts";
import { at } from "./collections/at.ts";

/**
 * Most names. [because: names come from the code; more means that some are made of remote input]
 */
const NAMES_MAX_COUNT = 4_096;

/** One number that only grows. Ask for it once and keep it: counting is then one addition. */
export class Counter {
  readonly name: string;
  value = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Counts one, or so many. */
  add(by = 1): void {
    this.value += by;
  }
}

/** How observed values spread over fixed buckets. */
export class Histogram {
  readonly name: string;
  /** Upper ends of the buckets, ascending; a last bucket takes what is above. */
  readonly bounds: readonly number[];
  private readonly counts: number[];
  private total = 0;
  private observed = 0;

  constructor(name: string, bounds: readonly number[]) {
    assert(bounds.length > 0, `histogram ${name} has no buckets`);
    assert(
      bounds.every((bound, index) => index === 0 || bound > at(bounds, index - 1)),
      `the buckets of ${name} do not ascend`,
    );
    this.name = name;
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** How many values were observed. */
  get count(): number {
    return this.observed;
  }

  /** What they come to. */
  get sum(): number {
    return this.total;
  }

  /** Takes note of a value. NaN would spoil the sum and is not taken. */
  observe(value: number): void {
    if (Number.isNaN(value)) return;
    let bucket = 0;
    while (bucket < this.bounds.length && value > at(this.bounds, bucket)) bucket += 1;
    this.counts[bucket] = at(this.counts, bucket) + 1;
    this.total += value;
    this.observed += 1;
  }

  /** How many values were at most `bounds[index]`. */
  countUpTo(index: number): number {
    return this.counts.slice(0, index + 1).reduce((sum, count) => sum + count, 0);
  }

  /** The end of the bucket in which the `ratio` quantile lies; undefined of nothing. */
  quantile(ratio: number): number | undefined {
    if (this.observed === 0) return undefined;
    const wanted = Math.max(1, Math.ceil(ratio * this.observed));
    let seen = 0;
    for (const [index, count] of this.counts.entries()) {
      seen += count;
      if (seen >= wanted) return this.bounds[index] ?? Number.POSITIVE_INFINITY;
    }
    return Number.POSITIVE_INFINITY;
  }
}

/** All the numbers of one node or slice, by name. */
export class Counters {
  private readonly counters = new Map<string, Counter>();
  private readonly gauges = new Map<string, () => number>();
  private readonly histograms = new Map<string, Histogram>();

  /** The counter of this name, made on first use. */
  counter(name: string): Counter {
    const known = this.counters.get(name);
    if (known !== undefined) return known;
    const counter = new Counter(name);
    this.reserve(name);
    this.counters.set(name, counter);
    return counter;
  }

  /** For places too rare to keep a counter. */
  count(name: string, by = 1): void {
    this.counter(name).value += by;
  }

  /**
   * A number read when a snapshot is taken. A second one of this name takes the place of the first.
   */
  gauge(name: string, read: () => number): void {
    if (!this.gauges.has(name)) this.reserve(name);
    this.gauges.set(name, read);
  }

  /** The histogram of this name, made on first use. */
  histogram(name: string, bounds: readonly number[]): Histogram {
    const known = this.histograms.get(name);
    if (known !== undefined) return known;
    const histogram = new Histogram(name, bounds);
    this.reserve(name);
    this.histograms.set(name, histogram);
    return histogram;
  }

  /**
   * Every number as it stands, by name ascending. A histogram gives `name.count`, `name.sum` and
   * per bucket `name.le.BOUND`, how many values were at most BOUND.
   */
  snapshot(): Readonly<Record<string, number>> {
    const entries: [string, number][] = [];
    for (const counter of this.counters.values()) entries.push([counter.name, counter.value]);
    for (const [name, read] of this.gauges) entries.push([name, read()]);
    for (const histogram of this.histograms.values()) entries.push(...rowsOf(histogram));
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.freeze(Object.fromEntries(entries));
  }

  private reserve(name: string): void {
    const isTaken = this.counters.has(name) || this.gauges.has(name) || this.histograms.has(name);
    assert(!isTaken, `the metric ${name} is of another kind already`);
    const size = this.counters.size + this.gauges.size + this.histograms.size;
    assert(size < NAMES_MAX_COUNT, `more than ${NAMES_MAX_COUNT} metrics`);
  }
}

function rowsOf(histogram: Histogram): [string, number][] {
  const rows: [string, number][] = [
    [`${histogram.name}.count`, histogram.count],
    [`${histogram.name}.sum`, histogram.sum],
  ];
  for (const [index, bound] of histogram.bounds.entries()) {
    rows.push([`${histogram.name}.le.${bound}`, histogram.countUpTo(index)]);
  }
  return rows;
}
