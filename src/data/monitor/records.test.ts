import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { GroupLayout } from "./grouping.ts";
import type { MonitorChange, MonitorCount } from "./monitor.contract.ts";
import type { GossipMessage, SensorReading, SensorRecord } from "./monitor.messages.ts";
import { monitorOptions } from "./monitor.options.ts";
import { decodeMonitor, encodeMonitor } from "./monitor.wire.ts";
import { MonitorRecords } from "./monitor-records.ts";
import { isReading } from "./readings.ts";
import { histogramQuantile, mergeSummaries, summarize } from "./summaries.ts";

const self = peerId("a");
const b = peerId("b");
const gauge = (name: string, value: number): SensorReading => {
  return { name, unit: "", kind: "gauge", value };
};

function rig(readings: readonly SensorReading[] = [gauge("load", 1)]) {
  const clock = { nowMs: 0 };
  const counts = new Map<MonitorCount, number>();
  const changes: MonitorChange[] = [];
  const layout = new GroupLayout([{ peer: self, bucket: "" }], monitorOptions());
  const env = {
    self,
    random: new Random(1),
    now: () => clock.nowMs,
    wallClock: () => 1_000_000 + clock.nowMs,
    send: () => {},
    setTimer: () => 0 as never,
    clearTimer: () => {},
  };
  const records = new MonitorRecords(
    env,
    {
      roster: { version: 1, layout: () => layout, hasLeft: () => false },
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
      sample: () => readings,
      partials: () => [],
      onChange: (change) => changes.push(change),
      onEpoch: () => {},
      alertMarks: () => [],
      onAlertMark: () => {},
    },
    monitorOptions({ recordMaxBytes: 4_000 }),
  );
  return { records, clock, counts, changes };
}
const hugeBuckets = { bounds: [1], counts: [Number.MAX_SAFE_INTEGER, 1], sum: Number.MAX_VALUE };
const all = { has: () => true };
const recordOf = (seq: number, given: Partial<SensorRecord> = {}): SensorRecord => {
  return { origin: b, seq, at: 0, ageMs: 0, readings: [gauge("load", seq)], ...given };
};

describe("records of sensors", () => {
  it("count when they are newer, age with all who held them, and expire", () => {
    const { changes, clock, records } = rig();
    records.takeRecord(recordOf(5, { ageMs: 4_000 }));
    records.takeRecord(recordOf(4));
    records.takeRecord(recordOf(5));
    expect(changes).toEqual([{ kind: "record", peer: b }]);
    clock.nowMs = 10_000;
    expect(records.records.get(b)?.ageMs).toBe(14_000);
    records.expire(all, all);
    expect(records.records.seqOf(b)).toBe(5);
    clock.nowMs = 11_001;
    records.expire(all, all);
    expect(records.records.all()).toEqual([]);
    records.takeRecord(recordOf(6, { ageMs: 15_001 }));
    expect(records.records.all()).toEqual([]);
  });

  it("are refused when they are absurd, and told why", () => {
    const { counts, records } = rig();
    records.takeRecord(recordOf(1, { readings: [gauge("load", Number.NaN)] }));
    records.takeRecord(recordOf(1, { readings: [gauge("", 1)] }));
    records.takeRecord(recordOf(1, { readings: Array(65).fill(gauge("x", 1)) }));
    records.takeRecord(recordOf(9e15));
    const sensors = [
      { name: "x", unit: "", kind: "gauge", count: 1, sum: 1, min: 2, max: 1 } as const,
    ];
    const head = { group: "g", seq: 1, speaker: b, ageMs: 0, live: 1, suspect: 0, dead: 0 };
    records.takeSummary({ ...head, sensors, partials: [] });
    const partials = [{ name: "big", bytes: new Uint8Array(5_000) }];
    records.takeSummary({ ...head, sensors: [], partials });
    expect(counts.get("monitor.dropped.value")).toBe(5);
    expect(counts.get("monitor.dropped.ahead")).toBe(1);
    expect([records.records.all(), records.summaries.all()]).toEqual([[], []]);
  });

  it("of a former life are outdone, and cut when a node has too much to say", () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      gauge(`sensor ${index} ${"x".repeat(60)}`, 1),
    );
    const { counts, records } = rig(many);
    records.sample();
    expect(records.records.get(self)?.readings.length).toBeLessThan(60);
    expect(counts.get("monitor.input.refused")).toBeGreaterThan(0);
    records.outdo(recordOf(2_000_000, { origin: self }));
    const own = records.records.get(self);
    expect([own?.seq, own?.readings.length]).toEqual([2_000_001, 36]);
  });

  it("come to a summary that others take, however much there is", () => {
    const { counts, records } = rig();
    const greatest = [
      gauge("limit", Number.MAX_VALUE),
      { ...gauge("seen", 0), kind: "histogram", value: hugeBuckets } as const,
    ];
    const long = Array.from({ length: 30 }, (_, index) => gauge(`${index}${"x".repeat(99)}`, 1));
    for (const name of ["b", "c"]) {
      const readings = [...greatest, ...long.map((one) => ({ ...one, name: one.name + name }))];
      records.takeRecord(recordOf(1, { origin: peerId(name), readings: readings.slice(0, 25) }));
    }
    const summary = records.summaryOf({ group: "g", seq: 1, live: 2, suspect: 0, dead: 0 });
    expect(counts.get("monitor.cut")).toBeGreaterThan(0);
    const message = { kind: "records", group: "g", records: [], summaries: [summary] } as const;
    expect(decodeMonitor(encodeMonitor(message))).toEqual(message);
    records.takeSummary(summary);
    expect(counts.get("monitor.dropped.value")).toBeUndefined();
    expect(records.summaries.all()).toHaveLength(1);
  });

  it("are handed to who lacks them, as many as a message holds", () => {
    const { records } = rig();
    records.takeRecord(recordOf(5));
    records.sample();
    const message: GossipMessage = {
      kind: "ask",
      group: "all",
      members: [{ peer: b, heartbeat: 1, seq: 4 }],
      memberRows: [],
      groups: [],
      groupRows: [],
      alerts: [],
      records: [],
      summaries: [],
    };
    expect(records.lackedBy(message, "mates").records).toMatchObject([{ seq: 5 }]);
    expect(records.lackedBy(message, "strangers").records).toEqual([]);
  });
});

describe("what sensors come to", () => {
  const histogram = (counts: readonly number[], bounds = [1, 2]): SensorReading => {
    return { name: "l", unit: "s", kind: "histogram", value: { bounds, counts, sum: 4 } };
  };

  it("is the same whether nodes are added up at once or by groups", () => {
    const random = new Random("groups");
    const nodes = Array.from({ length: 40 }, () => [
      gauge("load", random.below(1_000)),
      histogram([random.below(9), random.below(9), 1]),
    ]);
    const halves = [summarize(nodes.slice(0, 13)), summarize(nodes.slice(13))];
    const [load, latency] = [summarize(nodes)[1], summarize(nodes)[0]];
    expect(mergeSummaries(halves.flat())).toEqual([latency, load]);
    expect(load?.count).toBe(40);
  });

  it("leaves out buckets that differ, and readings of one name and another unit", () => {
    expect(summarize([[histogram([1, 2, 3])], [histogram([1, 1], [1])]])[0]).toMatchObject({
      count: 2,
      histogram: undefined,
    });
    const other = { ...gauge("load", 7), unit: "bytes" };
    expect(summarize([[gauge("load", 1)], [other]])).toMatchObject([{ count: 1, sum: 1 }]);
  });

  it("has quantiles at the ends of buckets", () => {
    const reading = { bounds: [1, 2], counts: [50, 49, 1], sum: 0 };
    const quantiles = [0, 0.5, 0.51, 0.99, 1].map((ratio) => histogramQuantile(reading, ratio));
    expect(quantiles).toEqual([1, 1, 2, 2, Number.POSITIVE_INFINITY]);
    expect(histogramQuantile({ bounds: [], counts: [0], sum: 0 }, 0.5)).toBeUndefined();
  });

  it("is only of what a sensor can say", () => {
    const bad = [
      histogram([1, 2]),
      histogram([1, 2, -1]),
      histogram([1, 2, 0.5]),
      histogram([1, 2, 3], [2, 1]),
      gauge("x".repeat(200), 1),
      gauge("x", Number.POSITIVE_INFINITY),
    ];
    expect(bad.map(isReading)).toEqual(bad.map(() => false));
    expect(isReading(histogram([1, 2, 3]))).toBe(true);
  });
});
