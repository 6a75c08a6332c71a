import type { LogContext } from "../../data/ordered-log/log-context.ts";
import type { Logger } from "../api.ts";

/** So full that somebody should look. [because: enough is left to add a state] */
const WARN_RATIO = 0.8;

type Held = Pick<LogContext, "options" | "state" | "store">;

/** How much of what a log may hold here it holds; at 1 appends are refused. */
export function heldRatio({ options, state, store }: Held): number {
  const { heldMaxBytes, heldMaxCount } = options;
  return Math.max(store.heldBytes / heldMaxBytes, state.kept.length / heldMaxCount);
}

/** Warns of a log that will take nothing more, once each time that it comes near that. */
export class HeldWatch {
  private readonly name: string;
  private readonly held: Held;
  private readonly logger: Logger;
  private isNear = false;

  constructor(name: string, held: Held, logger: Logger) {
    this.name = name;
    this.held = held;
    this.logger = logger;
  }

  look(): void {
    const isNear = heldRatio(this.held) >= WARN_RATIO;
    if (isNear && !this.isNear) {
      const why = "nothing of it is dropped while no node has a state of it";
      this.logger.warn(`ordered log ${this.name} is nearly full: ${why}`);
    }
    this.isNear = isNear;
  }
}
