import type { Origin } from "./peer.ts";

/** Of this origin, or whatever else is counted through, all up to this number comes first. */
export type Need<Key = Origin> = readonly [origin: Key, upTo: number];

interface Waiter<One, Key> {
  readonly one: One;
  readonly needs: readonly Need<Key>[];
  /** Before this place nothing lacks: what has come does not go again. */
  place: number;
}

/** Those that wait for one origin, by the number that they wait for. */
interface Blocked<One, Key> {
  readonly bySeq: Map<number, Set<Waiter<One, Key>>>;
  /** All waiters wait for more than this. */
  reached: number;
}

/**
 * Holds back what came before its causes. Each waits under the first cause that it lacks, so that a
 * delivery looks at nobody but those who waited for it: in all, each need of each is looked at
 * once. [Birman 1991 §4, causal delivery; Ladin 1992 §4, `prev ≤ val`]
 *
 * What has come is the caller's to know (`upTo`, which never goes back): it delivers, and then says
 * so by `takeReady`. How many wait is the caller's to bound, by `size`.
 */
export class CausalBuffer<One extends object, Key = Origin> {
  private readonly upTo: (origin: Key) => number;
  /** In the order in which they came. */
  private readonly waiters = new Map<One, Waiter<One, Key>>();
  private readonly blocked = new Map<Key, Blocked<One, Key>>();

  /** `upTo` says up to which number everything of an origin has been delivered; 0 when nothing. */
  constructor(upTo: (origin: Key) => number) {
    this.upTo = upTo;
  }

  get size(): number {
    return this.waiters.size;
  }

  has(one: One): boolean {
    return this.waiters.has(one);
  }

  /** True when it has to wait; false when nothing lacks, and it is not kept. */
  put(one: One, needs: Iterable<Need<Key>>): boolean {
    const waiter = { one, needs: [...needs], place: 0 };
    if (!this.block(waiter)) return false;
    this.waiters.set(one, waiter);
    return true;
  }

  /** More of `origin` was delivered. Removes and returns who lacks nothing any more. */
  takeReady(origin: Key): One[] {
    const blocked = this.blocked.get(origin);
    if (blocked === undefined) return [];
    const ready: One[] = [];
    for (const waiter of this.takeFreed(origin, blocked)) {
      if (this.block(waiter)) continue;
      this.waiters.delete(waiter.one);
      ready.push(waiter.one);
    }
    return ready;
  }

  /** The first need that is not met. */
  lackOf(one: One): Need<Key> | undefined {
    const waiter = this.waiters.get(one);
    return waiter?.needs[waiter.place];
  }

  /** Removes it, as who gives up on its causes does. */
  delete(one: One): boolean {
    const waiter = this.waiters.get(one);
    const need = waiter?.needs[waiter.place];
    if (waiter === undefined || need === undefined) return false;
    this.waiters.delete(one);
    const [origin, seq] = need;
    const blocked = this.blocked.get(origin);
    const others = blocked?.bySeq.get(seq);
    others?.delete(waiter);
    if (others?.size === 0) blocked?.bySeq.delete(seq);
    if (blocked?.bySeq.size === 0) this.blocked.delete(origin);
    return true;
  }

  clear(): void {
    this.waiters.clear();
    this.blocked.clear();
  }

  /** All that wait, in the order in which they came. */
  [Symbol.iterator](): IterableIterator<One> {
    return this.waiters.keys();
  }

  /** True when something lacks, under which it then stands. */
  private block(waiter: Waiter<One, Key>): boolean {
    for (; waiter.place < waiter.needs.length; waiter.place += 1) {
      const need = waiter.needs[waiter.place];
      if (need === undefined) continue;
      const [origin, seq] = need;
      const reached = this.upTo(origin);
      if (reached >= seq) continue;
      let blocked = this.blocked.get(origin);
      if (blocked === undefined) {
        blocked = { bySeq: new Map(), reached };
        this.blocked.set(origin, blocked);
      }
      // Where a bound has made the caller forget, what is waited for may be what had come once.
      blocked.reached = Math.min(blocked.reached, reached);
      const others = blocked.bySeq.get(seq);
      if (others === undefined) blocked.bySeq.set(seq, new Set([waiter]));
      else others.add(waiter);
      return true;
    }
    return false;
  }

  /** Those that wait for `origin` up to where it has come, by what they waited for. */
  private takeFreed(origin: Key, blocked: Blocked<One, Key>): Waiter<One, Key>[] {
    const { bySeq, reached } = blocked;
    const upTo = this.upTo(origin);
    blocked.reached = upTo;
    const seqs: number[] = [];
    if (upTo - reached <= bySeq.size) {
      for (let seq = reached + 1; seq <= upTo; seq += 1) if (bySeq.has(seq)) seqs.push(seq);
    } else {
      // A leap, over a gap or to a snapshot: by far more numbers than anybody waits for.
      for (const seq of bySeq.keys()) if (seq <= upTo) seqs.push(seq);
      seqs.sort((a, b) => a - b);
    }
    const freed = seqs.flatMap((seq) => [...(bySeq.get(seq) ?? [])]);
    for (const seq of seqs) bySeq.delete(seq);
    if (bySeq.size === 0) this.blocked.delete(origin);
    return freed;
  }
}
