import { signal } from "@preact/signals";
import type {
  AgentStatus,
  MemberEvent,
  MembersAnswer,
} from "../../../../src/agent/admin.messages.ts";
import type { Polled } from "./use-agent.ts";

/** What all views are given: who is there, and who tells it. */
export interface Cluster {
  readonly status: Polled<AgentStatus>;
  readonly members: Polled<MembersAnswer>;
}

const EVENTS_MAX = 1_000;

/** What members did since this page was opened, newest first. */
export const memberEvents = signal<readonly MemberEvent[]>([]);

export function noteMemberEvent(event: MemberEvent): void {
  memberEvents.value = [event, ...memberEvents.value].slice(0, EVENTS_MAX);
}
