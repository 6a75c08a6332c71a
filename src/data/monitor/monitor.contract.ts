import type { PeerId } from "../../core/peer.ts";
import type { GroupLayout } from "./grouping.ts";
import type { AlertMark, GroupPartial, SensorReading, SensorRecord } from "./monitor.messages.ts";

export type MonitorCount =
  | "monitor.rounds"
  | "monitor.samples"
  /** Times that this node has noticed agreement on a death, and told it. */
  | "monitor.verdicts"
  /** Members or groups that were declared dead and are heard of again. */
  | "monitor.returns"
  /** Rounds that were slept through: this node accuses nobody for a while. */
  | "monitor.pauses"
  | "monitor.recordsReceived"
  /** Records, or entries of lists, that a message had no room for. */
  | "monitor.cut"
  /** A number that is none, a name that is too long, or too much of it. */
  | "monitor.dropped.value"
  /** Of nobody who belongs to this group, as far as is known here. */
  | "monitor.dropped.stranger"
  /** Stamped further ahead than clocks are off. */
  | "monitor.dropped.ahead"
  /** A death of whom this node has fresh news, or of this node. */
  | "monitor.dropped.verdict"
  /** More messages than a round can have. */
  | "monitor.dropped.busy"
  /** Of a group that there is not, as this node sees the members. */
  | "monitor.dropped.layout"
  /** A sensor's `read` threw, or gave no number. */
  | "monitor.input.refused"
  /** A user's `init`, `merge` or `finish` threw. */
  | "monitor.custom.failed";

export interface MonitorCounters {
  add(name: MonitorCount, by?: number): void;
}

/** Who is there, as membership sees it; the monitor never changes it. */
export interface MonitorRoster {
  /** Another number when `layout` may be another one. */
  readonly version: number;
  /** The living members, this node among them, in their groups: as many as in `kept`, or more. */
  layout(kept?: GroupLayout): GroupLayout;
  /** It said goodbye, or its membership was given up: nobody need notice that it is gone. */
  hasLeft(peer: PeerId): boolean;
}

/**
 * "live": news of it is fresh. "suspect": not for this node. "dead": observers agree. "unheard": it
 * never spoke, as far as is known here; perhaps it is of a version without a monitor.
 */
export type Verdict = "live" | "suspect" | "dead" | "unheard";

export type MonitorChange =
  | {
      readonly kind: "member";
      readonly peer: PeerId;
      readonly group: string;
      readonly verdict: Verdict;
    }
  | { readonly kind: "group"; readonly group: string; readonly verdict: Verdict }
  /** This node is in another group, for the cluster has grown or shrunk. */
  | { readonly kind: "regrouped"; readonly group: string }
  /** A record of a member, or a summary of a group, has come. */
  | { readonly kind: "record"; readonly peer: PeerId }
  | { readonly kind: "summary"; readonly group: string };

export interface MonitorWiring {
  readonly roster: MonitorRoster;
  readonly counters: MonitorCounters;
  /** What the sensors of this node read now. */
  sample(): readonly SensorReading[];
  /** What users' own aggregates come to in this group. */
  partials(records: readonly SensorRecord[]): readonly GroupPartial[];
  /** In a step: what users hear must be told after it. */
  onChange(change: MonitorChange): void;
  /** A new epoch of alerts; at the end of a sample. */
  onEpoch(epoch: number): void;
  /** Alerts that are on, to be told others. */
  alertMarks(): readonly AlertMark[];
  onAlertMark(mark: AlertMark): void;
}

/** One member of this node's group, or one group, as the monitor sees it. */
export interface Standing<Subject> {
  readonly subject: Subject;
  readonly verdict: Verdict;
  readonly ageRounds: number;
}
