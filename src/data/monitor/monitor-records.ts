import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { MonitorWiring } from "./monitor.contract.ts";
import type {
  GossipMessage,
  GroupPartial,
  GroupSummary,
  SensorReading,
  SensorRecord,
} from "./monitor.messages.ts";
import type { MonitorOptions } from "./monitor.options.ts";
import { NewestRecords } from "./newest-records.ts";
import { areReadings, isReading, isSummary, readingsBytes } from "./readings.ts";
import { summarize } from "./summaries.ts";

interface Sight<Subject> {
  has(subject: Subject): boolean;
}

/** What is known of the sensors of this group's members, and of all groups together. */
export class MonitorRecords {
  readonly records: NewestRecords<PeerId, SensorRecord>;
  readonly summaries: NewestRecords<string, GroupSummary>;
  private readonly env: Env<never, never>;
  private readonly wiring: MonitorWiring;
  private readonly options: MonitorOptions;

  constructor(env: Env<never, never>, wiring: MonitorWiring, options: MonitorOptions) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.records = new NewestRecords(env, options, wiring.counters);
    this.summaries = new NewestRecords(env, options, wiring.counters);
  }

  /** This node says anew what its sensors read. */
  sample(): void {
    const { env, wiring } = this;
    wiring.counters.add("monitor.samples");
    const origin = env.self;
    const readings = this.readNow();
    const seq = this.records.nextSeq(origin);
    this.records.put(origin, { origin, seq, at: env.wallClock(), ageMs: 0, readings });
    wiring.onChange({ kind: "record", peer: origin });
  }

  speak(summary: GroupSummary): void {
    this.summaries.put(summary.group, summary);
  }

  summaryOf(head: Pick<GroupSummary, "dead" | "group" | "live" | "seq" | "suspect">): GroupSummary {
    const records = this.records.all();
    let bytes = 0;
    // The others would refuse the whole of a summary that is too long.
    const fits = (size: number): boolean => {
      if (!this.isSmall(bytes + size)) return false;
      bytes += size;
      return true;
    };
    const all = summarize(records.map(({ readings }) => readings));
    const sensors = all.filter((one) => fits(readingsBytes([one])));
    const made = this.wiring.partials(records);
    const partials = made.filter((one) => fits(partialBytes(one)));
    const cut = all.length - sensors.length + made.length - partials.length;
    if (cut > 0) this.wiring.counters.add("monitor.cut", cut);
    return { ...head, speaker: this.env.self, ageMs: 0, sensors, partials };
  }

  takeRecord(record: SensorRecord): void {
    const { counters } = this.wiring;
    counters.add("monitor.recordsReceived");
    const isSane = areReadings(record.readings) && this.isSmall(readingsBytes(record.readings));
    if (!isSane) return counters.add("monitor.dropped.value");
    if (!this.records.take(record.origin, record)) return;
    this.wiring.onChange({ kind: "record", peer: record.origin });
  }

  takeSummary(summary: GroupSummary): void {
    const { counters } = this.wiring;
    counters.add("monitor.recordsReceived");
    const isSane = summary.sensors.every(isSummary) && this.isSmall(summaryBytes(summary));
    if (!isSane) return counters.add("monitor.dropped.value");
    if (!this.summaries.take(summary.group, summary)) return;
    this.wiring.onChange({ kind: "summary", group: summary.group });
  }

  /** A former life of this node was stamped later: what it says now counts for more. */
  outdo(record: SensorRecord): void {
    const own = this.records.get(this.env.self);
    const isLater = own !== undefined && record.seq > own.seq;
    if (!isLater || !this.records.take(record.origin, record)) return;
    const seq = this.records.nextSeq(record.origin);
    this.records.put(record.origin, { ...own, seq });
  }

  /** What the sender of a message has not, as much as one message holds. */
  lackedBy(
    message: GossipMessage,
    company: "mates" | "strangers",
  ): { readonly records: SensorRecord[]; readonly summaries: GroupSummary[] } {
    let leftBytes = this.options.recordsMaxBytes;
    const fits = (bytes: number): boolean => {
      if (bytes > leftBytes) return false;
      leftBytes -= bytes;
      return true;
    };
    const groups = new Map(message.groups.map(({ group, seq }) => [group, seq]));
    const summaries = this.summaries.lackedBy(groups, (one) => fits(summaryBytes(one)));
    if (company === "strangers") return { records: [], summaries };
    const peers = new Map(message.members.map(({ peer, seq }) => [peer, seq]));
    const records = this.records.lackedBy(peers, ({ readings }) => fits(readingsBytes(readings)));
    return { records, summaries };
  }

  /** What is too old, or of members and groups that are no more in sight. */
  expire(members: Sight<PeerId>, groups: Sight<string>): void {
    this.records.expire((peer) => members.has(peer));
    this.summaries.expire((group) => groups.has(group));
  }

  private readNow(): SensorReading[] {
    const { counters } = this.wiring;
    const readings: SensorReading[] = [];
    let bytes = 0;
    for (const reading of this.wiring.sample().slice(0, this.options.sensorsMaxCount)) {
      const size = readingsBytes([reading]);
      if (!isReading(reading) || !this.isSmall(bytes + size)) {
        counters.add("monitor.input.refused");
      } else {
        bytes += size;
        readings.push(reading);
      }
    }
    return readings;
  }

  private isSmall(bytes: number): boolean {
    return bytes <= this.options.recordMaxBytes;
  }
}

function summaryBytes({ partials, sensors }: GroupSummary): number {
  return partials.reduce((sum, one) => sum + partialBytes(one), readingsBytes(sensors));
}

function partialBytes({ bytes, name }: GroupPartial): number {
  return bytes.length + name.length;
}
