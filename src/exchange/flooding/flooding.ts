import type { Dot } from "../../core/dot.ts";
import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { Enrolled, PushedUpdate } from "../enrolled.ts";
import type { FloodingOptions } from "./flooding.options.ts";

export type FloodingCount =
  | "flooding.sent"
  | "flooding.duplicates"
  | "flooding.dropped.unknownReplica";

export interface FloodingWiring {
  readonly peers: PeerView;
  readonly counters: { add(name: FloodingCount, by?: number): void };
}

/**
 * Whoever hears an update for the first time passes it to all its neighbours but the one it came
 * from. Reaches all that are connected, at a cost of one message an edge. [Leitão 2007 §3]
 */
export class Flooding implements Protocol<PushedUpdate, never> {
  private readonly env: Env<PushedUpdate, never>;
  private readonly wiring: FloodingWiring;
  private readonly options: FloodingOptions;
  private readonly seats = new Map<string, Enrolled>();

  constructor(env: Env<PushedUpdate, never>, wiring: FloodingWiring, options: FloodingOptions) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
  }

  start(): void {}
  stop(): void {}
  onTimer(): void {}

  /** From now on what is news here is passed on. */
  enrol(enrolled: Enrolled): void {
    this.seats.set(enrolled.name, enrolled);
    enrolled.replica.subscribe({
      onNews: (dot, update, from) => this.passOn(enrolled.name, [dot, update], from),
    });
  }

  onMessage(from: PeerId, { dot, replica: name, update }: PushedUpdate): void {
    const seat = this.seats.get(name);
    if (seat === undefined) this.wiring.counters.add("flooding.dropped.unknownReplica");
    else if (seat.replica.apply(dot, update, from) === "known") {
      this.wiring.counters.add("flooding.duplicates");
    }
  }

  private passOn(
    replica: string,
    [dot, update]: readonly [Dot, unknown],
    from: PeerId | undefined,
  ): void {
    let left = this.options.neighboursMaxCount;
    this.wiring.peers.forEachNeighbour((peer) => {
      if (peer === from || left === 0) return;
      left -= 1;
      this.env.send(peer, { kind: "update", replica, dot, update });
      this.wiring.counters.add("flooding.sent");
    });
  }
}
