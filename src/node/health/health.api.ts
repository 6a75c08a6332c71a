import type { MemberTrouble } from "../faces/members.api.ts";

/** How well this process keeps up, as it measures itself. */
export interface NodeHealth {
  /** What its peers are told. */
  readonly status: "well" | "degraded";
  /** Set while degraded: since when, and the worst of it. */
  readonly trouble: MemberTrouble | undefined;
  /** How late the event loop turned in the last full second. Zeros where nobody measures. */
  readonly loop: {
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
  /** Since the node started. */
  readonly gc: {
    readonly pausesCount: number;
    readonly totalMs: number;
    readonly maxMs: number;
  };
  /** Lifeguard's health score of this node: 0 is well. */
  readonly awarenessScore: number;
  /**
   * Who answers probes while the main thread is busy: "worker" a thread of its own, "lost" one that
   * has ended, "main" nobody.
   */
  readonly responder: "main" | "worker" | "lost";
}
