import { at } from "../../../core/collections/at.ts";
import { type PeerId, peerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import { GroupLayout } from "../../../data/monitor/grouping.ts";
import type {
  MonitorChange,
  MonitorCount,
  Verdict,
} from "../../../data/monitor/monitor.contract.ts";
import type { MonitorMessage } from "../../../data/monitor/monitor.messages.ts";
import { type MonitorOptions, monitorOptions } from "../../../data/monitor/monitor.options.ts";
import { Monitor, type MonitorTimer } from "../../../data/monitor/monitor.ts";
import { decodeMonitor, encodeMonitor } from "../../../data/monitor/monitor.wire.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";

const LATENCY_MS = 5;
const WEIGHED_EACH = 16;

export interface MonitorTownOptions {
  readonly seed: number;
  readonly nodesCount: number;
  readonly lossRatio?: number;
  /** What each node measures; default 1. */
  readonly sensorsCount?: number;
  readonly options?: Readonly<Record<string, number | string>>;
}

/** What a node said of another, or of a group. */
export interface TownVerdict {
  readonly observer: number;
  readonly subject: PeerId | string;
  readonly kind: "member" | "group";
  readonly verdict: Verdict;
  readonly atMs: number;
}

/**
 * Nodes with monitors, and a membership that notices nothing but burials: what is found out here
 * is found out by the monitors alone. All messages go through their codec, and are weighed.
 */
export class MonitorTown {
  readonly simulator: Simulator;
  readonly monitors: Monitor[] = [];
  /** As membership sees the groups now. */
  layout: GroupLayout;
  readonly counts = new Map<MonitorCount, number>();
  readonly verdicts: TownVerdict[] = [];
  readonly options: MonitorOptions;
  private messagesCount = 0;
  private weighedBytes = 0;
  private weighedCount = 0;
  private asksBytes = 0;
  private asksCount = 0;
  private readonly dice: Random;
  private readonly sensorsCount: number;
  private readonly places = new Map<string, readonly PeerId[]>();
  private readonly buried = new Set<PeerId>();
  private readonly roster = {
    version: 1,
    layout: (kept?: GroupLayout): GroupLayout =>
      kept === undefined ? this.layout : this.layoutOf(this.monitors.length, kept),
    hasLeft: () => false,
  };

  constructor(given: MonitorTownOptions) {
    const { lossRatio = 0, nodesCount, options, seed, sensorsCount = 1 } = given;
    this.sensorsCount = sensorsCount;
    this.options = monitorOptions(options);
    this.dice = Random.derive(seed, "loads");
    this.layout = this.layoutOf(nodesCount);
    const latency = { kind: "constant", ms: LATENCY_MS } as const;
    this.simulator = new Simulator({ seed, latency, lossRatio });
    for (let index = 0; index < nodesCount; index += 1) {
      this.simulator.add((host) => this.settle(host));
    }
  }

  get roundMs(): number {
    return this.options.roundIntervalMs;
  }

  runRounds(count: number): void {
    this.simulator.runForMs(count * this.roundMs);
  }

  indexOf(peer: PeerId): number {
    return Number(String(peer).slice(1));
  }

  nodesOf(group: string): SimNode[] {
    return (this.places.get(group) ?? []).map((peer) =>
      at(this.simulator.nodes, this.indexOf(peer)),
    );
  }

  crash(nodes: readonly SimNode[]): void {
    for (const node of nodes) this.simulator.crash(node);
  }

  /** They crash, and membership notices at once: it has them no more among the living. */
  bury(nodes: readonly SimNode[]): void {
    this.crash(nodes);
    for (const { index } of nodes) this.buried.add(peerId(`n${index}`));
    this.layout = this.layoutOf(this.monitors.length);
    this.roster.version += 1;
  }

  living(): Monitor[] {
    return this.monitors.filter((_, index) => at(this.simulator.nodes, index).isAlive);
  }

  /** Who says so, and when: each living node once, for verdicts spread. */
  deathsOf(subject: string): TownVerdict[] {
    const said = new Map<number, TownVerdict>();
    for (const verdict of this.verdicts) {
      const isDeath = verdict.subject === subject && verdict.verdict === "dead";
      const isAlive = at(this.simulator.nodes, verdict.observer).isAlive;
      if (isDeath && isAlive && !said.has(verdict.observer)) said.set(verdict.observer, verdict);
    }
    return [...said.values()];
  }

  /** Deaths of whom the test did not kill. */
  falseDeaths(): TownVerdict[] {
    return this.verdicts.filter(({ kind, subject, verdict }) => {
      if (verdict !== "dead") return false;
      if (kind === "group") return this.nodesOf(String(subject)).some(({ isAlive }) => isAlive);
      return at(this.simulator.nodes, this.indexOf(peerId(subject))).isAlive;
    });
  }

  /** Of a message without records, and of all that a node sends in a round, since the last time. */
  takeTraffic(rounds: number): { readonly messageBytes: number; readonly roundBytes: number } {
    const messageBytes = this.asksBytes / Math.max(1, this.asksCount);
    const meanBytes = this.weighedBytes / Math.max(1, this.weighedCount);
    const roundBytes = (meanBytes * this.messagesCount) / rounds / this.living().length;
    this.messagesCount = 0;
    this.weighedBytes = 0;
    this.weighedCount = 0;
    this.asksBytes = 0;
    this.asksCount = 0;
    return { messageBytes, roundBytes };
  }

  private layoutOf(nodesCount: number, kept?: GroupLayout): GroupLayout {
    const peers = Array.from({ length: nodesCount }, (_, index) => peerId(`n${index}`));
    const members = peers.filter((peer) => !this.buried.has(peer));
    const buckets = members.map((peer) => ({ peer, bucket: "" }));
    const layout = new GroupLayout(buckets, this.options, kept);
    for (const [id, group] of layout.groups) {
      if (!this.places.has(id)) this.places.set(id, group.members);
    }
    return layout;
  }

  private settle(host: SimNode): void {
    const { index } = host;
    const self = peerId(`n${index}`);
    host.mountDirect<MonitorMessage, MonitorTimer, TownPort>("monitor", (env) => {
      const monitor = new Monitor(
        {
          self,
          random: env.random,
          now: () => env.now(),
          wallClock: () => env.wallClock(),
          setTimer: (timer, delayMs) => env.setTimer(timer, delayMs),
          clearTimer: (id) => env.clearTimer(id),
          send: (to, message) => env.send(peerId(this.indexOf(to)), this.weigh(message)),
        },
        this.wiringOf(index),
        this.options,
      );
      this.monitors[index] = monitor;
      monitor.start();
      return new TownPort(monitor);
    });
  }

  /** One message in some stands for them all: to encode them takes longer than all else. */
  private weigh(message: MonitorMessage): MonitorMessage {
    this.messagesCount += 1;
    if (this.messagesCount % WEIGHED_EACH !== 0) return message;
    const bytes = encodeMonitor(message);
    this.weighedBytes += bytes.length;
    this.weighedCount += 1;
    if (message.kind === "ask") {
      this.asksBytes += bytes.length;
      this.asksCount += 1;
    }
    return decodeMonitor(bytes) ?? message;
  }

  private wiringOf(index: number) {
    const names = Array.from({ length: this.sensorsCount }, (_, sensor) => `sensor${sensor}`);
    const readings = names.map((name) => {
      return { name, unit: "bytes", kind: "gauge", value: this.dice.real() } as const;
    });
    return {
      roster: this.roster,
      counters: {
        add: (name: MonitorCount, by = 1) => {
          this.counts.set(name, (this.counts.get(name) ?? 0) + by);
        },
      },
      sample: () => readings,
      partials: () => [],
      alertMarks: () => [],
      onAlertMark: () => {},
      onEpoch: () => {},
      onChange: (change: MonitorChange) => this.onChange(index, change),
    };
  }

  private onChange(observer: number, change: MonitorChange): void {
    if (change.kind !== "member" && change.kind !== "group") return;
    const subject = change.kind === "member" ? change.peer : change.group;
    const { kind, verdict } = change;
    this.verdicts.push({ observer, subject, kind, verdict, atMs: this.simulator.nowMs });
  }
}

/** Peers are numbers to the simulator, and names to the monitor. */
class TownPort {
  private readonly monitor: Monitor;

  constructor(monitor: Monitor) {
    this.monitor = monitor;
  }

  start(): void {}

  stop(): void {
    this.monitor.stop();
  }

  onTimer(timer: MonitorTimer): void {
    this.monitor.onTimer(timer);
  }

  onMessage(from: PeerId, message: MonitorMessage): void {
    this.monitor.onMessage(peerId(`n${from}`), message);
  }
}
