import type { Enrolled } from "../../exchange/enrolled.ts";
import type { Replica } from "../../exchange/replica.ts";
import type { SpreadWay } from "../stack/spreads.ts";

/** The last messages of something that nobody uses here; `RecentMessages` is one. */
export interface RelayedMessages extends Replica<unknown> {
  expire(): void;
}

export interface RelayPorts {
  readonly maxCount: number;
  open(): RelayedMessages;
  /** Of the topic of this tag. */
  enrol(way: SpreadWay, tag: string, replica: Enrolled["replica"]): void;
  count(name: string): void;
}

/**
 * Topics that others speak of and nobody has opened on this node. It passes them on all the same,
 * and remembers the last messages for peers that lost one: a way with a node in it that takes no
 * part would be cut there. It cannot judge what it does not know; who has opened the topic does.
 */
export class Relays {
  private readonly ports: RelayPorts;
  private readonly caches = new Map<string, Map<SpreadWay, RelayedMessages>>();

  constructor(ports: RelayPorts) {
    this.ports = ports;
  }

  /** Topics that are passed on. */
  get size(): number {
    return this.caches.size;
  }

  /** A peer speaks of this topic. Beyond the bound there is no room for one more. */
  open(way: SpreadWay, tag: string): void {
    let byWay = this.caches.get(tag);
    if (byWay === undefined) {
      if (this.caches.size >= this.ports.maxCount) return this.ports.count("topics.relaysFull");
      byWay = new Map();
      this.caches.set(tag, byWay);
    }
    const recent = this.ports.open();
    byWay.set(way, recent);
    this.ports.enrol(way, tag, recent);
  }

  /** The ways on which this topic was passed on; somebody opens it, and takes its place there. */
  takeWays(tag: string): readonly SpreadWay[] {
    const ways = [...(this.caches.get(tag)?.keys() ?? [])];
    this.caches.delete(tag);
    return ways;
  }

  expire(): void {
    for (const byWay of this.caches.values()) for (const recent of byWay.values()) recent.expire();
  }
}
