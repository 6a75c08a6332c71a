import type { TimerId } from "../../core/env.ts";
import type { SerfContext } from "./context.ts";
import type { SerfStatus } from "./serf.contract.ts";

/**
 * How a node leaves, so that it counts as left and not as failed:
 *
 *   present ─begin▶ telling ─intent sent▶ withdrawing ─SWIM left▶ lingering ─▶ gone
 *
 * `telling` and `withdrawing` last at most `broadcastTimeoutMs`; `lingering` still answers, that
 * the news may outrun the silence. A timeout goes on to the next stage, as newer Serfs do.
 * Source: spec section 21.5.
 */
export type LeaveStage = "present" | "telling" | "withdrawing" | "lingering" | "gone";

export class LeaveSequence {
  private readonly context: SerfContext;
  private stage: LeaveStage = "present";
  private timer: TimerId | undefined;

  constructor(context: SerfContext) {
    this.context = context;
  }

  get status(): SerfStatus {
    if (this.stage === "present") return "alive";
    return this.stage === "gone" ? "left" : "leaving";
  }

  get isPresent(): boolean {
    return this.stage === "present";
  }

  begin(): void {
    this.become("telling", this.context.options.broadcastTimeoutMs);
  }

  onIntentSent(): void {
    if (this.stage === "telling") this.withdraw();
  }

  onMembershipLeft(): void {
    if (this.stage === "withdrawing") this.linger();
  }

  /** The stage lasted as long as it may; a timer of a stage that ended earlier means nothing. */
  onStageTimeout(stage: "telling" | "withdrawing" | "lingering"): void {
    if (stage !== this.stage) return;
    switch (stage) {
      case "telling":
        this.withdraw();
        return;
      case "withdrawing":
        this.linger();
        return;
      case "lingering":
        this.stage = "gone";
        this.context.listener.onLeft();
    }
  }

  private withdraw(): void {
    this.become("withdrawing", this.context.options.broadcastTimeoutMs);
    this.context.membership.leave();
  }

  private linger(): void {
    this.become("lingering", this.context.options.leavePropagateDelayMs);
  }

  private become(stage: "telling" | "withdrawing" | "lingering", timeoutMs: number): void {
    const { env } = this.context;
    if (this.timer !== undefined) env.clearTimer(this.timer);
    this.stage = stage;
    this.timer = env.setTimer({ kind: "leaveStage", stage }, timeoutMs);
  }
}
