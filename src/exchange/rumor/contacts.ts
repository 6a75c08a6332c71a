import { at } from "../../core/collections/at.ts";
import type { PeerId } from "../../core/peer.ts";
import type { HotRumor } from "./hot-rumors.ts";

/** What was said to a peer and is still without answer. */
export interface Contact {
  readonly peer: PeerId;
  /** Chosen by the caller. */
  readonly round: number;
  readonly atMs: number;
  readonly rumors: readonly HotRumor[];
  /** What was only named to it, since it is told no more; behind `rumors` in the message. */
  readonly named: readonly HotRumor[];
  readonly huntsLeft: number;
}

/** Few, young and bounded: an answer is wanted soon or not at all. */
export class Contacts {
  private readonly maxCount: number;
  private items: Contact[] = [];

  constructor(maxCount: number) {
    this.maxCount = Math.max(1, maxCount);
  }

  get size(): number {
    return this.items.length;
  }

  add(contact: Contact): void {
    if (this.items.length >= this.maxCount) this.items.shift();
    this.items.push(contact);
  }

  /** The contact, which is then over: what comes twice is heard once. */
  take(peer: PeerId, round: number): Contact | undefined {
    const { items } = this;
    for (let place = 0; place < items.length; place += 1) {
      const contact = items[place];
      if (contact?.round !== round || contact.peer !== peer) continue;
      const last = items.pop();
      if (last !== undefined && last !== contact) items[place] = last;
      return contact;
    }
    return undefined;
  }

  /** Forgets those of before `sinceMs`. */
  prune(sinceMs: number): void {
    const { items } = this;
    let kept = 0;
    for (let place = 0; place < items.length; place += 1) {
      const contact = at(items, place);
      if (contact.atMs < sinceMs) continue;
      if (kept < place) items[kept] = contact;
      kept += 1;
    }
    if (kept < items.length) items.length = kept;
  }

  clear(): void {
    this.items = [];
  }
}
