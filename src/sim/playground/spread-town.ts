/** A town in which one update spreads, and in which somebody from outside meddles. */
import { at } from "../../core/collections/at.ts";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { ReplicaListener } from "../../exchange/replica.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import { EverybodyView } from "../experiments/everybody-view.ts";
import { SeenReplica } from "../experiments/replicas/seen-replica.ts";
import type { SimNode } from "../sim-node.ts";
import { Simulator } from "../simulator.ts";
import { type DiscPoint, discPoints, leftOf } from "./disc.ts";
import type { SpreadNumbers } from "./spread.options.ts";
import { mountSpread, type SpreadProtocolName, usesNeighbours } from "./spread-protocols.ts";

const REPLICA = "x";
const DOT = { origin: makeOrigin("author", 1), seq: 1 };
const UPDATE = 0;
/** Of who has not heard. */
const NOBODY = -1;

/** The same setting and the same deeds at the same times give the same course. */
export interface SpreadSetting {
  readonly seed: number;
  readonly protocol: SpreadProtocolName;
  readonly numbers: SpreadNumbers;
}

/** What somebody does to a town. */
export type Deed =
  | { readonly do: "infect"; readonly node: number }
  | { readonly do: "kill"; readonly node: number }
  /** So many of those that live, drawn by the seed. */
  | { readonly do: "killSome"; readonly ratio: number }
  /** Nodes on one side of a line hear nobody on the other. */
  | { readonly do: "part"; readonly from: DiscPoint; readonly to: DiscPoint }
  | { readonly do: "heal" };

export type DatedDeed = Deed & { readonly atMs: number };

/** How far it is. */
export interface SpreadCount {
  readonly nowMs: number;
  readonly nodesCount: number;
  readonly livingCount: number;
  /** Living nodes that have heard. */
  readonly heardCount: number;
  readonly messagesCount: number;
}

export class SpreadTown {
  readonly setting: SpreadSetting;
  /** `x, y` of each node in a disc of radius 1. */
  readonly points: Float64Array;
  /** When each node heard, ms; -1: it has not. */
  readonly heardAtMs: Float64Array;
  /** From whom it heard first; -1: it has not, or nobody told it. */
  readonly toldBy: Int32Array;
  private readonly simulator: Simulator;
  private readonly residents: { readonly host: SimNode; readonly replica: SeenReplica }[] = [];
  private readonly deaths: Random;
  private idleMessages = 0;

  constructor(setting: SpreadSetting) {
    const { numbers, seed } = setting;
    const { latencyMaxMs: maxMs, latencyMinMs: minMs, lossRatio, nodesCount } = numbers;
    this.setting = setting;
    this.points = discPoints(nodesCount);
    this.heardAtMs = new Float64Array(nodesCount).fill(NOBODY);
    this.toldBy = new Int32Array(nodesCount).fill(NOBODY);
    this.deaths = Random.derive(seed, "deaths");
    const latency = { kind: "uniform", minMs, maxMs: Math.max(minMs, maxMs) } as const;
    this.simulator = new Simulator({ seed, latency, lossRatio });
    const overlay = usesNeighbours(setting.protocol)
      ? ringOverlay(nodesCount, numbers.neighboursCount, Random.derive(seed, "overlay"))
      : [];
    for (let node = 0; node < nodesCount; node += 1) {
      this.simulator.add((host) => this.settle(host, overlay[node] ?? []));
    }
  }

  get nowMs(): number {
    return this.simulator.nowMs;
  }

  isAlive(node: number): boolean {
    return at(this.residents, node).host.isAlive;
  }

  count(): SpreadCount {
    let livingCount = 0;
    let heardCount = 0;
    for (const [node, { host }] of this.residents.entries()) {
      if (!host.isAlive) continue;
      livingCount += 1;
      if ((this.heardAtMs[node] ?? NOBODY) >= 0) heardCount += 1;
    }
    const nodesCount = this.residents.length;
    const messagesCount = this.simulator.counts.packetsSent - this.idleMessages;
    return { nowMs: this.nowMs, nodesCount, livingCount, heardCount, messagesCount };
  }

  /** Lets time pass until then; backwards it does not go: make another town, and `replay`. */
  advanceTo(nowMs: number): void {
    if (nowMs > this.nowMs) this.simulator.runForMs(nowMs - this.nowMs);
  }

  /** Now. What makes no sense (a node that is not there, or dead) does nothing. */
  act(deed: Deed): void {
    switch (deed.do) {
      case "infect":
        return this.infect(deed.node);
      case "kill":
        return this.kill(deed.node);
      case "killSome": {
        const living = this.residents.flatMap(({ host }) => (host.isAlive ? [host.index] : []));
        const count = Math.min(living.length, Math.round(living.length * deed.ratio));
        for (const place of this.deaths.sampleIndexes(living.length, count)) {
          this.kill(at(living, place));
        }
        return;
      }
      case "part": {
        const side = leftOf(this.points, deed.from, deed.to);
        return this.simulator.partition(side.map((node) => at(this.residents, node).host));
      }
      case "heal":
        return this.simulator.heal();
    }
  }

  /** From the beginning up to `nowMs`, with all that was done until then. */
  replay(deeds: readonly DatedDeed[], nowMs: number): void {
    for (const deed of deeds) {
      if (deed.atMs > nowMs) break;
      this.advanceTo(deed.atMs);
      this.act(deed);
    }
    this.advanceTo(nowMs);
  }

  private infect(node: number): void {
    const resident = this.residents[node];
    if (resident?.host.isAlive !== true) return;
    // What a protocol says when there is no news is not a cost of this update.
    if (this.heardAtMs.every((ms) => ms < 0)) this.idleMessages = this.simulator.counts.packetsSent;
    resident.host.step(() => resident.replica.apply(DOT, UPDATE));
  }

  private kill(node: number): void {
    const host = this.residents[node]?.host;
    if (host?.isAlive === true) this.simulator.crash(host, "machine");
  }

  private settle(host: SimNode, neighbourNames: readonly number[]): void {
    const { numbers, protocol } = this.setting;
    const replica = new SeenReplica((run) => host.afterStep(run));
    const listener: ReplicaListener<unknown> = {
      onNews: (_dot, _update, from) => this.onHeard(host.index, from),
    };
    replica.subscribe(listener);
    const neighbours = new StaticView(host.self);
    for (const name of neighbourNames) neighbours.add(peerId(name));
    this.residents.push({ host, replica });
    const everybody = new EverybodyView(host.index, numbers.nodesCount);
    const enrolled = { name: REPLICA, replica, sizeOf: () => 1 };
    mountSpread(protocol, { host, numbers, everybody, neighbours, enrolled });
  }

  private onHeard(node: number, from: PeerId | undefined): void {
    this.heardAtMs[node] = this.nowMs;
    if (from !== undefined) this.toldBy[node] = Number(from);
  }
}

/** Rings through all nodes, each in another order: in one part, and of few neighbours. */
function ringOverlay(nodesCount: number, neighboursCount: number, random: Random): number[][] {
  const overlay = Array.from({ length: nodesCount }, (): number[] => []);
  const rings = Math.max(1, Math.round(neighboursCount / 2));
  const order = Array.from({ length: nodesCount }, (_, node) => node);
  for (let ring = 0; ring < rings; ring += 1) {
    for (let place = nodesCount - 1; place > 0; place -= 1) {
      const other = random.below(place + 1);
      [order[place], order[other]] = [at(order, other), at(order, place)];
    }
    for (const [place, node] of order.entries()) {
      const next = at(order, (place + 1) % nodesCount);
      if (node === next || at(overlay, node).includes(next)) continue;
      at(overlay, node).push(next);
      at(overlay, next).push(node);
    }
  }
  return overlay;
}
