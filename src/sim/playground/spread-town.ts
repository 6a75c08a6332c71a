/** A town in which one update spreads, and in which somebody from outside meddles. */
import { at } from "../../core/collections/at.ts";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import { EverybodyView } from "../experiments/everybody-view.ts";
import { SeenReplica } from "../experiments/replicas/seen-replica.ts";
import type { SimNode } from "../sim-node.ts";
import { Simulator } from "../simulator.ts";
import { discPoints, leftOf } from "./disc.ts";
import { advanceMarked, drawSome } from "./marked-time.ts";
import type { Deed, DrivenTown, IsEnough } from "./play-town.ts";
import { ringOverlay, sharesByHops } from "./ring-overlay.ts";
import type { SpreadNumbers } from "./spread.options.ts";
import { type SpreadCount, SpreadCourse } from "./spread-course.ts";
import {
  isInStep,
  type SpreadPlace,
  type SpreadProtocolName,
  spreadMount,
  usesNeighbours,
} from "./spread-protocols.ts";
import { type SpreadTheory, spreadTheory } from "./spread-theory.ts";

const REPLICA = "x";
const DOT = { origin: makeOrigin("author", 1), seq: 1 };
const UPDATE = 0;
/** From whom nobody heard it. */
const NOBODY = -1;
/** Nodes that are settled between two words about it. */
const SETTLED_AT_ONCE = 2_000;
/** Time begins so long before the first calls: by the end of round 1 what came of them is there. */
const BEFORE_CALLS_MS = 1;

/** The same setting and the same deeds at the same times give the same course. */
export interface SpreadSetting {
  readonly seed: number;
  readonly protocol: SpreadProtocolName;
  readonly numbers: SpreadNumbers;
  /** The step in which its course is told. Default: a round. */
  readonly tickMs?: number;
}

export class SpreadTown implements DrivenTown {
  readonly setting: SpreadSetting;
  /** `x, y` of each node in a disc of radius 1. */
  readonly points: Float64Array;
  readonly course: SpreadCourse;
  private readonly simulator: Simulator;
  private readonly residents: { readonly host: SimNode; readonly replica: SeenReplica }[] = [];
  private readonly overlay: readonly (readonly number[])[];
  private readonly mount: (place: SpreadPlace) => void;
  private readonly deaths: Random;
  /** How long the simulator has run when time begins here. */
  private readonly leadMs: number;
  private author: number | undefined;
  private authorShares: number[] | undefined;
  private idleMessages = 0;

  /** `onSettled` is told how many nodes there are already: of a large town that takes a while. */
  constructor(setting: SpreadSetting, onSettled?: (count: number) => void) {
    const { numbers, protocol, seed, tickMs = numbers.roundIntervalMs } = setting;
    const { latencyMaxMs: maxMs, latencyMinMs: minMs, lossRatio, nodesCount } = numbers;
    this.setting = setting;
    this.points = discPoints(nodesCount);
    this.course = new SpreadCourse(nodesCount, tickMs);
    this.deaths = Random.derive(seed, "deaths");
    const latency = { kind: "uniform", minMs, maxMs: Math.max(minMs, maxMs) } as const;
    this.simulator = new Simulator({ seed, latency, lossRatio });
    this.overlay = usesNeighbours(protocol)
      ? ringOverlay(nodesCount, numbers.neighboursCount, Random.derive(seed, "overlay"))
      : [];
    this.mount = spreadMount(protocol, numbers);
    for (let node = 0; node < nodesCount; node += 1) {
      this.simulator.add((host) => this.settle(host));
      if (node % SETTLED_AT_ONCE === 0) onSettled?.(node);
    }
    this.leadMs = isInStep(protocol) ? numbers.roundIntervalMs - BEFORE_CALLS_MS : 0;
    this.simulator.engine.runTo(this.leadMs);
  }

  get nowMs(): number {
    return this.simulator.nowMs - this.leadMs;
  }

  count(): SpreadCount {
    return this.countAt(this.nowMs);
  }

  /** At this or any earlier moment. */
  countAt(atMs: number): SpreadCount {
    const count = this.course.countAt(atMs);
    return atMs < this.nowMs ? count : { ...count, messagesCount: this.messagesCount };
  }

  /** What the literature says of it, as if nobody meddled. */
  theory(ticksCount: number): SpreadTheory {
    const { numbers, protocol, tickMs = numbers.roundIntervalMs } = this.setting;
    if (this.author !== undefined && this.overlay.length > 0) {
      this.authorShares ??= sharesByHops(this.overlay, this.author);
    }
    const shares = this.authorShares ?? [];
    return spreadTheory({ protocol, numbers, tickMs, ticksCount, sharesByHops: shares });
  }

  /** Backwards time does not go: what is past is in `course`. */
  advanceTo(nowMs: number, isEnough: IsEnough = () => false): boolean {
    const { course, leadMs, simulator } = this;
    const onMark = (): void => course.onMark(this.messagesCount);
    return advanceMarked({ simulator, leadMs, course, onMark }, nowMs, isEnough);
  }

  act(deed: Deed): void {
    switch (deed.do) {
      case "infect":
        this.infect(deed.node);
        break;
      case "kill":
        this.kill(deed.node);
        break;
      case "killSome":
        this.killSome(deed.ratio);
        break;
      case "part": {
        const side = leftOf(this.points, deed.from, deed.to);
        this.simulator.partition(side.map((node) => at(this.residents, node).host));
        break;
      }
      case "heal":
        this.simulator.heal();
    }
    if (this.nowMs === this.course.markedMs) this.course.onDeed(this.messagesCount);
  }

  /** Those that tell of the update: what a protocol says before there is one costs it nothing. */
  private get messagesCount(): number {
    if (this.author === undefined) return 0;
    return this.simulator.counts.packetsSent - this.idleMessages;
  }

  private infect(node: number): void {
    const resident = this.residents[node];
    if (resident?.host.isAlive !== true) return;
    if (this.author === undefined) this.idleMessages = this.simulator.counts.packetsSent;
    this.author ??= node;
    resident.host.step(() => resident.replica.apply(DOT, UPDATE));
  }

  private killSome(ratio: number): void {
    const living = this.residents.flatMap(({ host }) => (host.isAlive ? [host.index] : []));
    for (const node of drawSome(this.deaths, living, ratio)) this.kill(node);
  }

  private kill(node: number): void {
    const host = this.residents[node]?.host;
    if (host?.isAlive !== true) return;
    this.simulator.crash(host, "machine");
    this.course.onDeath(node, this.nowMs);
  }

  private settle(host: SimNode): void {
    const { index } = host;
    const replica = new SeenReplica((run) => host.afterStep(run));
    replica.subscribe({ onNews: (_dot, _update, from) => this.onHeard(index, from) });
    const neighbours = new StaticView(host.self);
    for (const name of this.overlay[index] ?? []) neighbours.add(peerId(name));
    this.residents.push({ host, replica });
    const everybody = new EverybodyView(index, this.setting.numbers.nodesCount);
    const enrolled = { name: REPLICA, replica, sizeOf: () => 1 };
    this.mount({ host, everybody, neighbours, enrolled });
  }

  private onHeard(node: number, from: PeerId | undefined): void {
    this.course.onHeard(node, this.nowMs, from === undefined ? NOBODY : Number(from));
  }
}
