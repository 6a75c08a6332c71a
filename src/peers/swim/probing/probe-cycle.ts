import type { ExchangeId, TimerId } from "../../../core/env.ts";
import type { SwimMember } from "../swim.contract.ts";

/** One probe, from ping to verdict. */
export interface ProbeCycle {
  readonly seqNo: number;
  /** As it was when the probe began: a suspicion must carry the incarnation that was silent. */
  readonly target: SwimMember;
  readonly sentAtMs: number;
  readonly endsAtMs: number;
  readonly timeoutTimer: TimerId;
  readonly endTimer: TimerId;
  stage: "direct" | "indirect";
  helpers: readonly string[];
  nacksWanted: number;
  nacksCount: number;
  streamId: ExchangeId | undefined;
  stream: "unused" | "waiting" | "answered" | "failed";
}

/** What a failed probe tried, for the chain of evidence. */
export function describeFailure(cycle: ProbeCycle): string {
  const direct = "no ack to a direct ping";
  const asked =
    cycle.helpers.length === 0
      ? "nobody else to ask"
      : `no ack through ${cycle.helpers.join(", ")} (${cycle.nacksCount} of ` +
        `${cycle.nacksWanted} nacks)`;
  const stream = {
    unused: "no stream ping",
    waiting: "stream ping unanswered",
    answered: "stream ping answered",
    failed: "stream ping failed",
  }[cycle.stream];
  return `${direct}; ${asked}; ${stream}`;
}

/** How a failed probe changes the score: nacks show that this node itself can be heard. */
export function failurePenalty(cycle: ProbeCycle): number {
  return cycle.nacksWanted > 0 ? Math.max(0, cycle.nacksWanted - cycle.nacksCount) : 1;
}
