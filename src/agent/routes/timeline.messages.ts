/** What `/v1/timeline` answers; part of the admin API as admin.messages.ts is. */
import type { MemberEvent, MemberStatus, WhyEntry } from "../../node/api.ts";

/** What a member did, or what was found out about it, as this agent saw it. */
export interface TimelineEvent {
  /** 1, 2, 3 … without gaps in one life of the agent; those of `member` notices of a watch. */
  readonly number: number;
  readonly kind: MemberEvent["kind"];
  /** Wall-clock milliseconds of this agent. */
  readonly at: number;
  readonly name: string;
  readonly address: string;
  readonly status: MemberStatus;
  readonly incarnation: number;
  /** Whether it said that it was busy. */
  readonly degraded: boolean;
  /** The end of the chain of evidence as it was then, oldest first. */
  readonly evidence: readonly Pick<WhyEntry, "at" | "what" | "text">[];
}

/** `GET /v1/timeline?since=NUMBER&life=LIFE&name=NAME`. */
export interface TimelineAnswer {
  readonly local: string;
  /** Of the agent: in another one numbers begin anew, and `since` means nothing. */
  readonly life: string;
  /** Wall-clock milliseconds from which on events were noted. */
  readonly beganAt: number;
  /** Number of the last event; 0 before the first. */
  readonly lastNumber: number;
  /** Of those after `since`, how many are not kept any more. */
  readonly lostCount: number;
  readonly events: readonly TimelineEvent[];
}
