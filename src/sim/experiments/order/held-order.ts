import { CausalBuffer, type Need } from "../../../core/causal-buffer.ts";
import type { Dot } from "../../../core/dot.ts";
import type { Origin } from "../../../core/peer.ts";

/** An event as an order sees it: what its origin says of it, and nothing else. */
export interface Said {
  readonly dot: Dot;
  /** Of other origins; its own event before this one is needed always. */
  readonly needs: readonly Need[];
}

/**
 * One node's part of an order that holds back what came too early, by the buffer that topics have:
 * "fifo" behind the events of its own origin, "causal" behind all that its origin had been told.
 * [Birman 1991 §4]
 */
export class HeldOrder {
  private readonly order: "fifo" | "causal";
  private readonly onTold: (dot: Dot) => void;
  private readonly told = new Map<Origin, number>();
  /** Of other origins, what was told since this node wrote last. */
  private readonly news = new Map<Origin, number>();
  private readonly buffer = new CausalBuffer<Said>((origin) => this.told.get(origin) ?? 0);

  constructor(order: "fifo" | "causal", onTold: (dot: Dot) => void) {
    this.order = order;
    this.onTold = onTold;
  }

  /** An event of this node. @returns what goes with it. */
  onSent(dot: Dot): Said {
    const needs = this.order === "causal" ? [...this.news] : [];
    this.news.clear();
    this.told.set(dot.origin, dot.seq);
    this.onTold(dot);
    return { dot, needs };
  }

  onCame(said: Said): void {
    const { origin, seq } = said.dot;
    const waits = this.buffer.put(said, [[origin, seq - 1], ...said.needs]);
    if (!waits) this.tell(said);
  }

  private tell(first: Said): void {
    const ready = [first];
    for (let said = ready.shift(); said !== undefined; said = ready.shift()) {
      const { origin, seq } = said.dot;
      this.told.set(origin, seq);
      this.news.set(origin, seq);
      this.onTold(said.dot);
      ready.push(...this.buffer.takeReady(origin));
    }
  }
}
