import type { Random } from "../../core/random.ts";
import type { MonitorCounters } from "./monitor.contract.ts";
import { LIST_MAX_COUNT } from "./monitor.messages.ts";

/** Longer lists are read by nobody: of such each time another part is told. */
export function toldOf<One>(
  news: readonly One[],
  random: Random,
  counters: MonitorCounters,
): readonly One[] {
  if (news.length <= LIST_MAX_COUNT) return news;
  counters.add("monitor.cut", news.length - LIST_MAX_COUNT);
  const start = random.below(news.length);
  return [...news.slice(start), ...news.slice(0, start)].slice(0, LIST_MAX_COUNT);
}

/** Beats further ahead than clocks are off are nobody's. */
export function believedOf<Entry extends { readonly heartbeat: number }>(
  entries: readonly Entry[],
  mostBeats: number,
  counters: MonitorCounters,
): readonly Entry[] {
  const sane = entries.filter(({ heartbeat }) => heartbeat <= mostBeats);
  if (sane.length < entries.length) {
    counters.add("monitor.dropped.ahead", entries.length - sane.length);
  }
  return sane;
}
