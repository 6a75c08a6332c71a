import type { Origin } from "../../core/peer.ts";
import type { Enrolled } from "../../exchange/enrolled.ts";
import type { NodeTimers } from "../node-host.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import { RecentMessages } from "./recent-messages.ts";
import { Relays } from "./relays.ts";

/** How often what has grown too old is forgotten. */
const UPKEEP_MS = 10_000;
/** Lives of writers remembered of one store, and runs of what was heard of one. [guess] */
const ORIGINS_MAX_COUNT = 4_096;
const GAPS_MAX_COUNT = 256;

/** How much of what nobody has opened here is passed on; as in the options of each kind. */
export interface RelayNumbers {
  readonly relaysMaxCount: number;
  readonly relayMaxCount: number;
  readonly relayMaxBytes: number;
  readonly relayMaxMs: number;
}

/** What travels: the updates of a kind of store. */
export interface RelayedKind extends Required<Pick<Enrolled, "codec" | "sizeOf">> {
  /** What was read is well-formed; who has opened the store judges more. */
  readonly isSane: (update: unknown) => boolean;
}

export interface StoreRelaysPorts {
  readonly numbers: RelayNumbers;
  readonly kind: RelayedKind;
  readonly timers: NodeTimers;
  readonly now: () => number;
  readonly origin: () => Origin;
  readonly count: (name: string, by?: number) => void;
  afterStep(body: () => void): void;
  step<R>(body: () => R): R;
  enrolIn(way: SpreadWay, enrolled: Enrolled): void;
}

/**
 * Stores that others speak of and nobody has opened on this node: what is written to them is passed
 * on along trees all the same, for a tree with a node in it that takes no part would be cut there.
 */
export class StoreRelays {
  private readonly ports: StoreRelaysPorts;
  private readonly relays: Relays;
  private timer: number | undefined;

  constructor(ports: StoreRelaysPorts) {
    this.ports = ports;
    const { count, now, numbers, origin } = ports;
    const afterStep = (body: () => void): void => ports.afterStep(body);
    const options = {
      keptMaxCount: numbers.relayMaxCount,
      keptMaxBytes: numbers.relayMaxBytes,
      keptMaxMs: numbers.relayMaxMs,
      payloadMaxBytes: numbers.relayMaxBytes,
      originsMaxCount: ORIGINS_MAX_COUNT,
      gapsMaxCount: GAPS_MAX_COUNT,
    };
    const { codec, isSane, sizeOf } = ports.kind;
    const kind = { bytesOf: (update: unknown) => sizeOf(update), isSane };
    this.relays = new Relays({
      maxCount: numbers.relaysMaxCount,
      open: () => new RecentMessages({ afterStep, count, now, origin }, options, kind),
      enrol: (way, name, replica) => {
        ports.enrolIn(way, { name, replica, sizeOf, codec });
      },
      count: (name) => count(name),
    });
  }

  get size(): number {
    return this.relays.size;
  }

  open(way: SpreadWay, name: string): void {
    this.timer ??= this.ports.timers.startTimer(() => this.onUpkeep(), UPKEEP_MS);
    this.relays.open(way, name);
  }

  /** Somebody opens the store here, and takes its place in the trees. */
  readonly enrolInTrees = (enrolled: Enrolled): void => {
    this.relays.takeWays(enrolled.name);
    this.ports.enrolIn("plumtree", enrolled);
  };

  close(): void {
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
  }

  private onUpkeep(): void {
    this.timer = this.ports.timers.startTimer(() => this.onUpkeep(), UPKEEP_MS);
    this.ports.step(() => this.relays.expire());
  }
}
