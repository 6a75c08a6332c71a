import { signal } from "@preact/signals";
import type { Notice } from "../../../../../src/agent/admin.messages.ts";
import type {
  TimelineAnswer,
  TimelineEvent,
} from "../../../../../src/agent/routes/timeline.messages.ts";
import { ask, wantsToken } from "../agent-api.ts";
import { asAgentError } from "../use-agent.ts";
import { emptyTimeline, type Timeline, withAnswer, withEvent } from "./timeline-book.ts";

type MemberNotice = Extract<Notice, { readonly kind: "member" }>;

/** What members did, as far as the agent remembers, and since. */
export const timeline = signal<Timeline | undefined>(undefined);

/** More than come while an agent is asked. */
const WAITING_MAX = 1_000;

/** Until a question that failed is asked again. */
const RETRY_MS = 5_000;

/** Events may be missing: what a watch tells is taken after the next answer. */
let isBehind = true;
let isAsking = false;
/** Times that a question was wished for; an answer to an earlier one may know too little. */
let wishedCount = 0;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let waiting: TimelineEvent[] = [];

/**
 * Asks for what a watch has not told: a new one, of an agent that may have begun anew, or the same
 * after a break or a loss. Events have numbers, so that nothing is missed and nothing stands there
 * twice, whichever comes first.
 */
export async function catchUp(watch: "new" | "same"): Promise<void> {
  // Numbers of another life mean nothing in this one.
  if (watch === "new") waiting = [];
  isBehind = true;
  wishedCount += 1;
  if (isAsking) return;
  isAsking = true;
  clearTimeout(retryTimer);
  retryTimer = undefined;
  const answered = await askAll();
  isAsking = false;
  if (answered !== undefined) takeWaiting(answered);
  if (isBehind) retryTimer = setTimeout(() => void catchUp("same"), RETRY_MS);
}

/** Until nobody wished for more meanwhile. @returns undefined when the agent did not answer. */
async function askAll(): Promise<Timeline | undefined> {
  for (;;) {
    // Whoever gives a token begins a new watch.
    if (wantsToken.peek()) return undefined;
    const wished = wishedCount;
    const answered = await askSince(timeline.peek());
    if (wished === wishedCount) return answered;
  }
}

async function askSince(before: Timeline | undefined): Promise<Timeline | undefined> {
  const known = before?.isNumbered === true ? { since: before.lastNumber, life: before.life } : {};
  try {
    const wish = new URLSearchParams(Object.entries(known).map(([name, of]) => [name, String(of)]));
    return withAnswer(before, await ask<TimelineAnswer>(`v1/timeline?${wish}`));
  } catch (error) {
    // An older agent tells only what happens.
    const isOlder = asAgentError(error).code === "ADMIN_NOT_FOUND";
    return isOlder ? (before ?? emptyTimeline(Date.now())) : undefined;
  }
}

/** What does not fit even now waits on: something before it is still missing. */
function takeWaiting(answered: Timeline): void {
  let known = answered;
  const missing: TimelineEvent[] = [];
  for (const event of waiting) {
    const after = withEvent(known, event);
    if (after === undefined) missing.push(event);
    else known = after;
  }
  waiting = missing;
  isBehind = missing.length > 0;
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
  const after = before === undefined || isBehind ? undefined : withEvent(before, event);
  if (after !== undefined) {
    timeline.value = after;
    return;
  }
  waiting = [...waiting, event].slice(-WAITING_MAX);
  if (!isAsking) void catchUp("same");
}
