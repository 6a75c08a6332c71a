/** What users type of monitoring: the public types of `node.monitor`. */
import type { CustomAggregate } from "../aggregates/aggregates.api.ts";
import type { MemberStatus } from "../faces/members.api.ts";
import type { SubscribeOptions, Subscription } from "../topics/topics.api.ts";

/** What a sensor measures: a value of now, a sum that only grows, or how values are spread. */
export type SensorKind = "gauge" | "counter" | "histogram";

/** How observed values are spread, added up since the process began. */
export interface HistogramReading {
  /** Upper ends of the buckets, ascending; at most 63. */
  readonly bounds: readonly number[];
  /** In each bucket alone; one more than bounds, for what is above the last one. */
  readonly counts: readonly number[];
  /** Of all that was observed. */
  readonly sum: number;
}

/** Something that a node measures of itself, and tells the others. */
export interface Sensor {
  /** 1 to 128 characters; the same on all nodes that measure the same. */
  readonly name: string;
  /** In full and in the base unit: "seconds", "bytes", "ratio"; "" for mere numbers. */
  readonly unit: string;
  /** A gauge goes up and down, a counter only up; a histogram counts in buckets. */
  readonly kind: SensorKind;
  /** Called every 5 s; undefined: nothing to tell now. It must not wait. */
  read(): number | HistogramReading | undefined;
}

/** Sensors that every node has, to choose from. */
export type BuiltInSensor =
  /** Processes that run or wait on this machine, mean of the last minute. */
  | "load"
  /** Of this process, processors kept busy since the last sample: 1 is a whole one. */
  | "cpu"
  /** Resident memory of this process. */
  | "memory"
  /** Heap in use. */
  | "heap"
  /** 99th percentile of what the event loop was late by since the last sample. */
  | "loopDelay"
  /** Free on the disk of the data directory, or of where the process was started. */
  | "diskFree"
  /** Bytes of packets, links and streams of this node. */
  | "netReceived"
  | "netSent"
  /** Living members as this node counts them, and what it has yet to tell. */
  | "members"
  | "backlog"
  | "uptime";

/** How a node takes part in monitoring; numbers as in docs/reference/options.md. */
export interface MonitorChoice {
  /** Default: all but diskFree. */
  readonly sensors?: readonly BuiltInSensor[];
  /** Groups are those who share the value of this tag, such as "rack". Default: by hash. */
  readonly groupTag?: string;
  readonly quorum?: "majority" | "all";
  readonly layers?: "groups" | "flat";
  readonly roundIntervalMs?: number;
  readonly roundJitterRatio?: number;
  readonly sampleIntervalMs?: number;
  readonly ttlPeriodsCount?: number;
  readonly safetyRoundsCount?: number;
  readonly groupSafetyRoundsCount?: number;
  readonly flatMaxCount?: number;
  readonly groupMinCount?: number;
  readonly groupMaxCount?: number;
  readonly acrossCount?: number;
  readonly lingerRoundsCount?: number;
  readonly pauseRoundsCount?: number;
  readonly recordsMaxBytes?: number;
  readonly recordMaxBytes?: number;
  readonly seqAheadMaxMs?: number;
  readonly messagesMaxCount?: number;
  readonly alertsMaxCount?: number;
  readonly handoverCount?: number;
  readonly sensorsMaxCount?: number;
}

/**
 * What monitors think of a member or group, beside its membership: "live": heard of; "suspect":
 * silent for this node; "dead": those who watch it agree; "unheard": it never spoke.
 */
export type MonitorVerdict = "live" | "suspect" | "dead" | "unheard";

/** What a sensor last said. */
export interface Reading {
  readonly name: string;
  readonly unit: string;
  readonly kind: SensorKind;
  readonly value: number | HistogramReading;
}

/** A member, with what it said of itself; of other groups only what membership knows. */
export interface MonitoredMember {
  readonly name: string;
  readonly address: string;
  /** By SWIM, whose word it is. */
  readonly status: MemberStatus;
  readonly group: string;
  /** undefined of members of other groups. */
  readonly verdict: MonitorVerdict | undefined;
  /** Rounds since there was news of it. */
  readonly ageRounds: number | undefined;
  readonly rttMs: number | undefined;
  /** Empty of members of other groups, and once they are older than three samples. */
  readonly readings: readonly Reading[];
  readonly readingsAgeMs: number | undefined;
}

/** What one sensor comes to over nodes. */
export interface SensorAggregate {
  readonly name: string;
  readonly unit: string;
  readonly kind: SensorKind;
  /** Nodes that have it. */
  readonly count: number;
  readonly sum: number;
  readonly avg: number;
  /** Of a histogram the least and greatest mean of a node. */
  readonly min: number;
  readonly max: number;
  /** Of histograms with the same buckets on all nodes: upper ends of their buckets. */
  readonly quantiles?: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly histogram?: HistogramReading;
}

/** A group of members, and what is known of it from here. */
export interface MonitoredGroup {
  readonly name: string;
  /** Living members, by membership. */
  readonly size: number;
  readonly isOwn: boolean;
  readonly verdict: MonitorVerdict;
  readonly ageRounds: number;
  /** As its speaker counted them; undefined before it was heard. */
  readonly members:
    | { readonly live: number; readonly suspect: number; readonly dead: number }
    | undefined;
  readonly speaker: string | undefined;
  readonly summaryAgeMs: number | undefined;
  readonly aggregates: readonly SensorAggregate[];
}

/** Who suspects whom: of this node's group, and of all groups. Who suspects nobody has no row. */
export interface Suspects {
  readonly members: readonly SuspectsOf[];
  readonly groups: readonly SuspectsOf[];
}

/** Whom one observer suspects. */
export interface SuspectsOf {
  readonly observer: string;
  readonly suspects: readonly string[];
}

/** An aggregate of your own over all nodes' readings. */
export interface ReadingsAggregate<V, R = V>
  extends Omit<CustomAggregate<V, R>, "idempotent" | "init"> {
  /** What one node's readings count for; undefined: nothing. */
  init(readings: ReadonlyMap<string, number | HistogramReading>): V | undefined;
  /** What readers see. Default: the merged value. */
  finish?(merged: V): R;
  /** Of no account here, for each node is counted once; as for `node.aggregate`. */
  readonly idempotent?: boolean;
}

/** An aggregate over the readings of a sensor, of your own. */
export interface ReadingsAggregateFace<R> {
  readonly name: string;
  /** undefined while nobody has a value. */
  read(): { readonly value: R; readonly groups: number } | undefined;
  /** It is computed no more. */
  close(): void;
}

/** When users are told, once in the whole cluster. */
export interface AlertRule {
  /** 1 to 128 characters, the same on all nodes. */
  readonly name: string;
  readonly sensor: string;
  /** What is looked at of the sensor over all nodes. Default "avg". */
  readonly of?: "avg" | "min" | "max" | "sum" | "count" | "p50" | "p95" | "p99";
  readonly above?: number;
  readonly below?: number;
  /** It ends only at this value or beyond; default: where it begins. */
  readonly clear?: number;
  /** Epochs of 5 s in a row before it begins, and before it ends; at least 3, the default. */
  readonly for?: number;
}

/** An alert that began or ended. */
export interface AlertNotice {
  readonly kind: "alert";
  readonly rule: string;
  /** `rule@epoch`: the same from all nodes that tell of one occurrence. */
  readonly id: string;
  readonly state: "raised" | "cleared";
  readonly epoch: number;
  readonly value: number;
  /** Who tells it: this node. */
  readonly firedBy: string;
}

/** What this node itself sees: told on every node that has the rule, whoever tells users. */
export interface AlertSeen {
  readonly kind: "alertSeen";
  readonly rule: string;
  readonly id: string;
  readonly state: "raised" | "cleared";
  /** undefined: nobody yet, as far as is known here. */
  readonly firedBy: string | undefined;
}

/** An alert that holds now. */
export interface ActiveAlert {
  readonly rule: string;
  readonly id: string;
  /** undefined: nobody yet, as far as is known here. */
  readonly firedBy: string | undefined;
}

/** A change of what monitoring says. */
export type MonitorEvent =
  | {
      readonly kind: "member";
      readonly member: string;
      readonly group: string;
      readonly verdict: MonitorVerdict;
    }
  | { readonly kind: "group"; readonly group: string; readonly verdict: MonitorVerdict }
  | { readonly kind: "regrouped"; readonly group: string }
  | { readonly kind: "readings"; readonly member: string }
  | { readonly kind: "summary"; readonly group: string }
  | AlertNotice
  | AlertSeen;

/** All that is known now, as plain data. */
export interface MonitorSnapshot {
  readonly node: string;
  readonly group: string;
  readonly members: readonly MonitoredMember[];
  readonly groups: readonly MonitoredGroup[];
  readonly aggregates: readonly SensorAggregate[];
  readonly suspects: Suspects;
  readonly alerts: readonly ActiveAlert[];
}

/**
 * What all nodes measure of themselves, who is thought dead, and what it comes to. A node takes
 * part with the option `monitor`, from the first use of this, or as soon as it hears another's. All
 * reads are of now, at once, and without the network. With the option `monitor: "off"` all of them
 * throw MONITOR_OFF, and the others leave this node out. See docs/monitoring.md.
 */
export interface NodeMonitorApi {
  /** @returns takes the sensor away again. @throws HearsayError CONFIG_OPTION, STORE_FULL */
  register(sensor: Sensor): () => void;
  /** Each member with its readings, and what observers think of it. */
  members(): MonitoredMember[];
  /** All groups; one, in a small cluster without `groupTag`. */
  groups(): MonitoredGroup[];
  /** Over all groups. */
  aggregates(): SensorAggregate[];
  /** Who suspects whom. */
  suspects(): Suspects;
  /** @throws HearsayError CONFIG_OPTION, STORE_FULL */
  define<V, R = V>(name: string, aggregate: ReadingsAggregate<V, R>): ReadingsAggregateFace<R>;
  /**
   * All nodes evaluate the rule; `listener` is called where it is told: on the lowest living node,
   * or the next one when that dies. @returns ends the rule here.
   * @throws HearsayError CONFIG_OPTION, STORE_FULL
   */
  alert(rule: AlertRule, listener?: (notice: AlertNotice) => void): () => void;
  /** The alerts that hold now. */
  alerts(): ActiveAlert[];
  /** All of it at one moment. */
  snapshot(): MonitorSnapshot;
  /** Live from the call. */
  changes(options?: SubscribeOptions): Subscription<MonitorEvent>;
  /** Hears of each change from now on; returns what ends it. */
  on(listener: (event: MonitorEvent) => void): () => void;
}
