import type { AgentStatus, MembersAnswer } from "../../../../src/agent/admin.messages.ts";
import type { Polled } from "./use-agent.ts";

/** What all views are given: who is there, and who tells it. */
export interface Cluster {
  readonly status: Polled<AgentStatus>;
  readonly members: Polled<MembersAnswer>;
}
