import { at } from "../../../core/collections/at.ts";
import { Random } from "../../../core/random.ts";
import { phiAccrualBySpread } from "../../../peers/phi-accrual/phi-accrual.options.ts";
import type { ExpectedValue, Experiment } from "../experiment.ts";
import type { DetectorChoice, DetectorTownOptions } from "./town.contract.ts";
import { DetectorTown } from "./town.ts";

const WARM_UP_MS = 60_000;
/** One crash in each turn: its time to be found, and to be taken back. */
const TURN_MS = 120_000;
const CRASHED_MS = 70_000;
/** Whatever the trouble, half of the nodes know of a crash by then. */
const LIMIT_SECONDS = 50;
/** Who was started again may be taken for dead a while longer by those that had not heard. */
const GRACE_MS = 30_000;
const DAY_MS = 86_400_000;

const kinds: readonly (Partial<DetectorTownOptions> & {
  readonly name: string;
  readonly detector: DetectorChoice;
})[] = [
  { name: "SWIM", detector: "swim" },
  { name: "heartbeats", detector: "heartbeat" },
  { name: "phi, gossiped", detector: "phi", phi: phiAccrualBySpread.gossip },
  { name: "phi, direct", detector: "phi-direct", phi: phiAccrualBySpread.neighbours },
  { name: "phi, direct (Akka)", detector: "phi-direct", phiPreset: "akka" },
  { name: "phi, direct (Cassandra)", detector: "phi-direct", phiPreset: "cassandra" },
];

const troubles = ["quiet", "loss 20 %", "pauses", "slow members"] as const;
type Trouble = (typeof troubles)[number];

/** Three ways to find the dead, on the same clusters, in the same trouble. */
export const detectors: Experiment = {
  name: "detectors",
  proves:
    "What SWIM, phi accrual and gossiped heartbeats take to find the dead, and what it costs.",
  source: "ours; issue 8.1. Pauses: 4 s, once in two minutes a node. Slow: 1 in 8, 4 s of each 8",
  parameters: { nodesCount: 24, crashesCount: 8 },
  runsCount: 3,
  run({ onPass, parameters, seed }) {
    const { crashesCount = 0, nodesCount = 0 } = parameters;
    const values: Record<string, number> = {};
    for (const kind of kinds) {
      for (const trouble of troubles) {
        onPass?.(`${kind.name}, ${trouble}`);
        const run = new DetectorRun({ ...kind, seed, nodesCount }, trouble);
        const outcome = run.run(crashesCount);
        for (const [name, value] of Object.entries(outcome)) {
          values[`${kind.name} | ${trouble} | ${name}`] = value;
        }
      }
    }
    return { values, curves: [] };
  },
  expectedAt: () => {
    const expected: Record<string, ExpectedValue> = {};
    for (const { name } of kinds) {
      const none = { value: 0, bound: "atMost", of: "eachRun", source: "ours" } as const;
      expected[`${name} | quiet | mistakes (per node and day)`] = none;
      const found = {
        value: LIMIT_SECONDS,
        bound: "atMost",
        of: "eachRun",
        source: "ours",
      } as const;
      for (const trouble of troubles) expected[`${name} | ${trouble} | half know (s)`] = found;
    }
    return expected;
  },
};

/** One town in one kind of trouble, where somebody crashes now and then. */
class DetectorRun {
  private readonly town: DetectorTown;
  private readonly dice: Random;
  private readonly nodesCount: number;
  private readonly trouble: Trouble;
  private readonly aliveSinceMs: number[];
  private readonly slow = new Set<number>();
  private victim: number | undefined;
  private crashedMs = 0;
  private knewMs: number[] = [];
  private mistakes = 0;

  constructor(options: DetectorTownOptions, trouble: Trouble) {
    const { nodesCount, seed } = options;
    this.town = new DetectorTown({ ...options, lossRatio: trouble === "loss 20 %" ? 0.2 : 0 });
    this.dice = Random.derive(seed, "trouble", trouble);
    this.nodesCount = nodesCount;
    this.trouble = trouble;
    this.aliveSinceMs = Array.from({ length: nodesCount }, () => 0);
  }

  run(crashesCount: number): Readonly<Record<string, number>> {
    const { town } = this;
    town.runForMs(WARM_UP_MS);
    const begun = { bytes: town.bytesSent, atMs: town.simulator.nowMs };
    town.onVerdict = (told) => {
      if (told.status === "dead") this.onDead(told.subject, told.atMs);
    };
    this.makeTrouble();
    const [firsts, halves]: [number[], number[]] = [[], []];
    for (let crash = 0; crash < crashesCount; crash += 1) {
      this.turn();
      // What was not found stands for all the time there was.
      firsts.push(this.knewMs[0] ?? CRASHED_MS);
      halves.push(this.knewMs[Math.floor((this.nodesCount - 1) / 2)] ?? CRASHED_MS);
    }
    const passedMs = town.simulator.nowMs - begun.atMs;
    const perNode = 1 / this.nodesCount;
    return {
      "first knows (s)": meanOf(firsts) / 1_000,
      "half know (s)": meanOf(halves) / 1_000,
      "mistakes (per node and day)": (this.mistakes * perNode * DAY_MS) / passedMs,
      "bytes (per node and second)": ((town.bytesSent - begun.bytes) * perNode * 1_000) / passedMs,
    };
  }

  /** A crash at a random time, and a new life after it. */
  private turn(): void {
    const { simulator } = this.town;
    this.town.runForMs(this.dice.real() * 10_000);
    const victim = this.pickVictim();
    this.victim = victim;
    this.knewMs = [];
    this.crashedMs = simulator.nowMs;
    this.town.crash(victim);
    this.town.runForMs(CRASHED_MS);
    this.victim = undefined;
    this.town.restart(victim);
    this.aliveSinceMs[victim] = simulator.nowMs;
    this.town.runForMs(TURN_MS - CRASHED_MS);
  }

  private pickVictim(): number {
    for (;;) {
      const index = this.dice.below(this.nodesCount);
      const node = this.town.node(index);
      if (!this.slow.has(index) && node.isAlive && node.isFlowing) return index;
    }
  }

  private onDead(subject: number, atMs: number): void {
    if (subject === this.victim) this.knewMs.push(atMs - this.crashedMs);
    else if (atMs - at(this.aliveSinceMs, subject) > GRACE_MS) this.mistakes += 1;
  }

  private makeTrouble(): void {
    if (this.trouble === "pauses") {
      for (let index = 0; index < this.nodesCount; index += 1) this.planPause(index);
    }
    if (this.trouble !== "slow members") return;
    const count = Math.max(1, Math.floor(this.nodesCount / 8));
    for (const index of this.dice.sampleIndexes(this.nodesCount, count)) {
      this.slow.add(index);
      this.planBlock(index);
    }
  }

  /** As a machine that is moved, or a long collection of garbage: all stands still for 4 s. */
  private planPause(index: number): void {
    const { simulator } = this.town;
    simulator.plan(this.dice.exponential(120_000), () => {
      simulator.pause(this.town.node(index));
      simulator.plan(4_000, () => {
        simulator.resume(this.town.node(index));
        this.planPause(index);
      });
    });
  }

  /** Half of the time nothing comes in or goes out. [Lifeguard 2017 §V-D] */
  private planBlock(index: number): void {
    const { simulator } = this.town;
    simulator.block(this.town.node(index));
    simulator.plan(4_000, () => {
      simulator.unblock(this.town.node(index));
      simulator.plan(4_000, () => this.planBlock(index));
    });
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
