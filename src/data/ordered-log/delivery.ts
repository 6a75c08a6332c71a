import type { ItemRow } from "./item-row.ts";
import type { TellingContext } from "./log-context.ts";
import { NOWHERE } from "./order-state.ts";
import type { OrderedApplication, OrderedPlace } from "./ordered-log.contract.ts";

/** An application of this node, and how far it was told. */
export interface LogPart {
  readonly name: string;
  readonly application: OrderedApplication;
  at: OrderedPlace;
  state: "running" | "paused";
}

/** Tells each application of this node the log, in order, each item once. */
export class Delivery {
  readonly parts = new Map<string, LogPart>();
  private readonly log: TellingContext;
  private readonly assembly: ItemRow;
  private isTimerSet = false;
  private isTelling = false;

  constructor(log: TellingContext, assembly: ItemRow) {
    this.log = log;
    this.assembly = assembly;
  }

  /** Least cursor; what was assembled where there are no applications. */
  get applied(): OrderedPlace {
    let least = this.assembly.through;
    for (const { at } of this.parts.values()) if (at.place < least.place) least = at;
    return least;
  }

  /** Those who are told nothing, for what comes next is held no more. */
  get behind(): LogPart[] {
    return [...this.parts.values()].filter(({ at }) => at.place < this.assembly.base.place);
  }

  attach(name: string, application: OrderedApplication, after: number): LogPart {
    const { place, orderIndex } = this.assembly.itemAt(after) ?? { place: after, orderIndex: 0 };
    const at = after === this.assembly.base.place ? this.assembly.base : { place, orderIndex };
    const part: LogPart = { name, application, at: after > 0 ? at : NOWHERE, state: "running" };
    this.parts.set(name, part);
    return part;
  }

  /** More was assembled, or somebody is ready for more. */
  deliver(): void {
    if (this.isTelling) return;
    this.isTelling = true;
    try {
      for (const part of [...this.parts.values()]) this.tell(part);
    } finally {
      this.isTelling = false;
    }
  }

  onTimer(): void {
    this.isTimerSet = false;
    this.deliver();
  }

  /** All that this node had by a later way stands before `to`. */
  skip(part: LogPart, to: OrderedPlace): void {
    if (part.at.place >= to.place) return;
    part.at = to;
    part.application.onGap?.(to);
  }

  private tell(part: LogPart): void {
    const { env, options } = this.log;
    const { base, through } = this.assembly;
    if (part.state === "paused" || part.at.place < base.place) return;
    if (part.at.place >= through.place) return;
    const items = this.assembly.itemsAfter(part.at.place, options.deliverMaxCount);
    const last = items.at(-1);
    if (last === undefined) return;
    part.at = { place: last.place, orderIndex: last.orderIndex };
    part.state = part.application.onItems(items) === "pause" ? "paused" : "running";
    if (part.state === "paused" || part.at.place >= this.assembly.through.place) return;
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    env.setTimer({ kind: "deliver" }, 0);
  }
}
