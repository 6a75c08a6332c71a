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
  const known = { ...before, lostCount: before.lostCount + lostCount };
  return withNews({ ...known, lastNumber: Math.max(before.lastNumber, lastNumber) }, news);
}

/** With what a watch tells; undefined when something before it is missing and must be asked for. */
export function withEvent(before: Timeline, event: TimelineEvent): Timeline | undefined {
  const { isNumbered, lastNumber } = before;
  const number = isNumbered ? event.number : lastNumber + 1;
  if (number <= lastNumber) return before;
  if (number > lastNumber + 1) return undefined;
  return withNews({ ...before, lastNumber: number }, [{ ...event, number }]);
}

/** The oldest make room, and are counted. */
function withNews(before: Timeline, news: readonly TimelineEvent[]): Timeline {
  const events = [...before.events, ...news];
  const excessCount = Math.max(0, events.length - EVENTS_MAX);
  return {
    ...before,
    lostCount: before.lostCount + excessCount,
    events: events.slice(excessCount),
  };
}
