import { verdictCodes } from "./watch-tally.ts";

/** Of what has not happened. */
export const NOT_YET = -1;

/** Who has learnt of a death, and how soon. All times are ms since it. */
export interface DeathNews {
  readonly node: number;
  /** When it died, in the town's own time. */
  readonly atMs: number;
  /** Until somebody that lives suspected it; -1: nobody does yet, here and below. */
  readonly firstSuspectedMs: number;
  /** Until somebody held it for dead, until half of the others did, and until all. */
  readonly firstKnewMs: number;
  readonly halfKnewMs: number;
  readonly allKnewMs: number;
  /** Of each node. */
  readonly suspectedMs: Float64Array<ArrayBuffer>;
  readonly knewMs: Float64Array<ArrayBuffer>;
}

/** One death in a town. */
export class DeathRecord {
  readonly node: number;
  readonly atMs: number;
  private readonly suspectedMs: Float64Array<ArrayBuffer>;
  private readonly knewMs: Float64Array<ArrayBuffer>;

  constructor(node: number, atMs: number, nodesCount: number) {
    this.node = node;
    this.atMs = atMs;
    this.suspectedMs = new Float64Array(nodesCount).fill(NOT_YET);
    this.knewMs = new Float64Array(nodesCount).fill(NOT_YET);
  }

  /** The first time counts: a node may doubt it once more, for old news of it. */
  onVerdict(observer: number, code: number, atMs: number): void {
    const sinceMs = atMs - this.atMs;
    const isSuspected = code === verdictCodes.suspect || code === verdictCodes.dead;
    if (isSuspected && this.suspectedMs[observer] === NOT_YET) this.suspectedMs[observer] = sinceMs;
    if (code === verdictCodes.dead && this.knewMs[observer] === NOT_YET) {
      this.knewMs[observer] = sinceMs;
    }
  }

  /** As it was then, of those that were still alive. */
  newsAt(atMs: number, living: Uint8Array): DeathNews {
    const { node, knewMs, suspectedMs } = this;
    const until = atMs - this.atMs;
    const by = (ms: number): number => (ms > until ? NOT_YET : ms);
    const others = living.reduce((sum, one) => sum + one, 0);
    const timesOf = (all: Float64Array): Float64Array =>
      all.filter((ms, other) => living[other] === 1 && by(ms) !== NOT_YET).sort();
    const knew = timesOf(knewMs);
    return {
      node,
      atMs: this.atMs,
      firstSuspectedMs: timesOf(suspectedMs)[0] ?? NOT_YET,
      firstKnewMs: knew[0] ?? NOT_YET,
      halfKnewMs: others === 0 ? NOT_YET : (knew[Math.ceil(others / 2) - 1] ?? NOT_YET),
      allKnewMs: others === 0 ? NOT_YET : (knew[others - 1] ?? NOT_YET),
      suspectedMs: suspectedMs.map(by),
      knewMs: knewMs.map(by),
    };
  }
}
