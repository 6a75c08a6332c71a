import { at } from "../../core/collections/at.ts";
import type {
  HistogramReading,
  SensorReading,
  SensorSummary,
  SensorValue,
} from "./monitor.messages.ts";

/** Sensors of all nodes together. [because: nodes of one cluster measure much the same] */
const NAMES_MAX_COUNT = 256;

/** What the readings of several nodes come to, by sensor. */
export function summarize(nodes: Iterable<readonly SensorReading[]>): SensorSummary[] {
  const singles: SensorSummary[] = [];
  for (const readings of nodes) {
    for (const reading of readings) singles.push(single(reading));
  }
  return mergeSummaries(singles);
}

/**
 * Summaries of nodes or groups that have no node in common, one for each sensor, by name. Sensors
 * of one name and another kind or unit are other sensors: the first one of the name counts.
 */
export function mergeSummaries(summaries: Iterable<SensorSummary>): SensorSummary[] {
  const merged = new Map<string, SensorSummary>();
  for (const summary of summaries) {
    const known = merged.get(summary.name);
    if (known === undefined) {
      if (merged.size < NAMES_MAX_COUNT) merged.set(summary.name, summary);
    } else if (known.kind === summary.kind && known.unit === summary.unit) {
      merged.set(summary.name, added(known, summary));
    }
  }
  return [...merged.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function isHistogram(value: SensorValue): value is HistogramReading {
  return typeof value !== "number";
}

export function observedCount({ counts }: HistogramReading): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Upper end of the bucket in which the `ratio` quantile lies; infinite above the last bound;
 * undefined of nothing.
 */
export function histogramQuantile(reading: HistogramReading, ratio: number): number | undefined {
  const total = observedCount(reading);
  if (total === 0) return undefined;
  const wanted = Math.max(1, Math.ceil(ratio * total));
  let seen = 0;
  for (const [index, count] of reading.counts.entries()) {
    seen += count;
    if (seen >= wanted) return reading.bounds[index] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

function single({ kind, name, unit, value }: SensorReading): SensorSummary {
  if (!isHistogram(value))
    return { name, unit, kind, count: 1, sum: value, min: value, max: value };
  const mean = value.sum / Math.max(1, observedCount(value));
  return { name, unit, kind, count: 1, sum: value.sum, min: mean, max: mean, histogram: value };
}

function added(one: SensorSummary, other: SensorSummary): SensorSummary {
  return {
    name: one.name,
    unit: one.unit,
    kind: one.kind,
    count: one.count + other.count,
    sum: finite(one.sum + other.sum),
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    histogram: addedBuckets(one.histogram, other.histogram),
  };
}

function addedBuckets(
  one: HistogramReading | undefined,
  other: HistogramReading | undefined,
): HistogramReading | undefined {
  if (one === undefined || other === undefined) return undefined;
  const isSame =
    one.bounds.length === other.bounds.length &&
    one.bounds.every((bound, index) => bound === other.bounds[index]);
  if (!isSame) return undefined;
  const counts = one.counts.map((count, index) => {
    return Math.min(Number.MAX_SAFE_INTEGER, count + at(other.counts, index));
  });
  return { bounds: one.bounds, counts, sum: finite(one.sum + other.sum) };
}

/** What others would refuse of a sum: many a gauge says "no limit" by the greatest number. */
function finite(sum: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));
}
