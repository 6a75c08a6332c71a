import type { HotRumor } from "./hot-rumors.ts";
import { InTurn } from "./in-turn.ts";
import type { Seat } from "./seats.ts";

interface Cooled {
  readonly rumor: HotRumor;
  readonly untilMs: number;
}

/** Rumors that this node tells no more, and names for a while to who asks for names. */
export class CooledRumors {
  private readonly turns: InTurn<Cooled>;

  constructor(maxCount: number) {
    this.turns = new InTurn(maxCount);
  }

  add(rumor: HotRumor, untilMs: number): void {
    this.turns.add({ rumor, untilMs });
  }

  prune(nowMs: number): void {
    if (this.turns.size > 0) this.turns.keep(({ untilMs }) => untilMs > nowMs);
  }

  withdraw(seat: Seat): void {
    this.turns.keep(({ rumor }) => rumor.seat !== seat);
  }

  clear(): void {
    this.turns.keep(() => false);
  }

  /** Visits each once, in turn, until `visit` says that there is no more room. */
  visitInTurn(visit: (rumor: HotRumor) => "room" | "full"): void {
    this.turns.visit(({ rumor }) => visit(rumor));
  }
}
