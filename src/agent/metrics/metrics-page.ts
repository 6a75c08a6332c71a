/** What `GET /metrics` answers, by prom-client; loaded when it is first asked for. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { HearsayError } from "../../core/errors.ts";
import type {
  HearsayNode,
  HistogramReading,
  MonitorSnapshot,
  Reading,
  SensorAggregate,
} from "../../node/api.ts";
import { gaugeName, protocolOf, sensorName, snakeCase } from "./metric-names.ts";
import { isTraffic, type Sample, trafficFamilies } from "./traffic-samples.ts";

/** Users' sensors and aggregates; more are left out, and counted. [because: one series each] */
const NAMED_MAX_COUNT = 256;
const HISTOGRAM_ENDINGS = ["", "_bucket", "_sum", "_count"] as const;
const STATISTICS = ["avg", "min", "max", "sum", "count"] as const;
const VERDICTS = ["live", "suspect", "dead", "unheard"] as const;
const transports: Readonly<Record<string, string>> = {
  b: "packets",
  connectionB: "links",
  streamB: "streams",
};
const STATUSES = ["alive", "suspect", "leaving", "left", "failed"] as const;

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

export interface MetricsSubject {
  readonly node: HearsayNode;
  readonly version: string;
  readonly watchClientsCount: number;
}

/** Prometheus' text. All numbers are copied at each scrape: what counts them stays free of it. */
export function metricsPage(subject: MetricsSubject): Promise<string> {
  return new MetricsPage().write(subject);
}

/** undefined of a node that takes no part in monitoring. */
function snapshotOf(node: HearsayNode): MonitorSnapshot | undefined {
  try {
    return node.monitor.snapshot();
  } catch (error) {
    if (error instanceof HearsayError && error.code === "MONITOR_OFF") return undefined;
    throw error;
  }
}

class MetricsPage {
  private readonly registry = new Registry();
  private readonly names = new Set<string>();
  private leftOut = 0;

  async write({ node, version, watchClientsCount }: MetricsSubject): Promise<string> {
    this.gauge("build_info", "Version of this agent; always 1", [[{ version }, 1]]);
    this.gauge("watch_clients", "Streams of notices that are open", [[{}, watchClientsCount]]);
    this.writeMembers(node);
    this.writeCounts(node);
    this.writeState(node);
    const snapshot = snapshotOf(node);
    if (snapshot !== undefined) this.writeSnapshot(node, snapshot);
    this.names.clear();
    const what = "Sensors and aggregates without a place on this page: too many, or of one name";
    this.gauge("metrics_left_out", what, [[{}, this.leftOut]]);
    return this.registry.metrics();
  }

  private writeSnapshot(node: HearsayNode, snapshot: MonitorSnapshot): void {
    this.writeMonitor(snapshot);
    const own = snapshot.members.find(({ name }) => name === node.name);
    for (const reading of own?.readings ?? []) this.writeReading(reading);
    for (const aggregate of snapshot.aggregates) this.writeAggregate(aggregate);
  }

  private writeMembers(node: HearsayNode): void {
    const counts = new Map<string, number>(STATUSES.map((status) => [status, 0]));
    for (const { status } of node.members) counts.set(status, (counts.get(status) ?? 0) + 1);
    this.gauge("members", "Members by status, as this node sees them", labelled("status", counts));
  }

  /** Bytes by where they went and what they were; all else by protocol, drops by reason. */
  private writeCounts(node: HearsayNode): void {
    const bytes: Sample[] = [];
    const events: Sample[] = [];
    const drops: Sample[] = [];
    const counts = node.counts();
    for (const [name, value] of Object.entries(counts)) {
      if (isTraffic(name)) continue;
      const [protocol, event] = protocolOf(name);
      const traffic = /^(b|connectionB|streamB)ytes(Sent|Received)$/.exec(event);
      const drop = /^drop(?:ped)?[.](.+)$/.exec(event);
      if (protocol === "host" && traffic !== null) {
        const transport = transports[traffic[1] ?? ""] ?? "";
        bytes.push([{ transport, direction: (traffic[2] ?? "").toLowerCase() }, value]);
      } else if (drop?.[1] !== undefined) drops.push([{ protocol, reason: drop[1] }, value]);
      else events.push([{ protocol, event }, value]);
    }
    const ways = "Bytes of packets, of streams with one message each way, and of links";
    this.counter("network_bytes_total", ways, bytes);
    for (const { help, name, samples } of trafficFamilies(counts)) {
      this.counter(name, help, samples);
    }
    this.counter("dropped_total", "Messages and events that were dropped, by reason", drops);
    this.counter("events_total", "What protocols did, and how often", events);
  }

  /** What goes up and down; aggregates, whose names are users', by label. */
  private writeState(node: HearsayNode): void {
    const counts = node.counts();
    const values: Sample[] = [];
    for (const [name, value] of Object.entries(node.metrics())) {
      if (Object.hasOwn(counts, name) || name.startsWith("monitor.")) continue;
      const aggregate = /^aggregate[.]value[.](.+)[.](\w+)$/.exec(name);
      if (aggregate !== null) {
        const [, given = "", statistic = ""] = aggregate;
        if (values.length < NAMED_MAX_COUNT) values.push([{ name: given, statistic }, value]);
        else this.leftOut += 1;
        continue;
      }
      const { factor, name: gauge } = gaugeName(name);
      const help = `${name} of this node; see docs/monitoring.md`;
      this.gauge(gauge, help, [[{}, value * factor]]);
    }
    if (values.length > 0) this.gauge("aggregate", "Estimates of what all nodes come to", values);
  }

  private writeMonitor({ alerts, groups, members, suspects }: MonitorSnapshot): void {
    const verdicts = (all: readonly { readonly verdict: string | undefined }[]): Sample[] => {
      const counts = new Map<string, number>(VERDICTS.map((verdict) => [verdict, 0]));
      for (const { verdict } of all) {
        if (verdict !== undefined) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      }
      return labelled("verdict", counts);
    };
    const whose = "by the verdict of monitors";
    this.gauge("monitor_members", `Members of this node's group, ${whose}`, verdicts(members));
    this.gauge("monitor_groups", `Groups of the cluster, ${whose}`, verdicts(groups));
    const suspicions = suspects.members.length + suspects.groups.length;
    const observers = "Members and groups that suspect somebody";
    this.gauge("monitor_suspicious_observers", observers, [[{}, suspicions]]);
    const active = alerts.map(({ rule }): Sample => [{ rule }, 1]);
    this.gauge("monitor_alert_active", "Alerts that are on; always 1", active);
  }

  private writeReading({ kind, name, unit, value }: Reading): void {
    const plain = sensorName(name, unit);
    const metric = plain && `node_${plain}`;
    const help = `Sensor ${name} of this node`;
    if (typeof value !== "number") this.histogram(metric, help, value);
    else if (kind === "counter") {
      this.counter(metric && `${metric.replace(/_total$/, "")}_total`, help, [[{}, value]]);
    } else this.gauge(metric, help, [[{}, value]]);
  }

  private writeAggregate(aggregate: SensorAggregate): void {
    const { name, quantiles, unit } = aggregate;
    const samples = STATISTICS.map((statistic): Sample => [{ statistic }, aggregate[statistic]]);
    for (const [statistic, value] of Object.entries(quantiles ?? {})) {
      samples.push([{ statistic }, value]);
    }
    const metric = sensorName(name, unit);
    this.gauge(metric && `cluster_${metric}`, `Sensor ${name} over all nodes`, samples);
  }

  private gauge(name: string, help: string, samples: readonly Sample[]): void {
    const metric = samples.length > 0 ? this.take(name, samples) : undefined;
    if (metric === undefined) return;
    const gauge = new Gauge({ ...metric, help, registers: [this.registry] });
    for (const [labels, value] of samples) gauge.set(labels, value);
  }

  private counter(name: string, help: string, samples: readonly Sample[]): void {
    const metric = samples.length > 0 ? this.take(name, samples) : undefined;
    if (metric === undefined) return;
    const counter = new Counter({ ...metric, help, registers: [this.registry] });
    for (const [labels, value] of samples) if (value >= 0) counter.inc(labels, value);
  }

  private histogram(name: string, help: string, reading: HistogramReading): void {
    const metric = this.take(name, [], HISTOGRAM_ENDINGS);
    if (metric === undefined) return;
    this.registry.registerMetric(new ReadHistogram(metric.name, help, reading));
  }

  /**
   * A name is used once: two of a user's may be one in Prometheus' alphabet, or none. A histogram
   * has those of its series too.
   */
  private take(
    name: string,
    samples: readonly Sample[],
    endings: readonly string[] = [""],
  ): { readonly name: string; readonly labelNames: string[] } | undefined {
    const full = `hearsay_${snakeCase(name).replace(/^hearsay_/, "")}`;
    const taken = endings.map((ending) => `${full}${ending}`);
    const isTaken = taken.some((one) => this.names.has(one));
    if (name === "" || isTaken || this.names.size >= 4 * NAMED_MAX_COUNT) {
      this.leftOut += 1;
      return undefined;
    }
    for (const one of taken) this.names.add(one);
    return { name: full, labelNames: Object.keys(samples[0]?.[0] ?? {}) };
  }
}

function labelled(label: string, counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([name, count]) => [{ [label]: name }, count]);
}

type ReadBuckets = Awaited<ReturnType<Histogram<"le">["get"]>>;

/** What was observed elsewhere: prom-client's own can only be observed into. */
class ReadHistogram extends Histogram<"le"> {
  private readonly empty: Histogram<"le">;
  private readonly reading: HistogramReading;

  constructor(name: string, help: string, reading: HistogramReading) {
    super({ name, help, registers: [] });
    this.empty = new Histogram({ name, help, registers: [] });
    this.reading = reading;
  }

  override async get(): Promise<ReadBuckets> {
    const base = await this.empty.get();
    const { name } = base;
    const { bounds, counts, sum } = this.reading;
    let seen = 0;
    const buckets = [...bounds, "+Inf"].map((le, index) => {
      seen += counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le }, value: seen };
    });
    const rest = [
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: seen },
    ];
    return { ...base, values: [...buckets, ...rest] };
  }

  /** What the registry asks, where there is such a method. */
  getForPromString(): Promise<ReadBuckets> {
    return this.get();
  }
}
