import { AgeQueue } from "../../core/collections/age-queue.ts";
import type { Dot } from "../../core/dot.ts";
import type { ExecutedId } from "./operation-log.messages.ts";

/**
 * The ids that were executed: the same operation, submitted through another replica, is not
 * executed again. [spec §8, `executed`]
 */
export class ExecutedIds {
  private readonly byId = new Map<string, ExecutedId>();
  private byAge = new AgeQueue<ExecutedId>();
  /** Received, and not executed yet. */
  private readonly waiting = new Map<string, Dot>();

  /** With those that wait. */
  get size(): number {
    return this.byId.size + this.waiting.size;
  }

  isExecuted(id: string): boolean {
    return this.byId.has(id);
  }

  /** The first record of it, executed or not. */
  dotOf(id: string): Dot | undefined {
    return this.byId.get(id)?.dot ?? this.waiting.get(id);
  }

  /** A record of it was received. */
  expect(id: string, dot: Dot): void {
    if (id !== "" && this.dotOf(id) === undefined) this.waiting.set(id, dot);
  }

  /** A record of it has had its turn, and no effect. */
  settle(id: string): void {
    this.waiting.delete(id);
  }

  /** `forgetAtMs`: when nobody may submit it any more. */
  add(executed: ExecutedId, forgetAtMs: number): void {
    this.waiting.delete(executed.id);
    this.byId.set(executed.id, executed);
    this.byAge.put(executed.isFinal ? 0 : forgetAtMs, executed);
  }

  /**
   * Forgets ids whose time is over; those of which something may still be on its way here are
   * looked at again. @returns how many were forgotten
   */
  expire(nowMs: number, isHeld: (dot: Dot) => boolean): number {
    const again: ExecutedId[] = [];
    let count = 0;
    while (this.byAge.nextDue <= nowMs) {
      const executed = this.byAge.takeNext();
      if (executed === undefined) break;
      if (this.byId.get(executed.id) !== executed) continue;
      if (isHeld(executed.dot)) again.push(executed);
      else {
        this.byId.delete(executed.id);
        count += 1;
      }
    }
    for (const executed of again) this.byAge.put(nowMs, executed);
    return count;
  }

  clear(): void {
    this.byId.clear();
    this.waiting.clear();
    this.byAge = new AgeQueue();
  }

  [Symbol.iterator](): IterableIterator<ExecutedId> {
    return this.byId.values();
  }
}
