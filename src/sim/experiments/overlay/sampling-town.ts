import { at } from "../../../core/collections/at.ts";
import { peerId } from "../../../core/peer.ts";
import type { Random } from "../../../core/random.ts";
import { type SamplingOptions, samplingOptions } from "../../../peers/sampling/sampling.options.ts";
import { Sampling } from "../../../peers/sampling/sampling.ts";
import { Simulator } from "../../simulator.ts";
import { OverlayGraph } from "./overlay-graph.ts";

const NO_DATA = new Uint8Array(0);
const ROUND_MS = 1_000;
const noCounters = { add: () => undefined };

/** Nodes of a simulation that know of each other by peer sampling alone. */
export class SamplingTown {
  readonly simulator: Simulator;
  private readonly samplings: Sampling[] = [];
  private readonly options: SamplingOptions;

  constructor(seed: number, options: Partial<SamplingOptions>) {
    // Exchanges of the papers take no time; those that meet lose and double descriptors.
    this.simulator = new Simulator({ seed, latencyMinMs: 0.1, latencyMaxMs: 0.2 });
    this.options = samplingOptions({ roundIntervalMs: ROUND_MS, ...options });
  }

  /** Adds nodes that all come by the first one: the worst way for a network to grow. */
  grow(nodesCount: number): void {
    for (let number = 0; number < nodesCount; number += 1) {
      this.simulator.add((host) => {
        const wiring = {
          data: NO_DATA,
          afterStep: host.afterStep.bind(host),
          counters: noCounters,
        };
        const sampling = host.mountDirect(
          "sampling",
          (env) => new Sampling(env, wiring, this.options),
        );
        this.samplings[host.index] = sampling;
        sampling.start();
        if (host.index > 0) sampling.join([peerId(0)]);
      });
    }
  }

  run(roundsCount: number): void {
    this.simulator.runForMs(roundsCount * ROUND_MS);
  }

  /** Kills `count` random nodes at one moment, machines and all; the first one is spared. */
  kill(count: number, random: Random): void {
    for (const index of random.sampleIndexes(this.simulator.nodes.length - 1, count)) {
      this.simulator.crash(at(this.simulator.nodes, index + 1), "machine");
    }
  }

  /** What the living know of each other, by new numbers. */
  graph(): OverlayGraph {
    const living = this.living();
    const places = new Map(living.map((index, place) => [index, place]));
    return new OverlayGraph(
      living.map((index) =>
        this.peersOf(index).flatMap((peer) => {
          const place = places.get(peer);
          return place === undefined ? [] : [place];
        }),
      ),
    );
  }

  /** Of all descriptors in the views of the living, the share that lead to the dead. */
  deadShare(): number {
    let [all, dead] = [0, 0];
    for (const index of this.living()) {
      for (const peer of this.peersOf(index)) {
        all += 1;
        if (!at(this.simulator.nodes, peer).isAlive) dead += 1;
      }
    }
    return all === 0 ? 0 : dead / all;
  }

  viewSizes(): number[] {
    return this.living().map((index) => at(this.samplings, index).size);
  }

  /** How many nodes each of the living believes that there are. */
  populations(): number[] {
    return this.living().map((index) => at(this.samplings, index).population);
  }

  living(): number[] {
    return this.simulator.nodes.filter(({ isAlive }) => isAlive).map(({ index }) => index);
  }

  private peersOf(index: number): number[] {
    return at(this.samplings, index)
      .descriptors()
      .map(({ peer }) => Number(peer));
  }
}
