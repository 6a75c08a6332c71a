/** A town whose nodes watch each other, and in which somebody from outside meddles. */
import { Random } from "../../core/random.ts";
import { DetectorTown } from "../experiments/detectors/town.ts";
import { discPoints, leftOf } from "./disc.ts";
import { advanceMarked, drawSome } from "./marked-time.ts";
import type { Deed, DrivenTown, IsEnough } from "./play-town.ts";
import type { WatchNumbers } from "./watch.options.ts";
import { type SentCount, WatchCourse, type WatchMark } from "./watch-course.ts";
import { detectorOf, type WatchDetectorName } from "./watch-detectors.ts";
import { verdictCodes } from "./watch-tally.ts";
import { THEORY_STEP_MS, type WatchTheory, watchTheory } from "./watch-theory.ts";

/** So long all know all before time begins: heartbeats have been measured by then. */
export const WARM_UP_MS = 30_000;
/** Between two words about how warm it is. */
const WARMED_AT_ONCE_MS = 500;
/** In which its course is told. */
export const WATCH_TICK_MS = 1_000;
/** Of deaths so near each other theory says the same. */
const THEORY_KEPT_MS = 5_000;
/** As the Lifeguard paper blocks members, §V-D. */
const BLOCKED_MS = 4_000;

/** The same setting and the same deeds at the same times give the same course. */
export interface WatchSetting {
  readonly seed: number;
  readonly protocol: WatchDetectorName;
  readonly numbers: WatchNumbers;
}

export class WatchTown implements DrivenTown {
  readonly setting: WatchSetting;
  readonly course: WatchCourse;
  /** `x, y` of each node in a disc of radius 1. */
  private readonly points: Float64Array;
  private readonly town: DetectorTown;
  private readonly deaths: Random;
  private readonly leadMs: number;
  private readonly theories = new Map<number, WatchTheory>();
  private readonly sentBefore: SentCount;

  /** `onSettled` is told how many of all are as good as settled, for that takes a while. */
  constructor(setting: WatchSetting, onSettled?: (count: number) => void) {
    const { numbers, protocol, seed } = setting;
    const { latencyMaxMs, latencyMinMs: minMs, lossRatio, nodesCount } = numbers;
    this.setting = setting;
    this.points = discPoints(nodesCount);
    this.course = new WatchCourse(nodesCount, WATCH_TICK_MS);
    this.deaths = Random.derive(seed, "deaths");
    const latency = { kind: "uniform", minMs, maxMs: Math.max(minMs, latencyMaxMs) } as const;
    const choice = detectorOf(protocol, numbers);
    this.town = new DetectorTown({ seed, nodesCount, lossRatio, latency, ...choice });
    for (let passedMs = 0; passedMs < WARM_UP_MS; passedMs += WARMED_AT_ONCE_MS) {
      onSettled?.(Math.floor((nodesCount * passedMs) / WARM_UP_MS));
      this.town.runForMs(WARMED_AT_ONCE_MS);
    }
    this.leadMs = this.town.simulator.nowMs;
    this.sentBefore = this.sent;
    this.begin();
  }

  get nowMs(): number {
    return this.town.simulator.nowMs - this.leadMs;
  }

  /** At this or any earlier moment. */
  countAt(atMs: number): WatchMark {
    const count = this.course.countAt(atMs);
    return atMs < this.nowMs ? count : { ...count, ...this.sentSince };
  }

  /** What the literature says of a death then, as if nothing else happened. */
  theory(diedAtMs: number): WatchTheory {
    const { numbers, protocol } = this.setting;
    const upMs = WARM_UP_MS + Math.round(diedAtMs / THEORY_KEPT_MS) * THEORY_KEPT_MS;
    const known = this.theories.get(upMs);
    const theory = known ?? watchTheory(protocol, numbers, upMs);
    this.theories.set(upMs, theory);
    return theory;
  }

  /**
   * The share that should know of the dead by the end of each tick: a mean of all that have died;
   * null as long as nobody has.
   */
  expectedByTick(atMs: number): readonly (number | null)[] {
    const deaths = this.course.deathTimesAt(atMs);
    return Array.from({ length: Math.floor(atMs / WATCH_TICK_MS) + 1 }, (_, tick) => {
      const sinceDeaths = deaths.map((diedMs) => tick * WATCH_TICK_MS - diedMs);
      const shares = sinceDeaths.flatMap((sinceMs, place) => {
        if (sinceMs < 0) return [];
        const { knewByStep } = this.theory(deaths[place] ?? 0);
        return knewByStep[Math.floor(sinceMs / THEORY_STEP_MS)] ?? 1;
      });
      if (shares.length === 0) return null;
      return shares.reduce((sum, share) => sum + share, 0) / shares.length;
    });
  }

  /** Backwards time does not go: what is past is in `course`. */
  advanceTo(nowMs: number, isEnough: IsEnough = () => false): boolean {
    const { course, leadMs } = this;
    const { simulator } = this.town;
    const onMark = (): void => course.onMark(this.sentSince);
    return advanceMarked({ simulator, leadMs, course, onMark }, nowMs, isEnough);
  }

  act(deed: Deed): void {
    switch (deed.do) {
      case "kill":
        this.kill(deed.node);
        break;
      case "killSome":
        for (const node of drawSome(this.deaths, this.living, deed.ratio)) this.kill(node);
        break;
      case "part":
        this.town.part(leftOf(this.points, deed.from, deed.to));
        break;
      case "heal":
        this.town.heal();
        break;
      case "infect":
      // There is no news here but that of deaths.
    }
    if (this.nowMs === this.course.markedMs) this.course.onDeed(this.sentSince);
  }

  private get living(): number[] {
    return this.town.simulator.nodes.flatMap(({ index, isAlive }) => (isAlive ? [index] : []));
  }

  private get sent(): SentCount {
    const { bytesSent: bytesCount, simulator } = this.town;
    return { messagesCount: simulator.counts.packetsSent, bytesCount };
  }

  private get sentSince(): SentCount {
    const { bytesCount, messagesCount } = this.sent;
    const before = this.sentBefore;
    return {
      messagesCount: messagesCount - before.messagesCount,
      bytesCount: bytesCount - before.bytesCount,
    };
  }

  private begin(): void {
    const { nodesCount, slowRatio } = this.setting.numbers;
    const verdicts = new Uint8Array(nodesCount * nodesCount);
    for (let observer = 0; observer < nodesCount; observer += 1) {
      this.town.member(observer).detector.forEachPeer(({ peer, status }) => {
        const subject = this.town.indexOf(peer);
        verdicts[observer * nodesCount + subject] = verdictCodes[status];
      });
    }
    this.course.begin(verdicts);
    this.town.onVerdict = ({ observer, status, subject }) => {
      this.course.onVerdict({ observer, subject, code: verdictCodes[status] }, this.nowMs);
    };
    const dice = Random.derive(this.setting.seed, "slow");
    for (const node of drawSome(dice, this.living, slowRatio)) {
      this.town.simulator.plan(dice.real() * 2 * BLOCKED_MS, () => this.slowDown(node));
    }
  }

  /** Half of the time nothing comes in or goes out. [Lifeguard 2017 §V-D] */
  private slowDown(index: number): void {
    const { simulator } = this.town;
    const node = this.town.node(index);
    if (!node.isAlive) return;
    simulator.block(node);
    simulator.plan(BLOCKED_MS, () => {
      simulator.unblock(node);
      simulator.plan(BLOCKED_MS, () => this.slowDown(index));
    });
  }

  private kill(node: number): void {
    if (this.town.simulator.nodes[node]?.isAlive !== true) return;
    this.town.crash(node);
    this.course.onDeath(node, this.nowMs);
  }
}
