import { peerId } from "../../core/peer.ts";
import type {
  GroupSummary,
  SensorSummary,
  SuspectRow,
} from "../../data/monitor/monitor.messages.ts";
import type { Monitor } from "../../data/monitor/monitor.ts";
import { histogramQuantile, mergeSummaries } from "../../data/monitor/summaries.ts";
import type { Member } from "../api.ts";
import type {
  MonitoredGroup,
  MonitoredMember,
  SensorAggregate,
  Suspects,
  SuspectsOf,
} from "./monitor.api.ts";

/** What users see of a monitor: frozen words for what it knows. */

export function memberPictures(monitor: Monitor, members: Iterable<Member>): MonitoredMember[] {
  const standings = new Map(monitor.members().map((one) => [String(one.subject), one]));
  return [...members]
    .filter(({ hearsay }) => hearsay)
    .map((member) => {
      const { address, name, rttMs, status } = member;
      const standing = standings.get(name);
      const peer = peerId(name);
      const isMate = standing !== undefined;
      const group = isMate ? monitor.groupId : (monitor.layout.groupOf(peer)?.id ?? "");
      const record = monitor.recordOf(peer);
      return {
        name,
        address,
        status,
        group,
        verdict: standing?.verdict,
        ageRounds: standing?.ageRounds,
        rttMs,
        readings: record?.readings ?? [],
        readingsAgeMs: record?.ageMs,
      };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function groupPictures(monitor: Monitor): MonitoredGroup[] {
  const summaries = new Map(monitor.summaries().map((one) => [one.group, one]));
  return monitor
    .groups()
    .map(({ ageRounds, subject: name, verdict }) => {
      const summary = summaries.get(name);
      return {
        name,
        size: monitor.layout.groups.get(name)?.members.length ?? 0,
        isOwn: name === monitor.groupId,
        verdict,
        ageRounds,
        members: summary && countsOf(summary),
        speaker: summary && String(summary.speaker),
        summaryAgeMs: summary?.ageMs,
        aggregates: (summary?.sensors ?? []).map(aggregateOf),
      };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function aggregatePictures(monitor: Monitor): SensorAggregate[] {
  return mergeSummaries(monitor.summaries().flatMap(({ sensors }) => sensors)).map(aggregateOf);
}

export function suspectPictures(monitor: Monitor): Suspects {
  const { groups, members } = monitor.matrix();
  return { members: members.map(rowOf), groups: groups.map(rowOf) };
}

function rowOf<Subject>({ observer, suspects }: SuspectRow<Subject>): SuspectsOf {
  return { observer: String(observer), suspects: suspects.map(String) };
}

function countsOf({ dead, live, suspect }: GroupSummary) {
  return { live, suspect, dead };
}

function aggregateOf({ histogram, ...summary }: SensorSummary): SensorAggregate {
  const plain = { ...summary, avg: summary.sum / Math.max(1, summary.count) };
  if (histogram === undefined) return plain;
  const observed = histogram.counts.reduce((sum, count) => sum + count, 0);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((ratio) => histogramQuantile(histogram, ratio));
  const avg = histogram.sum / Math.max(1, observed);
  if (p50 === undefined || p95 === undefined || p99 === undefined) return { ...plain, avg };
  return { ...plain, avg, histogram, quantiles: { p50, p95, p99 } };
}
