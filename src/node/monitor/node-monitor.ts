import { HearsayError } from "../../core/errors.ts";
import { peerId } from "../../core/peer.ts";
import { AlertBook, type AlertEvent } from "../../data/monitor/alert-book.ts";
import type { MonitorChange } from "../../data/monitor/monitor.contract.ts";
import type { MonitorOptions } from "../../data/monitor/monitor.options.ts";
import type { Monitor } from "../../data/monitor/monitor.ts";
import type { Members, SubscribeOptions, Subscription } from "../api.ts";
import { callListener } from "../call-listener.ts";
import { Readers } from "../faces/readers.ts";
import type { NodePorts } from "../node-ports.ts";
import type { MonitorHooks } from "../stack/monitor-layer.ts";
import { checkAlertRule } from "./alert-rule.ts";
import { GroupPartials } from "./group-partials.ts";
import type {
  ActiveAlert,
  AlertNotice,
  AlertRule,
  AlertSeen,
  MonitorEvent,
  MonitoredGroup,
  MonitoredMember,
  MonitorSnapshot,
  NodeMonitorApi,
  ReadingsAggregate,
  ReadingsAggregateFace,
  Sensor,
  SensorAggregate,
  Suspects,
} from "./monitor.api.ts";
import { aggregatePictures, groupPictures, memberPictures, suspectPictures } from "./pictures.ts";
import { SensorBook } from "./sensor-book.ts";

export interface NodeMonitorParts {
  readonly name: string;
  readonly ports: NodePorts;
  readonly options: MonitorOptions;
  readonly members: () => Members;
  /** Whether it never takes part. */
  readonly isOff: boolean;
  /** Those that the user chose, or all; made when the node first takes part. */
  readonly builtIn: () => readonly Sensor[];
  /** In a step. */
  openLayer(hooks: MonitorHooks): Monitor;
}

/** `node.monitor`. */
export class NodeMonitor implements NodeMonitorApi {
  private readonly parts: NodeMonitorParts;
  private readonly sensors: SensorBook;
  private readonly partials: GroupPartials;
  private readonly alertBook: AlertBook;
  private readonly alertListeners = new Map<string, (notice: AlertNotice) => void>();
  private readonly listeners = new Set<(event: MonitorEvent) => void>();
  private readonly readers: Readers<MonitorEvent>;
  private monitor: Monitor | undefined;
  /** What rules are held against, all of them. */
  private ofEpoch: readonly SensorAggregate[] = [];

  constructor(parts: NodeMonitorParts) {
    const { name, options, ports } = parts;
    this.parts = parts;
    this.readers = new Readers(() => ports.onDropped());
    const told = {
      count: (counted: string) => ports.count(counted),
      onCallbackError: (where: string, error: unknown) => ports.onCallbackError(where, error),
    };
    this.sensors = new SensorBook({ ...told, maxCount: options.sensorsMaxCount });
    const summaries = () => this.running.summaries();
    this.partials = new GroupPartials({ ...told, summaries });
    this.alertBook = new AlertBook({
      self: peerId(name),
      options,
      living: () => this.running.living(),
      onAlert: (event) => this.onAlert(event),
    });
  }

  /** From now on this node takes part. Called again it does nothing. */
  open(): Monitor {
    if (this.monitor !== undefined) return this.monitor;
    const { parts } = this;
    const { ports } = parts;
    if (parts.isOff) {
      const fix = 'start it without monitor: "off" (an agent: without --monitor off)';
      throw new HearsayError("MONITOR_OFF", `This node takes no part in monitoring; ${fix}.`);
    }
    ports.checkRunning();
    for (const sensor of parts.builtIn()) this.sensors.add(sensor);
    this.monitor = ports.step(() =>
      parts.openLayer({
        sample: () => this.sensors.sample(),
        partials: (records) => this.partials.of(records),
        onChange: (change) => this.tellAfterStep(eventOf(change)),
        onEpoch: (epoch) => this.onEpoch(epoch),
        alertMarks: () => this.alertBook.marks(),
        onAlertMark: (mark) => this.alertBook.onMark(mark),
      }),
    );
    return this.monitor;
  }

  register(sensor: Sensor): () => void {
    this.openRunning();
    return this.sensors.add(sensor);
  }

  members(): MonitoredMember[] {
    return memberPictures(this.running, this.parts.members());
  }

  groups(): MonitoredGroup[] {
    return groupPictures(this.running);
  }

  aggregates(): SensorAggregate[] {
    return aggregatePictures(this.running);
  }

  suspects(): Suspects {
    return suspectPictures(this.running);
  }

  define<V, R = V>(name: string, aggregate: ReadingsAggregate<V, R>): ReadingsAggregateFace<R> {
    this.openRunning();
    return this.partials.define(name, aggregate);
  }

  alert(rule: AlertRule, listener?: (notice: AlertNotice) => void): () => void {
    this.openRunning();
    const checked = checkAlertRule(rule);
    const { name } = rule;
    if (this.alertBook.has(name)) {
      const fix = "give it another name, or end the first one";
      throw new HearsayError("CONFIG_OPTION", `there is an alert ${JSON.stringify(name)}; ${fix}.`);
    }
    const { alertsMaxCount } = this.parts.options;
    if (this.alertBook.size >= alertsMaxCount) {
      const fix = "raise monitor.alertsMaxCount";
      throw new HearsayError("STORE_FULL", `a node has at most ${alertsMaxCount} alerts; ${fix}.`);
    }
    this.alertBook.add(checked, () => this.valueOf(rule));
    if (listener !== undefined) this.alertListeners.set(name, listener);
    return () => {
      this.alertBook.remove(name);
      this.alertListeners.delete(name);
    };
  }

  alerts(): ActiveAlert[] {
    return this.alertBook.active().map(({ firedBy, id, rule }) => {
      return { rule, id, firedBy: firedBy === undefined ? undefined : String(firedBy) };
    });
  }

  snapshot(): MonitorSnapshot {
    const { groupId: group } = this.running;
    return {
      node: this.parts.name,
      group,
      members: this.members(),
      groups: this.groups(),
      aggregates: this.aggregates(),
      suspects: this.suspects(),
      alerts: this.alerts(),
    };
  }

  changes(options: SubscribeOptions = {}): Subscription<MonitorEvent> {
    this.openRunning();
    return this.readers.open(options);
  }

  on(listener: (event: MonitorEvent) => void): () => void {
    this.openRunning();
    // A wrapper of its own, so that one function may listen twice.
    const own = (event: MonitorEvent): void => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  /** Of this node, once it takes part. */
  metrics(): Readonly<Record<string, number>> {
    if (this.monitor === undefined) return {};
    const { groups, members } = this.monitor.matrix();
    return {
      "monitor.sensors": this.sensors.size,
      "monitor.members": this.monitor.members().length,
      "monitor.groups": this.monitor.groups().length,
      "monitor.suspicions": members.length + groups.length,
      "monitor.alerts": this.alertBook.active().length,
    };
  }

  close(): void {
    this.readers.close();
    this.listeners.clear();
    this.alertListeners.clear();
  }

  /** Of a node that has stopped one can read what was known, and no more. */
  private openRunning(): void {
    this.parts.ports.checkRunning();
    this.open();
  }

  private get running(): Monitor {
    return this.open();
  }

  private valueOf({ of = "avg", sensor }: AlertRule): number | undefined {
    const found = this.ofEpoch.find(({ name }) => name === sensor);
    if (found === undefined) return undefined;
    if (of === "p50" || of === "p95" || of === "p99") return found.quantiles?.[of];
    return found[of];
  }

  private onEpoch(epoch: number): void {
    if (this.alertBook.size === 0) return;
    this.ofEpoch = this.aggregates();
    const before = this.alerts();
    this.alertBook.onEpoch(epoch);
    const after = this.alerts();
    this.tellSeen("cleared", before, after);
    this.tellSeen("raised", after, before);
  }

  /** In a step. */
  private onAlert(event: AlertEvent): void {
    const notice = { kind: "alert", ...event, firedBy: String(event.firedBy) } as const;
    this.parts.ports.count(`monitor.alerts.${event.state}`);
    this.tellAfterStep(notice);
    const listener = this.alertListeners.get(event.rule);
    if (listener === undefined) return;
    this.parts.ports.afterStep(() => {
      callListener(listener, notice, (error) =>
        this.parts.ports.onCallbackError("a listener of alerts", error),
      );
    });
  }

  /** Those of `ones` whose rule is not among `others`: an occurrence may take another's id. */
  private tellSeen(
    state: AlertSeen["state"],
    ones: readonly ActiveAlert[],
    others: readonly ActiveAlert[],
  ): void {
    for (const one of ones) {
      if (others.some(({ rule }) => rule === one.rule)) continue;
      this.tellAfterStep({ kind: "alertSeen", state, ...one });
    }
  }

  private tellAfterStep(event: MonitorEvent): void {
    if (this.listeners.size === 0 && this.readers.size === 0) return;
    this.parts.ports.afterStep(() => {
      this.readers.push(event);
      for (const listener of [...this.listeners]) {
        callListener(listener, event, (error) =>
          this.parts.ports.onCallbackError("a listener of the monitor", error),
        );
      }
    });
  }
}

function eventOf(change: MonitorChange): MonitorEvent {
  switch (change.kind) {
    case "member": {
      const { group, kind, peer, verdict } = change;
      return { kind, member: String(peer), group, verdict };
    }
    case "record":
      return { kind: "readings", member: String(change.peer) };
    default:
      return change;
  }
}
