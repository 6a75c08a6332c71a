import type { TimerId } from "../../core/env.ts";
import type { Claims } from "./roster/claims.ts";
import { isLiving } from "./roster/members.ts";
import type { LeaveResult } from "./swim.contract.ts";
import type { SwimContext } from "./swim-context.ts";

/** Leaving: say so, wait until it was said often enough, go on answering. Spec section 18. */
export class Departure {
  private readonly context: SwimContext;
  private readonly claims: Claims;
  private timer: TimerId | undefined;

  constructor(context: SwimContext, claims: Claims) {
    this.context = context;
    this.claims = claims;
  }

  begin(): void {
    if (this.claims.hasLeft) return;
    const { env, members, options } = this.context;
    const others = members.livingCount - (isLiving(members.local.status) ? 1 : 0);
    this.timer = env.setTimer({ kind: "leaveTimeout" }, options.leaveTimeoutMs);
    this.claims.leave(() => this.conclude("told"));
    if (others === 0) this.conclude("alone");
  }

  onTimeout(): void {
    this.conclude("timeout");
  }

  private conclude(result: LeaveResult): void {
    if (this.timer === undefined) return;
    this.context.env.clearTimer(this.timer);
    this.timer = undefined;
    this.context.news.add({ kind: "left", result });
  }
}
