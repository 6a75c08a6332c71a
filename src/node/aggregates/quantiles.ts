import { HearsayError } from "../../core/errors.ts";
import type { AggregateOptions } from "../../data/aggregate/aggregate.options.ts";
import type { OriginRecords } from "../../data/aggregate/origin-records.ts";
import { loadSketches, type Sketches } from "./load-sketches.ts";
import {
  encodeSketch,
  encodeValue,
  makeSketch,
  mergeSketchBytes,
  type QuantileRecord,
  readRecord,
} from "./quantile-record.ts";

/** Samples that wait for the sketches to be loaded. [because: that takes some ms] */
const WAITING_MAX_COUNT = 10_000;

export interface Quantile {
  readonly value: number;
  readonly errorBound: number;
}

export interface QuantilesParts {
  readonly records: OriginRecords;
  readonly options: AggregateOptions;
  readonly count: (name: string, by?: number) => void;
}

/**
 * Quantiles of what all nodes have: each one's value, or a sketch of its samples, by origin; who
 * reads merges them. Sketches are DDSketch by @datadog/sketches-js, loaded when the first sample
 * comes, here or from another node.
 */
export class Quantiles {
  private readonly parts: QuantilesParts;
  private sketches: Sketches | undefined;
  private loading: Promise<void> | undefined;
  private failure: HearsayError | undefined;
  private own: ReturnType<typeof makeSketch> | undefined;
  private waiting: number[] = [];
  private isOwnNew = false;

  constructor(parts: QuantilesParts) {
    this.parts = parts;
  }

  /** Once a round: what this node says of itself. */
  onRound(value: number | undefined): void {
    const { options, records } = this.parts;
    if (this.own === undefined) {
      records.setOwn(value === undefined ? undefined : encodeValue(value));
      return;
    }
    if (!this.isOwnNew) return;
    this.isOwnNew = false;
    const bytes = encodeSketch(this.own, options.quantileAccuracyRatio);
    if (!records.setOwn(bytes)) this.parts.count("aggregate.cut");
  }

  /** @throws HearsayError PACKAGE_MISSING */
  observe(sample: number): void {
    if (!Number.isFinite(sample)) return this.parts.count("aggregate.input.refused");
    if (this.failure !== undefined) throw this.failure;
    if (this.sketches === undefined) {
      if (this.waiting.length >= WAITING_MAX_COUNT) this.parts.count("aggregate.input.refused");
      else this.waiting.push(sample);
      void this.load();
      return;
    }
    this.own ??= makeSketch(this.sketches, this.parts.options);
    this.own.accept(sample);
    this.isOwnNew = true;
  }

  /** @throws HearsayError PACKAGE_MISSING */
  quantile(p: number): Quantile | undefined {
    const records = this.parts.records
      .records()
      .map(({ bytes }) => readRecord(bytes))
      .filter((record) => record !== undefined);
    if (records.some(({ kind }) => kind === "sketch")) return this.ofSketches(p, records);
    const values = records.flatMap((record) => (record.kind === "value" ? [record.value] : []));
    values.sort((one, other) => one - other);
    const value = values[Math.floor(p * (values.length - 1))];
    return value === undefined ? undefined : { value, errorBound: 0 };
  }

  /** @throws HearsayError PACKAGE_MISSING */
  async load(): Promise<void> {
    this.loading ??= this.loadNow();
    await this.loading;
  }

  private ofSketches(p: number, records: readonly QuantileRecord[]): Quantile | undefined {
    if (this.failure !== undefined) throw this.failure;
    if (this.sketches === undefined) {
      void this.load();
      return undefined;
    }
    const { count, options } = this.parts;
    const merged = makeSketch(this.sketches, options);
    for (const record of records) {
      if (record.kind === "value") merged.accept(record.value);
      else if (!mergeSketchBytes(merged, record.bytes, options)) count("aggregate.dropped.value");
    }
    const value = merged.getValueAtQuantile(p);
    if (merged.count === 0 || !Number.isFinite(value)) return undefined;
    return { value, errorBound: Math.abs(value) * options.quantileAccuracyRatio };
  }

  private async loadNow(): Promise<void> {
    try {
      this.sketches = await loadSketches();
    } catch (error) {
      const isOurs = error instanceof HearsayError;
      this.failure = isOurs ? error : new HearsayError("PACKAGE_MISSING", String(error));
      return;
    }
    const { waiting } = this;
    this.waiting = [];
    for (const sample of waiting) this.observe(sample);
  }

  /** What loading ended with. */
  get problem(): HearsayError | undefined {
    return this.failure;
  }
}
