import { type Dot, dotKey } from "../../core/dot.ts";
import type { OrderOutcome, OrderRequest } from "../../core/orderer.ts";
import type { LogContext } from "./log-context.ts";

/**
 * What a leader may call safe, beside that a majority of the voters has it on disk: nothing that it
 * has proposed to give no place ever, and nothing before it was told all that leaders before it had
 * proposed, in which such a proposal may stand. A voter says only to the leader it follows that it
 * lacks something, and so has it afterwards for that leader or a later one alone.
 */
export class Assurance {
  private readonly log: LogContext;
  /** By name. */
  private readonly voiding = new Set<string>();
  private asked: OrderRequest | undefined;
  private isTold = false;

  constructor(log: LogContext) {
    this.log = log;
  }

  /** This node leads from now on. */
  begin(): void {
    this.voiding.clear();
    this.isTold = false;
    this.asked = this.log.order.read();
  }

  /** Asks again what was refused. */
  look(): void {
    if (!this.isTold) this.asked ??= this.log.order.read();
  }

  mayCallSafe(dot: Dot): boolean {
    return this.isTold && !(this.voiding.size > 0 && this.voiding.has(dotKey(dot)));
  }

  onVoiding(dots: readonly Dot[]): void {
    for (const dot of dots) this.voiding.add(dotKey(dot));
  }

  /** It has its place, or never will have one. */
  onSettled(dot: Dot): void {
    if (this.voiding.size > 0) this.voiding.delete(dotKey(dot));
  }

  /** @returns whether the request was its own. */
  onOutcome(request: OrderRequest, { kind }: OrderOutcome): boolean {
    if (request !== this.asked) return false;
    this.asked = undefined;
    this.isTold = kind === "readable";
    return true;
  }
}
