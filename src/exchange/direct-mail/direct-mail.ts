import type { Dot } from "../../core/dot.ts";
import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { Enrolled, PushedUpdate } from "../enrolled.ts";
import type { DirectMailOptions } from "./direct-mail.options.ts";

export type DirectMailTimer = { readonly kind: "batch" };
export type DirectMailCount =
  | "directMail.sent"
  | "directMail.dropped.queueFull"
  | "directMail.dropped.unknownReplica";

export interface DirectMailWiring {
  readonly peers: PeerView;
  readonly counters: { add(name: DirectMailCount, by?: number): void };
}

interface Letter {
  readonly to: PeerId;
  readonly message: PushedUpdate;
}

/**
 * The origin posts each update to every peer it knows, once. Fast and simple; it fails by loss and
 * by incomplete views, and costs the origin n messages an update. [Demers 1987 §1.2]
 *
 * It promises a residue, never completeness: pair it with anti-entropy.
 */
export class DirectMail implements Protocol<PushedUpdate, DirectMailTimer> {
  private readonly env: Env<PushedUpdate, DirectMailTimer>;
  private readonly wiring: DirectMailWiring;
  private readonly options: DirectMailOptions;
  private readonly seats = new Map<string, Enrolled>();
  private queue: Letter[] = [];
  private isBatchSet = false;

  constructor(
    env: Env<PushedUpdate, DirectMailTimer>,
    wiring: DirectMailWiring,
    options: DirectMailOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
  }

  start(): void {}

  stop(): void {
    this.queue = [];
  }

  /** From now on what is written here is posted to all others. */
  enrol(enrolled: Enrolled): void {
    this.seats.set(enrolled.name, enrolled);
    enrolled.replica.subscribe({
      onNews: (dot, update, from) => {
        if (from === undefined) this.post(enrolled.name, dot, update);
      },
    });
  }

  onMessage(from: PeerId, { dot, replica: name, update }: PushedUpdate): void {
    const seat = this.seats.get(name);
    if (seat === undefined) this.wiring.counters.add("directMail.dropped.unknownReplica");
    else seat.replica.apply(dot, update, from);
  }

  onTimer(_timer: DirectMailTimer): void {
    this.isBatchSet = false;
    this.sendBatch();
  }

  private post(replica: string, dot: Dot, update: unknown): void {
    const peers: PeerId[] = [];
    const { peers: view } = this.wiring;
    view.sample(this.env.random, view.size, peers);
    for (const to of peers) {
      if (this.queue.length >= this.options.queueMaxCount) {
        this.wiring.counters.add("directMail.dropped.queueFull");
        continue;
      }
      this.queue.push({ to, message: { kind: "update", replica, dot, update } });
    }
    if (!this.isBatchSet) this.sendBatch();
  }

  /** So many at a time that the post of a large cluster does not fill every buffer on its way. */
  private sendBatch(): void {
    const { batchIntervalMs, batchMaxCount } = this.options;
    for (const { message, to } of this.queue.splice(0, batchMaxCount)) {
      this.env.send(to, message);
      this.wiring.counters.add("directMail.sent");
    }
    if (this.queue.length === 0) return;
    this.isBatchSet = true;
    this.env.setTimer({ kind: "batch" }, batchIntervalMs);
  }
}
