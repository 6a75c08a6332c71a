import { at } from "../../core/collections/at.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { PeerId } from "../../core/peer.ts";
import type { HeartbeatSizes } from "./heartbeat.contract.ts";
import type { HeartbeatEntry } from "./heartbeat.messages.ts";

/**
 * The highest beat of everybody that was heard of, and of those that were forgotten for a while
 * more: an old beat of theirs that still travels is no sign of life.
 *
 * Departs from [van Renesse 1998 §2]: there T_cleanup alone keeps the dead from coming back.
 */
export class BeatList {
  private readonly beats = new Map<PeerId, number>();
  /** In which parts of the list take their turns. */
  private readonly order: PeerId[] = [];
  private readonly graves: BoundedMap<PeerId, number>;
  private cursor = 0;

  constructor(gravesMaxCount: number) {
    this.graves = new BoundedMap(gravesMaxCount);
  }

  get size(): number {
    return this.beats.size;
  }

  get peers(): readonly PeerId[] {
    return this.order;
  }

  get buried(): Iterable<PeerId> {
    return [...this.graves].map(([peer]) => peer);
  }

  beatOf(peer: PeerId): number | undefined {
    return this.beats.get(peer);
  }

  /** Up to which beat this peer was known when it was forgotten. */
  buriedAt(peer: PeerId): number | undefined {
    return this.graves.peek(peer);
  }

  set(peer: PeerId, beat: number): void {
    if (!this.beats.has(peer)) this.order.push(peer);
    this.beats.set(peer, beat);
    this.graves.delete(peer);
  }

  bury(peer: PeerId): void {
    const beat = this.beats.get(peer);
    if (beat === undefined) return;
    this.beats.delete(peer);
    const place = this.order.indexOf(peer);
    this.order.splice(place, 1);
    if (place < this.cursor) this.cursor -= 1;
    this.graves.set(peer, beat);
  }

  /**
   * So many entries as fit into `budgetBytes`, those of whom `isTold` says so; the next part goes
   * on where this one ended, so that all of a long list has its turn.
   */
  nextPart(
    budgetBytes: number,
    sizes: HeartbeatSizes,
    isTold: (peer: PeerId) => boolean,
  ): HeartbeatEntry[] {
    const entries: HeartbeatEntry[] = [];
    const count = this.order.length;
    let left = budgetBytes;
    for (let looked = 0; looked < count; looked += 1) {
      const place = (this.cursor + looked) % count;
      const peer = at(this.order, place);
      if (!isTold(peer)) continue;
      const entry = { peer, beat: this.beats.get(peer) ?? 0 };
      left -= sizes.entryBytes(entry);
      if (left < 0) {
        // What fits into no message must not hold up those behind it.
        this.cursor = entries.length > 0 ? place : place + 1;
        return entries;
      }
      entries.push(entry);
    }
    return entries;
  }
}
