import type { Random } from "../../core/random.ts";
import type { Coordinate } from "./serf.contract.ts";

/**
 * Vivaldi: nodes place themselves in a small space so that distances there tell round-trip times
 * between nodes that never spoke. [Dabek 2004, with the height of its §5.4, the adjustment of
 * Ledlie 2007 and the gravity of Lee 2006]. Numbers as in specs/memberlist-wire.md section 25.
 */
const DIMENSIONS_COUNT = 8;
const ERROR_MAX = 1.5;
const ERROR_WEIGHT = 0.25;
const POSITION_WEIGHT = 0.25;
const ADJUSTMENT_WINDOW_COUNT = 20;
const HEIGHT_MIN_S = 1e-5;
const LATENCY_FILTER_COUNT = 3;
const GRAVITY_RHO_S = 150;
const RTT_MAX_S = 10;
const ZERO = 1e-6;
const NS_PER_S = 1e9;

export const freshCoordinate: Coordinate = {
  vector: new Array<number>(DIMENSIONS_COUNT).fill(0),
  error: ERROR_MAX,
  adjustment: 0,
  height: HEIGHT_MIN_S,
};

/** What `update` did: `reset` when the arithmetic left the numbers that mean something. */
export type CoordinateUpdate = "updated" | "reset" | "badCoordinate" | "badRtt";

/** This node's place, and the latest place of each node that was probed. */
export class Coordinates {
  private readonly random: Random;
  private place: Coordinate;
  private readonly others = new Map<string, Coordinate>();
  /** The last few round trips by node: their median keeps a single late one from moving us. */
  private readonly latencies = new Map<string, number[]>();
  private readonly samples = new Array<number>(ADJUSTMENT_WINDOW_COUNT).fill(0);
  private sampleAt = 0;

  constructor(random: Random, start: Coordinate = freshCoordinate) {
    this.random = random;
    this.place = start;
  }

  get local(): Coordinate {
    return this.place;
  }

  of(name: string): Coordinate | undefined {
    return this.others.get(name);
  }

  /** Takes in that `name`, which says it is at `other`, answered after `rttS` seconds. */
  update(name: string, other: Coordinate, rttS: number): CoordinateUpdate {
    if (!isValid(other)) return "badCoordinate";
    if (!(rttS >= 0 && rttS <= RTT_MAX_S)) return "badRtt";
    const filteredS = this.filterLatency(name, rttS);
    this.place = attract(this.place, { other, rttS: filteredS, random: this.random });
    this.adjust(other, filteredS);
    this.place = pullToOrigin(this.place, this.random);
    this.others.set(name, other);
    if (isValid(this.place)) return "updated";
    this.place = freshCoordinate;
    return "reset";
  }

  /** `name` was reaped: nothing about it is kept. */
  forget(name: string): void {
    this.others.delete(name);
    this.latencies.delete(name);
  }

  private filterLatency(name: string, rttS: number): number {
    const latest = this.latencies.get(name) ?? [];
    latest.push(rttS);
    if (latest.length > LATENCY_FILTER_COUNT) latest.shift();
    this.latencies.set(name, latest);
    const sorted = [...latest].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? rttS;
  }

  /** Half the mean of what the space got wrong lately: what no place in it can express. */
  private adjust(other: Coordinate, rttS: number): void {
    this.samples[this.sampleAt] = rttS - rawDistanceS(this.place, other);
    this.sampleAt = (this.sampleAt + 1) % ADJUSTMENT_WINDOW_COUNT;
    const sum = this.samples.reduce((total, sample) => total + sample, 0);
    this.place = { ...this.place, adjustment: sum / (2 * ADJUSTMENT_WINDOW_COUNT) };
  }
}

/** Estimated round trip in seconds, cut to whole nanoseconds as Serf's durations are. */
export function distanceS(a: Coordinate, b: Coordinate): number {
  const raw = rawDistanceS(a, b);
  const adjusted = raw + a.adjustment + b.adjustment;
  return Math.trunc((adjusted > 0 ? adjusted : raw) * NS_PER_S) / NS_PER_S;
}

function rawDistanceS(a: Coordinate, b: Coordinate): number {
  return magnitude(difference(a.vector, b.vector)) + a.height + b.height;
}

interface Measurement {
  readonly other: Coordinate;
  readonly rttS: number;
  readonly random: Random;
}

function attract(place: Coordinate, { other, rttS, random }: Measurement): Coordinate {
  const distance = distanceS(place, other);
  const rtt = Math.max(rttS, ZERO);
  const wrongness = Math.abs(distance - rtt) / rtt;
  const weight = place.error / Math.max(place.error + other.error, ZERO);
  const error = Math.min(
    ERROR_WEIGHT * weight * wrongness + place.error * (1 - ERROR_WEIGHT * weight),
    ERROR_MAX,
  );
  const force = POSITION_WEIGHT * weight * (rtt - distance);
  return applyForce({ ...place, error }, { force, other, random });
}

/** Keeps the whole cloud of nodes from drifting away. */
function pullToOrigin(place: Coordinate, random: Random): Coordinate {
  const ratio = distanceS(freshCoordinate, place) / GRAVITY_RHO_S;
  return applyForce(place, { force: -(ratio * ratio), other: freshCoordinate, random });
}

interface Push {
  readonly force: number;
  readonly other: Coordinate;
  readonly random: Random;
}

function applyForce(place: Coordinate, { force, other, random }: Push): Coordinate {
  const away = difference(place.vector, other.vector);
  const length = magnitude(away);
  const isApart = length > ZERO;
  const unit = isApart ? scaled(away, 1 / length) : randomUnit(random);
  const vector = place.vector.map((x, i) => x + (unit[i] ?? 0) * force);
  if (!isApart) return { ...place, vector };
  const height = ((place.height + other.height) * force) / length + place.height;
  return { ...place, vector, height: Math.max(height, HEIGHT_MIN_S) };
}

/** Nodes at the same place must part in some direction; any will do. */
function randomUnit(random: Random): readonly number[] {
  const vector = freshCoordinate.vector.map(() => random.real() - 0.5);
  const length = magnitude(vector);
  if (length > ZERO) return scaled(vector, 1 / length);
  return freshCoordinate.vector.map((_, i) => (i === 0 ? 1 : 0));
}

function difference(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, i) => x - (b[i] ?? 0));
}

function scaled(vector: readonly number[], factor: number): number[] {
  return vector.map((x) => x * factor);
}

function magnitude(vector: readonly number[]): number {
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
}

function isValid(coordinate: Coordinate): boolean {
  return (
    coordinate.vector.length === DIMENSIONS_COUNT &&
    coordinate.vector.every(Number.isFinite) &&
    Number.isFinite(coordinate.error) &&
    Number.isFinite(coordinate.adjustment) &&
    Number.isFinite(coordinate.height)
  );
}
