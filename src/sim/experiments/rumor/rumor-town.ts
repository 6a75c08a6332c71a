import type { Dot } from "../../../core/dot.ts";
import { DotSet } from "../../../core/dot-set.ts";
import { makeOrigin, type PeerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../../exchange/replica.ts";
import type {
  RumorCount,
  RumorEnv,
  RumorTimer,
  RumorWiring,
} from "../../../exchange/rumor/rumor.contract.ts";
import type { RumorMessage } from "../../../exchange/rumor/rumor.messages.ts";
import type { RumorOptions } from "../../../exchange/rumor/rumor.options.ts";
import { Rumor } from "../../../exchange/rumor/rumor.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import { EverybodyView } from "../everybody-view.ts";

/** A cycle, and a packet's way: no message of a cycle is late for it. */
export const CYCLE_MS = 1_000;
const LATENCY_MS = 1;
const REPLICA = "x";
const AUTHOR = makeOrigin("author", 1);
const UPDATE = { text: "news" };

/** As little of a data model as can be: it knows what it has seen, and all updates are alike. */
class SeenReplica implements Replica<unknown> {
  readonly seen = new DotSet();
  private readonly host: SimNode;
  private readonly onFirst: () => void;
  private listener: ReplicaListener<unknown> | undefined;

  constructor(host: SimNode, onFirst: () => void) {
    this.host = host;
    this.onFirst = onFirst;
  }

  apply(dot: Dot, update: unknown, from?: PeerId): ApplyVerdict {
    if (!this.seen.add(dot)) return "known";
    this.onFirst();
    this.host.afterStep(() => this.listener?.onNews(dot, update, from));
    return "news";
  }

  cover(): void {}

  get(dot: Dot): unknown {
    return this.seen.has(dot) ? UPDATE : undefined;
  }

  collect(): Delta<unknown> {
    return { updates: [], covers: new DotSet(), forgotten: new DotSet(), more: false };
  }

  subscribe(listener: ReplicaListener<unknown>): void {
    this.listener = listener;
  }
}

/** What one rumor came to. */
export interface RumorCourse {
  readonly nodesCount: number;
  /** Share of nodes that never heard. */
  readonly residue: number;
  /** Updates sent, and not sent back to who had just told them, per node. */
  readonly traffic: number;
  readonly spared: number;
  /** Cycles until a node heard, over those that did; and until the last one. */
  readonly meanDelay: number;
  readonly lastDelay: number;
  /** Nodes that heard first in each cycle, the author in cycle 0. */
  readonly heardByCycle: readonly number[];
}

/** Nodes that gossip in step, as in the model of the papers, and one update after another. */
export class RumorTown implements RumorWiringCounters {
  readonly simulator: Simulator;
  readonly nodesCount: number;
  private readonly authors: Random;
  private readonly rumors: Rumor[] = [];
  private readonly replicas: SeenReplica[] = [];
  private heard: number[] = [];
  private firstCycle = 0;
  private knowingCount = 0;
  private sentCount = 0;
  private sparedCount = 0;
  private seq = 0;

  constructor(seed: number, nodesCount: number, options: RumorOptions, lossRatio = 0) {
    this.nodesCount = nodesCount;
    this.authors = Random.derive(seed, "authors");
    const latency = { kind: "constant", ms: LATENCY_MS } as const;
    this.simulator = new Simulator({ seed, latency, lossRatio });
    for (let at = 0; at < nodesCount; at += 1) {
      this.simulator.add((host) => this.settle(host, options));
    }
    // In the middle of a cycle all that belongs to it has happened.
    this.simulator.runForMs(CYCLE_MS / 2);
  }

  add(name: RumorCount, by = 1): void {
    if (name === "rumor.updatesSent") this.sentCount += by;
    else if (name === "rumor.updatesSpared") this.sparedCount += by;
  }

  /** Spreads one update until nobody tells it any more, or everybody knows it, and then waits. */
  spread(until: "silent" | "known" = "silent", thenMs = 0): RumorCourse {
    this.heard = [];
    this.firstCycle = this.cycle;
    [this.knowingCount, this.sentCount, this.sparedCount] = [0, 0, 0];
    this.seq += 1;
    const dot = { origin: AUTHOR, seq: this.seq };
    const author = this.authors.below(this.nodesCount);
    this.simulator.nodes[author]?.step(() => this.replicas[author]?.apply(dot, UPDATE));
    while (!this.isOver(until)) this.simulator.runForMs(CYCLE_MS);
    this.simulator.runForMs(thenMs);
    return this.course();
  }

  private get cycle(): number {
    return Math.floor(this.simulator.nowMs / CYCLE_MS);
  }

  private isOver(until: "silent" | "known"): boolean {
    if (until === "known" && this.knowingCount === this.nodesCount) return true;
    return this.rumors.every((rumor) => rumor.hotCount === 0);
  }

  private course(): RumorCourse {
    const { heard, nodesCount } = this;
    let delays = 0;
    heard.forEach((count, cycle) => {
      delays += count * cycle;
    });
    return {
      nodesCount,
      residue: 1 - this.knowingCount / nodesCount,
      traffic: this.sentCount / nodesCount,
      spared: this.sparedCount / nodesCount,
      meanDelay: delays / this.knowingCount,
      lastDelay: heard.length - 1,
      heardByCycle: Array.from(heard, (count) => count ?? 0),
    };
  }

  private settle(host: SimNode, options: RumorOptions): void {
    const peers = new EverybodyView(host.index, this.nodesCount);
    const wiring: RumorWiring = { peers, counters: this };
    const replica = new SeenReplica(host, () => this.onFirst());
    this.replicas.push(replica);
    host.mountDirect<RumorMessage, RumorTimer, Rumor>("rumor", (env: RumorEnv) => {
      const rumor = new Rumor(env, wiring, options);
      rumor.enrol({ name: REPLICA, replica, sizeOf: () => 1 });
      rumor.start();
      this.rumors.push(rumor);
      return rumor;
    });
  }

  private onFirst(): void {
    const delay = this.cycle - this.firstCycle;
    this.knowingCount += 1;
    this.heard[delay] = (this.heard[delay] ?? 0) + 1;
  }
}

type RumorWiringCounters = RumorWiring["counters"];
