import { signal } from "@preact/signals";
import type { Notice } from "../../../../../src/agent/admin.messages.ts";
import type {
  TimelineAnswer,
  TimelineEvent,
} from "../../../../../src/agent/routes/timeline.messages.ts";
import { ask } from "../agent-api.ts";
import { asAgentError } from "../use-agent.ts";
import { emptyTimeline, type Timeline, withAnswer, withEvent } from "./timeline-book.ts";

type MemberNotice = Extract<Notice, { readonly kind: "member" }>;

/** What members did, as far as the agent remembers, and since. */
export const timeline = signal<Timeline | undefined>(undefined);

/** More than come while an agent is asked. */
const WAITING_MAX = 1_000;

/** A question is under way; what a watch tells meanwhile is taken after the answer. */
let isAsking = false;
let waiting: TimelineEvent[] = [];

/**
 * A watch begins, or goes on after a break: asks for what it has not told. Events have numbers, so
 * that nothing is missed and nothing stands there twice, whichever comes first.
 */
export async function catchUp(): Promise<void> {
  if (isAsking) return;
  isAsking = true;
  const before = timeline.peek();
  const known = before?.isNumbered === true ? { since: before.lastNumber, life: before.life } : {};
  try {
    const wish = new URLSearchParams(Object.entries(known).map(([name, of]) => [name, String(of)]));
    takeWaiting(withAnswer(before, await ask<TimelineAnswer>(`v1/timeline?${wish}`)));
  } catch (error) {
    // An older agent tells only what happens; of any other failure the next notice asks again.
    const isOlder = asAgentError(error).code === "ADMIN_NOT_FOUND";
    if (isOlder) takeWaiting(before ?? emptyTimeline(Date.now()));
  } finally {
    isAsking = false;
  }
}

/** What does not fit even now is of another life of the agent. */
function takeWaiting(answered: Timeline): void {
  let known = answered;
  for (const event of waiting) known = withEvent(known, event) ?? known;
  waiting = [];
  timeline.value = known;
}

export function noteMember({ event, evidence, number }: MemberNotice): void {
  const { at, kind, member } = event;
  const { address, degraded, incarnation, name, status } = member;
  const state = { name, address, status, incarnation, degraded: degraded !== undefined };
  take({ number, kind, at, ...state, evidence });
}

function take(event: TimelineEvent): void {
  const before = timeline.peek();
  const after = before === undefined || isAsking ? undefined : withEvent(before, event);
  if (after !== undefined) {
    timeline.value = after;
    return;
  }
  waiting = [...waiting, event].slice(-WAITING_MAX);
  void catchUp();
}
