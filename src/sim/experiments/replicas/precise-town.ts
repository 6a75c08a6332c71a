import { at } from "../../../core/collections/at.ts";
import { Random } from "../../../core/random.ts";
import type { Staleness } from "./scuttlebutt-town.ts";

/** [Scuttlebutt 2008 §5] */
const KEYS_COUNT = 64;
const SECOND_MS = 1_000;

export interface PreciseTownOptions {
  readonly seed: number;
  readonly nodesCount: number;
  /** Which differences go first, by the time of their writing. */
  readonly first: "newest" | "oldest";
}

/**
 * The baselines of the Scuttlebutt paper: pairs find out just what differs, mapping by mapping, and
 * send as much of it as a message holds. Nobody could afford such digests: only an ideal to compare
 * with, so it is a table of numbers and no protocol.
 */
export class PreciseTown {
  private readonly options: PreciseTownOptions;
  private readonly random: Random;
  /** For each participant and mapping: how many of its writes it knows of. */
  private readonly known: Int32Array[];
  /** For each mapping, when it was written. */
  private readonly writtenAtMs: number[][];
  /** When in its second each participant gossips. */
  private readonly phases: readonly { readonly node: number; readonly phaseMs: number }[];
  private messageMaxCount = Number.POSITIVE_INFINITY;
  private nowMs = 0;
  private turn = 0;

  constructor(options: PreciseTownOptions) {
    const { nodesCount, seed } = options;
    this.options = options;
    this.random = Random.derive(seed, "precise");
    const mappingsCount = nodesCount * KEYS_COUNT;
    this.known = Array.from({ length: nodesCount }, () => new Int32Array(mappingsCount));
    this.writtenAtMs = Array.from({ length: mappingsCount }, () => []);
    this.phases = Array.from({ length: nodesCount }, (_, node) => ({
      node,
      phaseMs: this.random.real() * SECOND_MS,
    })).sort((one, other) => one.phaseMs - other.phaseMs);
  }

  holdMessagesTo(updatesCount: number): void {
    this.messageMaxCount = updatesCount;
  }

  write(owner: number, key: number): boolean {
    const mapping = owner * KEYS_COUNT + (key % KEYS_COUNT);
    at(this.writtenAtMs, mapping).push(this.nowMs);
    at(this.known, owner)[mapping] = at(this.writtenAtMs, mapping).length;
    return true;
  }

  runForMs(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const { nodesCount } = this.options;
      const { node, phaseMs } = at(this.phases, this.turn % nodesCount);
      const dueMs = Math.floor(this.turn / nodesCount) * SECOND_MS + phaseMs;
      if (dueMs > endMs) break;
      this.nowMs = dueMs;
      this.turn += 1;
      const other = this.random.below(nodesCount - 1);
      this.exchange(node, other >= node ? other + 1 : other);
    }
    this.nowMs = endMs;
  }

  staleness(): Staleness {
    let oldestMs = this.nowMs;
    let staleCount = 0;
    for (const known of this.known) {
      for (const [mapping, writes] of this.writtenAtMs.entries()) {
        const atMs = writes[at(known, mapping)];
        if (atMs === undefined) continue;
        staleCount += 1;
        oldestMs = Math.min(oldestMs, atMs);
      }
    }
    return { oldestMs: this.nowMs - oldestMs, staleCount: staleCount / this.known.length };
  }

  private exchange(one: number, other: number): void {
    const [mine, theirs] = [at(this.known, one), at(this.known, other)];
    // What each lacks is settled before either has got anything.
    const forMe = this.chosen(theirs, mine);
    const forThem = this.chosen(mine, theirs);
    for (const mapping of forMe) mine[mapping] = at(theirs, mapping);
    for (const mapping of forThem) theirs[mapping] = at(mine, mapping);
  }

  private chosen(from: Int32Array, to: Int32Array): number[] {
    const lacking: number[] = [];
    for (let mapping = 0; mapping < from.length; mapping += 1) {
      if (at(from, mapping) > at(to, mapping)) lacking.push(mapping);
    }
    if (lacking.length <= this.messageMaxCount) return lacking;
    const sign = this.options.first === "newest" ? -1 : 1;
    const timeOf = (mapping: number): number =>
      at(at(this.writtenAtMs, mapping), at(from, mapping) - 1);
    lacking.sort((a, b) => sign * (timeOf(a) - timeOf(b)));
    return lacking.slice(0, this.messageMaxCount);
  }
}
