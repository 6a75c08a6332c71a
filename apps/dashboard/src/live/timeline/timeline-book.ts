import type {
  TimelineAnswer,
  TimelineEvent,
} from "../../../../../src/agent/routes/timeline.messages.ts";

/** What this page knows of the past of members; events oldest first, without gaps in numbers. */
export interface Timeline extends Omit<TimelineAnswer, "local"> {
  /** False where the agent tells nothing of the past: then it begins when the page was opened. */
  readonly isNumbered: boolean;
}

/** As many as a page shows: twice what an agent keeps. */
const EVENTS_MAX = 2_048;

/** From when on events are noted by an agent that remembers none. */
export function emptyTimeline(beganAt: number): Timeline {
  const none = { life: "", lastNumber: 0, lostCount: 0, events: [] };
  return { ...none, beganAt, isNumbered: false };
}

/** What the agent remembers of the time after what is known, or of a life that is new. */
export function withAnswer(before: Timeline | undefined, answer: TimelineAnswer): Timeline {
  const { beganAt, events, lastNumber, life, lostCount } = answer;
  if (before === undefined || !before.isNumbered || before.life !== life) {
    return { life, beganAt, lastNumber, lostCount, events, isNumbered: true };
  }
  const news = events.filter(({ number }) => number > before.lastNumber);
  return {
    ...before,
    lastNumber: Math.max(before.lastNumber, lastNumber),
    lostCount: before.lostCount + lostCount,
    events: kept([...before.events, ...news]),
  };
}

/** With what a watch tells; undefined when something before it is missing and must be asked for. */
export function withEvent(before: Timeline, event: TimelineEvent): Timeline | undefined {
  const { isNumbered, lastNumber } = before;
  const number = isNumbered ? event.number : lastNumber + 1;
  if (number <= lastNumber) return before;
  if (number > lastNumber + 1) return undefined;
  return { ...before, lastNumber: number, events: kept([...before.events, { ...event, number }]) };
}

function kept(events: readonly TimelineEvent[]): readonly TimelineEvent[] {
  return events.length > EVENTS_MAX ? events.slice(-EVENTS_MAX) : events;
}
