/** Many nodes in an overlay of few neighbours, and broadcasts that run to their end. */
import { at } from "../../../core/collections/at.ts";
import type { Env } from "../../../core/env.ts";
import { resolveOptions } from "../../../core/options.ts";
import { makeOrigin, type Origin, peerId } from "../../../core/peer.ts";
import type { PushedUpdate } from "../../../exchange/enrolled.ts";
import { floodingDefaults } from "../../../exchange/flooding/flooding.options.ts";
import { Flooding } from "../../../exchange/flooding/flooding.ts";
import type { PlumtreeEnv } from "../../../exchange/plumtree/plumtree.contract.ts";
import {
  type PlumtreeOptions,
  plumtreeDefaults,
} from "../../../exchange/plumtree/plumtree.options.ts";
import { Plumtree } from "../../../exchange/plumtree/plumtree.ts";
import { StaticView } from "../../../peers/static/static-view.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import { SeenReplica } from "../replicas/seen-replica.ts";
import { type EagerTree, eagerTree } from "./eager-tree.ts";

const REPLICA = "x";

export interface PlumtreeTownOptions {
  readonly seed: number;
  /** For each node its neighbours. */
  readonly overlay: readonly (readonly number[])[];
  readonly via: "flooding" | "plumtree";
  readonly plumtree?: Partial<PlumtreeOptions>;
  readonly latencyMs?: number;
}

interface Resident {
  readonly host: SimNode;
  readonly origin: Origin;
  readonly view: StaticView;
  readonly replica: SeenReplica;
  readonly plumtree: Plumtree | undefined;
}

/** What one broadcast came to. */
export interface Broadcast {
  /** Living nodes that have it, of all that live. */
  readonly reachedRatio: number;
  /** Messages received that carry the update, and all others. */
  readonly payloadsCount: number;
  readonly controlsCount: number;
  /** Hops of the longest way. */
  readonly lastHop: number;
}

interface Totals {
  payloads: number;
  controls: number;
  hops: number[];
}

export class PlumtreeTown {
  readonly simulator: Simulator;
  readonly residents: Resident[] = [];
  private floods = 0;
  private last: Totals = { payloads: 0, controls: 0, hops: [] };

  constructor(options: PlumtreeTownOptions) {
    const { latencyMs: ms = 1, overlay, seed } = options;
    this.simulator = new Simulator({ seed, latency: { kind: "constant", ms } });
    for (const neighbours of overlay) {
      this.simulator.add((host) => this.settle(host, neighbours, options));
    }
  }

  get living(): readonly Resident[] {
    return this.residents.filter(({ host }) => host.isAlive);
  }

  /** Sum of all neighbours of living nodes. */
  get degreesSum(): number {
    return this.living.reduce((sum, { view }) => sum + view.size, 0);
  }

  /** One update of this node, followed until nothing more happens for it. */
  broadcast(node: number, durationMs: number): Broadcast {
    const { host, origin, replica } = at(this.residents, node);
    const before = this.last;
    const dot = host.step(() => replica.publish(origin));
    this.simulator.runForMs(durationMs);
    const now = this.totals();
    this.last = now;
    const { living } = this;
    const reached = living.filter((one) => one.replica.seen.has(dot)).length;
    return {
      reachedRatio: reached / living.length,
      payloadsCount: now.payloads - before.payloads,
      controlsCount: now.controls - before.controls,
      lastHop: lastGrown(now.hops, before.hops),
    };
  }

  /** What the branches for updates of `node` are. */
  tree(node: number): EagerTree {
    const { origin } = at(this.residents, node);
    const nodes = this.living.map(({ host }) => host.index);
    return eagerTree(nodes, (one) => {
      const branches = at(this.residents, one).plumtree?.branches(REPLICA, origin);
      return branches?.eager.map(Number) ?? [];
    });
  }

  /** Its neighbours hear of it at once, as by a link that breaks. */
  kill(node: number): void {
    const { host, view } = at(this.residents, node);
    this.simulator.crash(host, "machine");
    const neighbours: number[] = [];
    view.forEachNeighbour((peer) => neighbours.push(Number(peer)));
    for (const neighbour of neighbours) this.unlink(neighbour, node);
  }

  /** Two living nodes become neighbours. */
  link(a: number, b: number): void {
    for (const [node, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      const { host, view } = at(this.residents, node);
      host.step(() => view.add(peerId(peer)));
    }
  }

  private unlink(node: number, peer: number): void {
    const { host, view } = at(this.residents, node);
    if (host.isAlive) host.step(() => view.remove(peerId(peer)));
  }

  private settle(host: SimNode, neighbours: readonly number[], options: PlumtreeTownOptions): void {
    const view = new StaticView(host.self);
    for (const peer of neighbours) view.add(peerId(peer));
    const replica = new SeenReplica();
    const origin = makeOrigin(`n${host.index}`, 1);
    const plumtree = this.mount(host, { view, replica }, options);
    this.residents.push({ host, origin, view, replica, plumtree });
  }

  private mount(
    host: SimNode,
    { replica, view: peers }: { readonly view: StaticView; readonly replica: SeenReplica },
    { plumtree: given = {}, via }: PlumtreeTownOptions,
  ): Plumtree | undefined {
    const enrolled = { name: REPLICA, replica, sizeOf: () => 1 };
    if (via === "flooding") {
      const counters = {
        add: (name: string, by = 1) => {
          if (name === "flooding.sent") this.floods += by;
        },
      };
      host.mountDirect(via, (env: Env<PushedUpdate, never>) => {
        const flooding = new Flooding(env, { peers, counters }, floodingDefaults);
        flooding.enrol(enrolled);
        return flooding;
      });
      return undefined;
    }
    const options = resolveOptions("plumtree", plumtreeDefaults, given);
    return host.mountDirect(via, (env: PlumtreeEnv) => {
      const plumtree = new Plumtree(env, { peers, counters: { add: () => {} } }, options);
      plumtree.enrol(enrolled);
      plumtree.start();
      return plumtree;
    });
  }

  private totals(): Totals {
    const totals: Totals = { payloads: this.floods, controls: 0, hops: [] };
    for (const { plumtree } of this.residents) {
      const counts = plumtree?.statistics(REPLICA);
      if (counts === undefined) continue;
      totals.payloads += counts.payloadsReceivedCount;
      totals.controls += counts.announcedReceivedCount;
      totals.controls += counts.graftsReceivedCount + counts.prunesReceivedCount;
      for (const [hop, count] of counts.hops.entries()) {
        totals.hops[hop] = (totals.hops[hop] ?? 0) + count;
      }
    }
    return totals;
  }
}

/** The largest number of hops in which something has come since. */
function lastGrown(now: readonly number[], before: readonly number[]): number {
  let last = -1;
  for (const [hop, count] of now.entries()) if (count > (before[hop] ?? 0)) last = hop;
  return last;
}
