/**
 * What a node says of its samples, as the bytes of a record:
 *
 *   0 ‖ value f64                                a single value: no sketch is needed
 *   1 ‖ accuracy f64 ‖ least f64 ‖ greatest f64 ‖ zeros varint ‖ positive store ‖ negative store
 *
 * store: count varint ‖ (key, zigzag of the step from the last one, varint ‖ times varint)…
 */
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { Sketches } from "./load-sketches.ts";

type Sketch = InstanceType<Sketches["LogCollapsingLowestDenseDDSketch"]>;
type Store = Sketch["store"];

export interface SketchNumbers {
  readonly quantileAccuracyRatio: number;
  readonly bucketsMaxCount: number;
}

const VALUE = 0;
const SKETCH = 1;
/** Keys of doubles at the finest accuracy there is. [because: ln 2^1024 / 10⁻⁴] */
const KEY_MAX = 10_000_000;

export type QuantileRecord =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "sketch"; readonly bytes: Uint8Array };

export function encodeValue(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

/** undefined for what is neither. */
export function readRecord(bytes: Uint8Array): QuantileRecord | undefined {
  if (bytes[0] === SKETCH) return { kind: "sketch", bytes };
  if (bytes[0] !== VALUE || bytes.length !== 9) return undefined;
  const value = doubleAt(bytes, 1);
  return Number.isFinite(value) ? { kind: "value", value } : undefined;
}

export function makeSketch(sketches: Sketches, numbers: SketchNumbers): Sketch {
  return new sketches.LogCollapsingLowestDenseDDSketch({
    relativeAccuracy: numbers.quantileAccuracyRatio,
    binLimit: numbers.bucketsMaxCount,
  });
}

export function encodeSketch(sketch: Sketch, accuracy: number): Uint8Array {
  const writer = new ByteWriter(256);
  writer.byte(SKETCH);
  for (const value of [accuracy, sketch.min, sketch.max]) writeDouble(writer, value);
  writer.varint(Math.round(sketch.zeroCount));
  writeStore(writer, sketch.store);
  writeStore(writer, sketch.negativeStore);
  return writer.finish();
}

/** Adds what the bytes hold to `sketch`. False, and nothing is added, when they make no sense. */
export function mergeSketchBytes(
  sketch: Sketch,
  bytes: Uint8Array,
  { bucketsMaxCount, quantileAccuracyRatio }: SketchNumbers,
): boolean {
  const reader = new ByteReader(bytes, 1);
  const [accuracy, least, greatest] = [readDouble(reader), readDouble(reader), readDouble(reader)];
  const zeros = reader.varint();
  const positive = readStore(reader, bucketsMaxCount);
  const negative = readStore(reader, bucketsMaxCount);
  // Buckets of another width hold other values.
  if (accuracy !== quantileAccuracyRatio || zeros === undefined) return false;
  if (positive === undefined || negative === undefined) return false;
  if (!(least !== undefined && greatest !== undefined && least <= greatest)) return false;
  for (const [key, times] of positive) sketch.store.add(key, times);
  for (const [key, times] of negative) sketch.negativeStore.add(key, times);
  sketch.zeroCount += zeros;
  sketch.min = Math.min(sketch.min, least);
  sketch.max = Math.max(sketch.max, greatest);
  sketch.count += zeros + timesOf(positive) + timesOf(negative);
  return true;
}

function timesOf(bins: readonly (readonly [number, number])[]): number {
  return bins.reduce((sum, [, times]) => sum + times, 0);
}

function writeStore(writer: ByteWriter, store: Store): void {
  const bins: (readonly [number, number])[] = [];
  for (const [index, times] of store.bins.entries()) {
    const whole = Math.round(times);
    if (whole > 0) bins.push([index + store.offset, whole]);
  }
  writer.varint(bins.length);
  let last = 0;
  for (const [key, times] of bins) {
    const step = key - last;
    writer.varint(step < 0 ? -2 * step - 1 : 2 * step);
    writer.varint(times);
    last = key;
  }
}

function readStore(
  reader: ByteReader,
  maxCount: number,
): readonly (readonly [number, number])[] | undefined {
  const count = reader.varint();
  if (count === undefined || count > maxCount) return undefined;
  const bins: (readonly [number, number])[] = [];
  let last = 0;
  while (bins.length < count) {
    const folded = reader.varint();
    const times = reader.varint();
    if (folded === undefined || times === undefined || times === 0) return undefined;
    last += folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    if (Math.abs(last) > KEY_MAX) return undefined;
    bins.push([last, times]);
  }
  return bins;
}

function writeDouble(writer: ByteWriter, value: number): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  writer.bytes(bytes);
}

function readDouble(reader: ByteReader): number | undefined {
  const bytes = reader.bytes(8);
  return bytes === undefined ? undefined : doubleAt(bytes, 0);
}

function doubleAt(bytes: Uint8Array, place: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(place, true);
}
