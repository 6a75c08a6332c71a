import { TransmitQueue } from "../../core/collections/transmit-queue.ts";
import type { BroadcastCounters } from "./broadcast.contract.ts";
import type { Rumor } from "./broadcast.messages.ts";
import type { BroadcastOptions } from "./broadcast.options.ts";

interface Queued {
  readonly key: string;
  readonly byteLength: number;
  readonly rumor: Rumor;
  readonly expiresAtMs: number;
  /** Grows with each rumour queued. */
  readonly serial: number;
}

/** Room in one packet. */
export interface PacketRoom {
  readonly budgetBytes: number;
  readonly overheadBytes: number;
  /** Living Hearsay members, this node included. */
  readonly population: number;
}

/**
 * Rumours on their way out: the least often sent first, each a number of times that grows with the
 * logarithm of the cluster. memberlist's TransmitLimitedQueue. Source: spec section 16.
 */
export class RumorQueue {
  private readonly queued = new TransmitQueue<Queued>();
  private readonly options: BroadcastOptions;
  private readonly counters: BroadcastCounters;
  private lastSerial = 0;

  constructor(options: BroadcastOptions, counters: BroadcastCounters) {
    this.options = options;
    this.counters = counters;
  }

  get size(): number {
    return this.queued.size;
  }

  /** Whether one more of this node's own fits, beside `heldCount` that are not queued yet. */
  hasOwnRoom(heldCount: number): boolean {
    return this.queued.size + heldCount < this.options.queueOwnMaxCount;
  }

  put(rumor: Rumor, nowMs: number): void {
    const { queueMaxCount, rumorLifetimeMs } = this.options;
    // The tag may hold any character, so it stands last: no two dots have one key.
    const key = `${rumor.seq} ${rumor.origin} ${rumor.tag}`;
    const expiresAtMs = nowMs + rumorLifetimeMs;
    this.lastSerial += 1;
    const serial = this.lastSerial;
    this.queued.queue({ key, byteLength: rumor.frame.length, rumor, expiresAtMs, serial });
    const excess = this.queued.size - queueMaxCount;
    if (excess <= 0) return;
    this.queued.trim(queueMaxCount);
    this.counters.add("broadcast.dropped.queueFull", excess);
  }

  /** What goes into one packet; each is counted as sent once more. */
  take(room: PacketRoom, nowMs: number): Rumor[] {
    const [taken] = this.takePackets(room, nowMs, { copiesCount: 1, packetsMaxCount: 1 });
    return taken ?? [];
  }

  /**
   * Packets that are each sent to `copiesCount` peers. A rumour is in one of them at most: were
   * each peer's packets filled by themselves, a backlog as long as the peers are many would send
   * all transmissions of a rumour to one and the same.
   */
  takePackets(
    room: PacketRoom,
    nowMs: number,
    count: { readonly copiesCount: number; readonly packetsMaxCount: number },
  ): Rumor[][] {
    const { budgetBytes, overheadBytes, population } = room;
    const limitCount = transmitLimit(this.options.retransmitMultiplier, population);
    const packets = this.queued.takeRound({ budgetBytes, overheadBytes, limitCount, ...count });
    return packets
      .map((packet) => this.living(packet, nowMs, count.copiesCount))
      .filter(({ length }) => length > 0);
  }

  private living(packet: Queued[], nowMs: number, copiesCount: number): Rumor[] {
    const taken: Rumor[] = [];
    // Nothing promises an order, but there is no reason to turn it round within a packet.
    packet.sort((a, b) => a.serial - b.serial);
    for (const queued of packet) {
      if (queued.expiresAtMs >= nowMs) taken.push(queued.rumor);
      else this.counters.add("broadcast.dropped.expired");
    }
    this.counters.add("broadcast.transmissions", taken.length * copiesCount);
    return taken;
  }
}

/**
 * multiplier × ⌈log10(n + 1)⌉. Source: spec section 16.
 * Departs from [spec §16]: where these are fewer than there are peers, as among 8 or 9 members,
 * each peer gets one. All of nine members draw six of eight peers, and in one of some 20,000 cases
 * the same two are left out; nobody would ask for what they miss.
 */
export function transmitLimit(multiplier: number, population: number): number {
  let digits = 0;
  for (let reach = 1; reach < population + 1; reach *= 10) digits += 1;
  return Math.ceil(Math.max(multiplier * digits, Math.min(population - 1, 2 * multiplier)));
}
