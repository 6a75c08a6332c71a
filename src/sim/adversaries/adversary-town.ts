/** A cluster some of whose nodes misbehave, and what that costs the others. */
import { at } from "../../core/collections/at.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import type { HyParViewMessage } from "../../peers/hyparview/hyparview.messages.ts";
import type { SimNode } from "../sim-node.ts";
import { Simulator } from "../simulator.ts";
import {
  type Load,
  mountOverlay,
  mountPlumtree,
  mountRumor,
  type Overlay,
} from "./adversary-stacks.ts";
import type { Budgets } from "./budget-options.ts";
import type { Adversary, Role } from "./role.ts";
import { ACTS_PER_SECOND, originOf } from "./roles.ts";

const SECOND_MS = 1_000;
const JOIN_STEP_MS = 50;
const NUMBER_BYTES = 4;
/** The first nodes, which are always honest: whom to attack where somebody must be chosen. */
export const VICTIMS_COUNT = 3;

/** Rumours among all, or trees in the overlay of HyParView. */
export type StackName = "rumor" | "plumtree";

export interface AdversaryTownOptions {
  readonly seed: number;
  readonly nodesCount: number;
  readonly adversariesCount: number;
  readonly stack: StackName;
  readonly budgets: Budgets;
  readonly role: Role;
}

/** One node, honest or not. */
interface Resident {
  readonly host: SimNode;
  readonly history: History;
  readonly overlay: Overlay | undefined;
}

/** What a node did in a second, on average. */
export interface Rates {
  readonly taken: number;
  readonly sent: number;
  readonly messages: number;
}

export class AdversaryTown {
  readonly simulator: Simulator;
  /** Numbers of nodes, drawn by the seed; the first nodes are honest, and all join node 0. */
  readonly adversaries: readonly number[];
  readonly honest: readonly number[];
  private readonly options: AdversaryTownOptions;
  private readonly random: Random;
  private readonly residents: Resident[] = [];
  private readonly loads: Load[] = [];
  /** For each honest update, by its number: who holds it as it was written. */
  private readonly holders: Set<number>[] = [];

  constructor(options: AdversaryTownOptions) {
    const { adversariesCount, nodesCount, seed } = options;
    this.options = options;
    this.random = Random.derive(seed, "adversaries");
    const latency = { kind: "uniform", minMs: 5, maxMs: 20 } as const;
    this.simulator = new Simulator({ seed, latency });
    const drawn = this.random.sampleIndexes(nodesCount - VICTIMS_COUNT, adversariesCount);
    const chosen = new Set(drawn.map((index) => index + VICTIMS_COUNT));
    const all = Array.from({ length: nodesCount }, (_, node) => node);
    this.adversaries = all.filter((node) => chosen.has(node));
    this.honest = all.filter((node) => !chosen.has(node));
    for (const _ of all) this.loads.push({ takenCount: 0, sentCount: 0, messagesCount: 0 });
    for (const _ of all) {
      this.simulator.add((host) => this.settle(host));
      if (options.stack === "plumtree") this.simulator.runForMs(JOIN_STEP_MS);
    }
  }

  /** From now on the adversaries act, ten times a second, for so long. */
  attack(durationMs: number): void {
    const { act } = this.options.role;
    if (act === undefined) return;
    const stepMs = SECOND_MS / ACTS_PER_SECOND;
    for (const node of this.adversaries) {
      const adversary = this.adversary(node);
      const firstMs = this.random.real() * stepMs;
      for (let ms = firstMs; ms < durationMs; ms += stepMs) {
        this.simulator.plan(ms, () => {
          if (adversary.host.isAlive) adversary.host.step(() => act(adversary));
        });
      }
    }
  }

  /** Random honest nodes publish so many updates, evenly, while time passes. */
  publish(count: number, durationMs: number): void {
    for (let turn = 0; turn < count; turn += 1) {
      this.simulator.plan((durationMs * turn) / count, () => {
        const node = this.random.pick(this.living());
        if (node !== undefined) this.publishOn(node);
      });
    }
    this.simulator.runForMs(durationMs);
  }

  crash(nodes: readonly number[]): void {
    for (const node of nodes) this.simulator.crash(at(this.residents, node).host, "process");
  }

  /** For each of these nodes, the share of the honest updates from `first` on that it holds. */
  shares(first: number, nodes: readonly number[]): number[] {
    const updates = this.holders.slice(first);
    return nodes.map((node) => {
      const count = updates.filter((holders) => holders.has(node)).length;
      return count / Math.max(1, updates.length);
    });
  }

  get publishedCount(): number {
    return this.holders.length;
  }

  /** What these nodes did since they were last asked, `durationMs` ago. */
  takeRates(nodes: readonly number[], durationMs: number): Rates {
    const sums = { takenCount: 0, sentCount: 0, messagesCount: 0 };
    for (const node of nodes) {
      const load = at(this.loads, node);
      sums.takenCount += load.takenCount;
      sums.sentCount += load.sentCount;
      sums.messagesCount += load.messagesCount;
      Object.assign(load, { takenCount: 0, sentCount: 0, messagesCount: 0 });
    }
    const nodeSeconds = (nodes.length * durationMs) / SECOND_MS;
    return {
      taken: sums.takenCount / nodeSeconds,
      sent: sums.sentCount / nodeSeconds,
      messages: sums.messagesCount / nodeSeconds,
    };
  }

  living(): number[] {
    return this.honest.filter((node) => at(this.residents, node).host.isAlive);
  }

  /** The overlay of an honest node: its neighbours, and all peers that it knows. */
  viewOf(node: number): { readonly neighbours: number[]; readonly known: number[] } | undefined {
    const { overlay } = at(this.residents, node);
    if (overlay === undefined) return undefined;
    const neighbours: number[] = [];
    overlay.view.forEachNeighbour((peer) => neighbours.push(Number(peer)));
    return { neighbours, known: overlay.view.worthKeeping().map(({ peer }) => Number(peer)) };
  }

  private publishOn(node: number): void {
    const { history, host } = at(this.residents, node);
    const number = this.holders.push(new Set()) - 1;
    const payload = new Uint8Array(NUMBER_BYTES);
    new DataView(payload.buffer).setUint32(0, number);
    host.step(() => history.append(payload));
  }

  private settle(host: SimNode): void {
    const node = host.index;
    const isHonest = !this.adversaries.includes(node);
    const role: Role = isHonest ? {} : this.options.role;
    const history = this.historyOf(host);
    const { budgets, nodesCount, stack } = this.options;
    const accomplices = this.adversaries.map((other) => peerId(other));
    const load = at(this.loads, node);
    const place = { host, history, role, budgets, nodesCount, accomplices, load };
    const overlay = stack === "rumor" ? undefined : mountOverlay(place);
    if (overlay === undefined) mountRumor(place);
    else mountPlumtree(place, overlay.view);
    this.residents[node] = { host, history, overlay };
  }

  private historyOf(host: SimNode): History {
    const node = host.index;
    const origin = originOf(host.self);
    const history = new History(
      {
        origin: () => origin,
        wallClock: () => host.wallClockMs,
        afterStep: (body) => host.afterStep(body),
      },
      historyDefaults,
    );
    const load = at(this.loads, node);
    history.subscribe({
      onNews: (_, { payload }) => {
        load.takenCount += 1;
        const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
        this.holders[number]?.add(node);
      },
    });
    return history;
  }

  private adversary(node: number): Adversary {
    const { history, host, overlay } = at(this.residents, node);
    return {
      host,
      history,
      random: Random.derive(this.options.seed, "adversary", node),
      accomplices: this.adversaries.map((other) => peerId(other)),
      honest: this.honest.map((other) => peerId(other)),
      tell: (to: PeerId, message: HyParViewMessage) => {
        overlay?.links.openLink(to);
        overlay?.links.send(to, message);
      },
    };
  }
}
