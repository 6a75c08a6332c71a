import { expect, test } from "vitest";
import type { MonitorSnapshot } from "../../node/api.ts";
import { emptySnapshot } from "../fake-monitor.ts";
import { FakeNode } from "../fake-node.ts";
import { gaugeName, sensorName } from "./metric-names.ts";
import { metricsPage } from "./metrics-page.ts";

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: { readonly name: string; readonly labels: string; readonly value: number }[];
}

const SAMPLE = /^([a-z_][a-z0-9_]*)(\{[^}]*\})? (-?[0-9.e+-]+|[+-]Inf|NaN)$/;
const LABELS = /^\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\}$/;

/** The text format, read strictly: what does not fit throws. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  let help = "";
  let current = "";
  for (const line of text.split("\n").filter((one) => one !== "")) {
    if (line.startsWith("# HELP ")) help = line.slice(7);
    else if (line.startsWith("# TYPE ")) {
      const [name = "", type = ""] = line.slice(7).split(" ");
      if (!help.startsWith(`${name} `) || families.has(name)) throw new Error(`twice: ${line}`);
      families.set(name, { type, help: help.slice(name.length + 1), samples: [] });
      current = name;
    } else {
      const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
      if (name === "" || !name.startsWith(current)) throw new Error(`no sample: ${line}`);
      if (labels !== "" && !LABELS.test(labels)) throw new Error(`no labels: ${line}`);
      families.get(current)?.samples.push({ name, labels, value: Number(value) });
    }
  }
  return families;
}

/** What promtool's linter asks of names, types and helps. */
function lint(families: ReadonlyMap<string, Family>): string[] {
  const problems: string[] = [];
  for (const [name, { help, samples, type }] of families) {
    const isCounter = type === "counter";
    if (!/^hearsay_[a-z0-9_]+$/.test(name)) problems.push(`${name}: name`);
    if (name.includes("__") || name.startsWith("hearsay_hearsay")) problems.push(`${name}: parts`);
    if (isCounter !== name.endsWith("_total")) problems.push(`${name}: _total is of counters`);
    if (/_(ms|milliseconds|kilobytes|percent|count|sum|bucket)$/.test(name)) {
      problems.push(`${name}: base units, and no endings of histograms`);
    }
    if (help.length < 10) problems.push(`${name}: help`);
    if (samples.length === 0) problems.push(`${name}: no samples`);
    const series = new Set(samples.map((sample) => `${sample.name}${sample.labels}`));
    if (series.size !== samples.length) problems.push(`${name}: a series twice`);
  }
  return problems;
}

const own: MonitorSnapshot["members"][number] = {
  ...{ name: "p1", address: "127.0.0.1:1", status: "alive", group: "all", verdict: "live" },
  ...{ ageRounds: 0, rttMs: undefined, readingsAgeMs: 0 },
  readings: [
    { name: "load", unit: "", kind: "gauge", value: 0.5 },
    { name: "netSent", unit: "bytes", kind: "counter", value: 12 },
    { name: "Queue läuft!", unit: "", kind: "gauge", value: 3 },
    { name: "queue l uft", unit: "", kind: "gauge", value: 4 },
    {
      name: "latency",
      unit: "seconds",
      kind: "histogram",
      value: { bounds: [0.1, 1], counts: [3, 0, 2], sum: 9.5 },
    },
  ],
};

function fakeWith(snapshot: Partial<MonitorSnapshot>): FakeNode {
  const fake = new FakeNode("p1");
  fake.monitorSnapshot = { ...emptySnapshot, members: [own], ...snapshot };
  return fake;
}
const pageOf = async (fake: FakeNode) => {
  const text = await metricsPage({ node: fake.node, version: "0.1.0", watchClientsCount: 1 });
  return { text, families: parse(text) };
};

test("the page is Prometheus' text, and its names are as Prometheus wants them", async () => {
  const quantiles = { p50: 0.1, p95: 1, p99: Number.POSITIVE_INFINITY };
  const numbers = { count: 2, sum: 3, avg: 1.5, min: 1, max: 2, quantiles };
  const aggregate = { name: "latency", unit: "seconds", kind: "histogram", ...numbers } as const;
  const { families, text } = await pageOf(
    fakeWith({ aggregates: [aggregate], alerts: [{ rule: 'a "b"\n', id: "x@1", firedBy: "p1" }] }),
  );
  expect(lint(families)).toEqual([]);
  expect(text).toContain('hearsay_members{status="alive"} 1');
  expect(text).toContain('hearsay_events_total{protocol="node",event="probesCount"} 3');
  expect(text).toContain("hearsay_node_net_sent_bytes_total 12");
  expect(text).toContain('hearsay_cluster_latency_seconds{statistic="p99"} +Inf');
  expect(text).toContain('hearsay_monitor_alert_active{rule="a \\"b\\"\\n"} 1');
  expect(families.get("hearsay_node_latency_seconds")).toMatchObject({
    type: "histogram",
    samples: [
      { name: "hearsay_node_latency_seconds_bucket", labels: '{le="0.1"}', value: 3 },
      { name: "hearsay_node_latency_seconds_bucket", labels: '{le="1"}', value: 3 },
      { name: "hearsay_node_latency_seconds_bucket", labels: '{le="+Inf"}', value: 5 },
      { name: "hearsay_node_latency_seconds_sum", value: 9.5 },
      { name: "hearsay_node_latency_seconds_count", value: 5 },
    ],
  });
  // Two names of users that are one to Prometheus: the first one counts, and it is told.
  expect(text).toContain("hearsay_node_queue_l_uft 3");
  expect(families.get("hearsay_metrics_left_out")?.samples[0]?.value).toBe(1);
});

test("names of users' sensors neither repeat an ending nor clash with a histogram's", async () => {
  const value = { bounds: [1], counts: [1, 2], sum: 3 };
  const readings = [
    { name: "jobs_total", unit: "", kind: "counter", value: 5 },
    { name: "lag", unit: "seconds", kind: "histogram", value },
    { name: "lag_seconds_count", unit: "", kind: "gauge", value: 1 },
    { name: "очередь", unit: "bytes", kind: "gauge", value: 1 },
  ] as const;
  const { families, text } = await pageOf(fakeWith({ members: [{ ...own, readings }] }));
  expect(lint(families)).toEqual([]);
  expect(text).toContain("hearsay_node_jobs_total 5");
  expect(text).toContain("hearsay_node_lag_seconds_count 3");
  expect(families.has("hearsay_node_bytes")).toBe(false);
  expect(families.get("hearsay_metrics_left_out")?.samples[0]?.value).toBe(2);
});

test("it has no more series than a bound, however many sensors there are", async () => {
  const aggregates = Array.from({ length: 3_000 }, (_, index) => ({
    ...{ name: `sensor${index}`, unit: "", kind: "gauge", count: 1, sum: 1, avg: 1 },
    ...{ min: 1, max: 1 },
  })) as MonitorSnapshot["aggregates"];
  const { families } = await pageOf(fakeWith({ aggregates }));
  expect(families.size).toBeLessThan(1_030);
  expect(families.get("hearsay_metrics_left_out")?.samples[0]?.value).toBeGreaterThan(1_900);
});

test("bytes and messages are told by transport, protocol and kind of message", async () => {
  const fake = fakeWith({});
  fake.counts = {
    "host.bytesSent": 700,
    "host.streamBytesReceived": 40,
    "traffic.packets.swim.ping.sentBytes": 300,
    "traffic.packets.swim.ping.sentMessages": 6,
    "traffic.packets.envelope.sentBytes": 400,
    "traffic.links.plumtree.sentBytes": 9_000,
    "traffic.links.plumtree.receivedMessages": 3,
    "traffic.saved.receivedBytes": 12,
  };
  const { families, text } = await pageOf(fake);
  expect(lint(families)).toEqual([]);
  const lines = text.split("\n").filter((line) => /^hearsay_(protocol|network|compr)/.test(line));
  const sent = "hearsay_protocol_sent_bytes_total";
  expect(lines.sort()).toEqual([
    'hearsay_compression_saved_bytes_total{direction="received"} 12',
    'hearsay_network_bytes_total{transport="packets",direction="sent"} 700',
    'hearsay_network_bytes_total{transport="streams",direction="received"} 40',
    "hearsay_protocol_received_messages_total" +
      '{transport="links",protocol="plumtree",message=""} 3',
    `${sent}{transport="links",protocol="plumtree",message=""} 9000`,
    `${sent}{transport="packets",protocol="envelope",message=""} 400`,
    `${sent}{transport="packets",protocol="swim",message="ping"} 300`,
    "hearsay_protocol_sent_messages_total" +
      '{transport="packets",protocol="swim",message="ping"} 6',
  ]);
  expect(text).not.toContain("traffic");
});

test("units become those that Prometheus counts in", () => {
  expect(gaugeName("health.loopDelayP99Ms")).toEqual({
    name: "health_loop_delay_p99_seconds",
    factor: 0.001,
  });
  expect([sensorName("memory", "bytes"), sensorName("sent bytes", "bytes")]).toEqual([
    "memory_bytes",
    "sent_bytes",
  ]);
});
