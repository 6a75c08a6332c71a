import { type Entry, TransmitTier, type Transmittable } from "./transmit-tier.ts";

export type { Transmittable } from "./transmit-tier.ts";

/** A round of packets, each filled once and sent to several. */
export interface TransmitRound {
  /** Of each packet. */
  readonly budgetBytes: number;
  /** What each item costs beside its length. */
  readonly overheadBytes: number;
  /** An item sent so often (at least once) is finished. */
  readonly limitCount: number;
  /** To how many each packet will be sent; each counts as one transmission of what is in it. */
  readonly copiesCount: number;
  readonly packetsMaxCount: number;
}

/**
 * memberlist's transmit-limited queue: each item leaves in a limited number of packets, those sent
 * least often first; among these the longest, among those the newest. Source:
 * specs/memberlist-wire.md section 16.
 */
export class TransmitQueue<Item extends Transmittable> {
  /** By how often an item was sent. */
  private readonly tiers: TransmitTier<Item>[] = [];
  private readonly places = new Map<string, { tier: number; entry: Entry<Item> }>();
  private lastSerial = 0;

  /** How many wait. */
  get size(): number {
    return this.places.size;
  }

  /** Whether an item of this key waits. */
  has(key: string): boolean {
    return this.places.has(key);
  }

  /** Queues `item` as not yet sent, in place of the one with its key. */
  queue(item: Item): void {
    this.remove(item.key);
    this.lastSerial += 1;
    this.put(0, { item, serial: this.lastSerial });
  }

  /** Forgets the item with this key. False when there is none. */
  remove(key: string): boolean {
    const place = this.places.get(key);
    if (place === undefined) return false;
    this.tiers[place.tier]?.remove(place.entry);
    this.places.delete(key);
    return true;
  }

  /**
   * Picks for one packet: each item costs its length and `overheadBytes` of `budgetBytes`, and
   * counts as sent once more; one sent `limitCount` times (at least once) is finished and leaves
   * the queue.
   */
  take(budgetBytes: number, overheadBytes: number, limitCount: number): Item[] {
    const one = { copiesCount: 1, packetsMaxCount: 1 };
    const [taken] = this.takeRound({ budgetBytes, overheadBytes, limitCount, ...one });
    return taken ?? [];
  }

  /**
   * Picks for several packets; no item is in two of them. Packets that would be empty are not made.
   */
  takeRound(round: TransmitRound): Item[][] {
    const { copiesCount, limitCount, packetsMaxCount } = round;
    const picked: { tier: number; entry: Entry<Item> }[] = [];
    const packets: Item[][] = [];
    while (packets.length < packetsMaxCount) {
      const from = picked.length;
      this.pick(round, picked);
      if (picked.length === from) break;
      packets.push(picked.slice(from).map(({ entry }) => entry.item));
    }
    // Only now, or an item would be picked twice for those who get it already.
    for (const { tier, entry } of picked) {
      if (tier + copiesCount < limitCount) this.put(tier + copiesCount, entry);
    }
    return packets;
  }

  /** Drops what would be sent last until at most `maxCount` items are left. */
  trim(maxCount: number): void {
    for (let at = this.tiers.length - 1; at >= 0 && this.size > maxCount; at -= 1) {
      while (this.size > maxCount) {
        const entry = this.tiers[at]?.takeLeast();
        if (entry === undefined) break;
        this.places.delete(entry.item.key);
      }
    }
  }

  /** Takes out what fits into one packet. */
  private pick(
    { budgetBytes, overheadBytes }: TransmitRound,
    picked: { tier: number; entry: Entry<Item> }[],
  ): void {
    let leftBytes = budgetBytes;
    for (let at = 0; at < this.tiers.length; at += 1) {
      while (leftBytes > overheadBytes) {
        const entry = this.tiers[at]?.takeNext(leftBytes - overheadBytes);
        if (entry === undefined) break;
        leftBytes -= entry.item.byteLength + overheadBytes;
        this.places.delete(entry.item.key);
        picked.push({ tier: at, entry });
      }
    }
  }

  private put(at: number, entry: Entry<Item>): void {
    while (this.tiers.length <= at) this.tiers.push(new TransmitTier());
    this.tiers[at]?.put(entry);
    this.places.set(entry.item.key, { tier: at, entry });
  }
}
