import type { PeerId } from "../../core/peer.ts";

/** On the wire: the number of the monitor's frames. For ever. */
export const MONITOR_CHANNEL = 23;

/** Entries of a list: members of a group, or groups. [because: 1,024² are more than there are] */
export const LIST_MAX_COUNT = 1_024;
/** Sensors of one node. [guess] */
export const SENSORS_MAX_COUNT = 64;
/** Buckets of a histogram, the last one taken in. [guess] */
export const BUCKETS_MAX_COUNT = 64;
/** Alerts that are on, in one message. [guess] */
export const MARKS_MAX_COUNT = 256;
/** Longest name or unit of a sensor, name of a group or of a rule. [guess] */
export const TEXT_MAX_LENGTH = 128;
/** A member or group of which nothing was heard for so long is as old as can be. */
export const AGE_MAX_ROUNDS = 65_535;

/** A gauge goes up and down, a counter only up, a histogram counts what it observed in buckets. */
export const sensorKinds = ["gauge", "counter", "histogram"] as const;
export type SensorKind = (typeof sensorKinds)[number];

/** How observed values are spread, as cumulated since the process began. */
export interface HistogramReading {
  /** Upper ends of the buckets, ascending. */
  readonly bounds: readonly number[];
  /** In each bucket alone; one more than bounds, for what is above the last one. */
  readonly counts: readonly number[];
  /** Of all that was observed. */
  readonly sum: number;
}

export type SensorValue = number | HistogramReading;

export interface SensorReading {
  readonly name: string;
  readonly unit: string;
  readonly kind: SensorKind;
  readonly value: SensorValue;
}

/** What a node last said of itself. The newest of each origin counts. [spec aggregation §8] */
export interface SensorRecord {
  readonly origin: PeerId;
  readonly seq: number;
  /** Wall clock of the origin, to be shown; nothing is decided by it. */
  readonly at: number;
  /** How long it has been on its way, over all who held it. */
  readonly ageMs: number;
  readonly readings: readonly SensorReading[];
}

/** What one sensor of several nodes comes to. */
export interface SensorSummary {
  readonly name: string;
  readonly unit: string;
  readonly kind: SensorKind;
  /** Nodes with a value. */
  readonly count: number;
  /** Of gauges and counters, and of what histograms observed. */
  readonly sum: number;
  /** Of gauges and counters; of a histogram, the least and greatest mean of a node. */
  readonly min: number;
  readonly max: number;
  /** All buckets added up; absent of numbers, and where the nodes' buckets differ. */
  readonly histogram?: HistogramReading | undefined;
}

/** What a user's own aggregate comes to in one group. */
export interface GroupPartial {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a group says of itself to the others. Its newest one counts. */
export interface GroupSummary {
  readonly group: string;
  readonly seq: number;
  /** The lowest living member of the group. */
  readonly speaker: PeerId;
  readonly ageMs: number;
  readonly live: number;
  readonly suspect: number;
  readonly dead: number;
  readonly sensors: readonly SensorSummary[];
  readonly partials: readonly GroupPartial[];
}

/** News of a member: its last heartbeat, and which record of it the sender has. */
export interface MemberEntry {
  readonly peer: PeerId;
  readonly heartbeat: number;
  /** 0: none. */
  readonly seq: number;
}

export interface GroupEntry {
  readonly group: string;
  readonly heartbeat: number;
  readonly seq: number;
}

/** Whom one observer suspects; observers that suspect nobody have no row. */
export interface SuspectRow<Subject> {
  readonly observer: Subject;
  readonly suspects: readonly Subject[];
}

/** An alert is on, and who has told its users. */
export interface AlertMark {
  readonly rule: string;
  readonly epoch: number;
  readonly firedBy: PeerId;
}

export interface GossipMessage {
  /** An ask is answered by an answer, and that by what its sender lacks. */
  readonly kind: "ask" | "answer";
  /** Of the sender. */
  readonly group: string;
  /** Of its own group, told only in it. */
  readonly members: readonly MemberEntry[];
  readonly memberRows: readonly SuspectRow<PeerId>[];
  readonly groups: readonly GroupEntry[];
  readonly groupRows: readonly SuspectRow<string>[];
  readonly alerts: readonly AlertMark[];
  readonly records: readonly SensorRecord[];
  readonly summaries: readonly GroupSummary[];
}

/** What the asked one lacked of the asker. */
export interface RecordsMessage {
  readonly kind: "records";
  readonly group: string;
  readonly records: readonly SensorRecord[];
  readonly summaries: readonly GroupSummary[];
}

/** Somebody has noticed that observers agree: the live list changes. */
export interface VerdictMessage {
  readonly kind: "verdict";
  /** Of the sender. */
  readonly group: string;
  readonly members: readonly PeerId[];
  readonly groups: readonly string[];
}

export type MonitorMessage = GossipMessage | RecordsMessage | VerdictMessage;
