/** A small cluster in which everybody knows everybody, and all publish to one history. */
import { at } from "../../../core/collections/at.ts";
import { makeOrigin, peerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import { historyDefaults } from "../../../data/history/history.options.ts";
import { History } from "../../../data/history/history.ts";
import type { Enrolled } from "../../../exchange/enrolled.ts";
import { StaticView } from "../../../peers/static/static-view.ts";
import type { LatencyModel } from "../../latency.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import type { Meter } from "../metered.ts";

/** Up to so many machines stand unused before the first node: see `BroadcastTown`. */
const NAMES_COUNT = 1_000;
const NUMBER_BYTES = 4;

/** A node as its protocols find it. */
export interface Place {
  readonly host: SimNode;
  /** Its number in the town. */
  readonly node: number;
  readonly everybody: StaticView;
  readonly history: Enrolled;
  readonly meter: Meter;
}

export interface TownOptions {
  readonly seed: number;
  readonly nodesCount: number;
  readonly latency: LatencyModel;
  /** Mounts and starts the protocols of a node. */
  readonly mount: (place: Place) => void;
  /** A node now has the update that was published under this number. */
  readonly onHeld: (node: number, number: number) => void;
}

/**
 * Names decide who is whose neighbour, and in the simulator a name is a number: each seed begins to
 * count at another one, so that each has another overlay.
 */
export class BroadcastTown {
  readonly simulator: Simulator;
  private readonly meters: readonly Meter[];
  private readonly options: TownOptions;
  private readonly first: number;
  private readonly histories: History[] = [];

  constructor(options: TownOptions) {
    const { latency, nodesCount, seed } = options;
    this.options = options;
    this.simulator = new Simulator({ seed, latency });
    this.first = Random.derive(seed, "names").below(NAMES_COUNT);
    for (let unused = 0; unused < this.first; unused += 1) this.simulator.add(() => {});
    this.meters = Array.from({ length: nodesCount }, () => ({ sentCount: 0, receivedCount: 0 }));
    for (const [node, meter] of this.meters.entries()) {
      this.simulator.add((host) => this.settle(host, node, meter));
    }
  }

  /** Counted from 0, without those that stand unused. */
  host(node: number): SimNode {
    return at(this.simulator.nodes, this.first + node);
  }

  publish(node: number, number: number): void {
    const payload = new Uint8Array(NUMBER_BYTES);
    new DataView(payload.buffer).setUint32(0, number);
    this.host(node).step(() => at(this.histories, node).append(payload));
  }

  /** What each node sent and received since the last time. */
  takeMeters(): { readonly sent: number[]; readonly received: number[] } {
    const sent = this.meters.map(({ sentCount }) => sentCount);
    const received = this.meters.map(({ receivedCount }) => receivedCount);
    for (const meter of this.meters) {
      meter.sentCount = 0;
      meter.receivedCount = 0;
    }
    return { sent, received };
  }

  private settle(host: SimNode, node: number, meter: Meter): void {
    const { mount, nodesCount, onHeld } = this.options;
    const everybody = new StaticView(host.self);
    for (let other = 0; other < nodesCount; other += 1) everybody.add(peerId(this.first + other));
    const origin = makeOrigin(`n${node}`, 1);
    const history = new History(
      {
        origin: () => origin,
        wallClock: () => host.wallClockMs,
        afterStep: (body) => host.afterStep(body),
      },
      historyDefaults,
    );
    history.subscribe({
      onNews: (_, { payload }) => {
        const { buffer, byteOffset } = payload;
        onHeld(node, new DataView(buffer, byteOffset, NUMBER_BYTES).getUint32(0));
      },
    });
    this.histories[node] = history;
    mount({ host, node, everybody, history: enrolled(history), meter });
  }
}

function enrolled(history: History): Enrolled {
  return { name: "x", replica: history, sizeOf: () => NUMBER_BYTES };
}
