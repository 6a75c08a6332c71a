import {
  BUCKETS_MAX_COUNT,
  SENSORS_MAX_COUNT,
  type SensorReading,
  type SensorSummary,
  type SensorValue,
  TEXT_MAX_LENGTH,
} from "./monitor.messages.ts";
import { isHistogram } from "./summaries.ts";

const NUMBER_BYTES = 9;
const HEAD_BYTES = 16;

/** Finite numbers, ascending bounds, whole counts, names of a length: what a sensor can say. */
export function isReading({ name, unit, value }: SensorReading): boolean {
  return isSensorName(name) && unit.length <= TEXT_MAX_LENGTH && isValue(value);
}

export function areReadings(readings: readonly SensorReading[]): boolean {
  return readings.length <= SENSORS_MAX_COUNT && readings.every(isReading);
}

export function isSensorName(name: string): boolean {
  return name !== "" && name.length <= TEXT_MAX_LENGTH;
}

export function isSummary({ count, histogram, max, min, name, sum, unit }: SensorSummary): boolean {
  return (
    isReading({ name, unit, kind: "gauge", value: sum }) &&
    Number.isSafeInteger(count) &&
    count >= 1 &&
    Number.isFinite(min) &&
    Number.isFinite(max) &&
    min <= max &&
    (histogram === undefined || isValue(histogram))
  );
}

export function isValue(value: SensorValue): boolean {
  if (!isHistogram(value)) return Number.isFinite(value);
  const { bounds, counts, sum } = value;
  if (counts.length !== bounds.length + 1 || counts.length > BUCKETS_MAX_COUNT) return false;
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return false;
  const isAscending = bounds.every((bound, index) => {
    return Number.isFinite(bound) && (index === 0 || bound > (bounds[index - 1] ?? 0));
  });
  return isAscending && Number.isFinite(sum);
}

/** About as many bytes as it takes in a message. */
export function readingsBytes(readings: readonly (SensorReading | SensorSummary)[]): number {
  let bytes = HEAD_BYTES;
  for (const reading of readings) {
    bytes += reading.name.length + reading.unit.length + HEAD_BYTES + NUMBER_BYTES;
    const histogram = "value" in reading ? reading.value : reading.histogram;
    if (histogram !== undefined && isHistogram(histogram)) {
      bytes += histogram.counts.length * 2 * NUMBER_BYTES;
    }
    if (!("value" in reading)) bytes += 3 * NUMBER_BYTES;
  }
  return bytes;
}
