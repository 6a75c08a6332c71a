import type { Address } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import { parseIp } from "../../core/ip.ts";
import { Random } from "../../core/random.ts";
import type { HearsayNode, Logger } from "../../node/api.ts";
import { checkNodeOptions } from "../../node/node-options.ts";
import { NodeStore } from "../../node/node-store.ts";
import type { OrderChosen } from "../../node/orderer/orderer.contract.ts";
import { type NodeParts, RunningNode } from "../../node/running-node.ts";
import { sliceOptions } from "../../node/slice-options.ts";
import { AdvertisedMeta } from "../../node/stack/advertised-meta.ts";
import { serfCodec } from "../../peers/serf/serf.wire.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import { type DiskFaults, MemoryDisk } from "../../storage/memory-disk.ts";
import type { TestLife, TestNodeOptions } from "./cluster-api.ts";
import { MachineLife } from "./machine-life.ts";
import { NodeDisk } from "./node-disk.ts";
import { SimHost, type SimHostPorts } from "./sim-host.ts";
import { testClusterDefaults } from "./test-cluster.options.ts";

/** How a machine stands, for messages. */
export type Fate = "runs" | "crashed" | "stopped" | "paused" | "blocked";

export interface MachinePorts<App> extends Pick<SimHostPorts, "onNews" | "resolve"> {
  readonly seed: number;
  readonly options: TestNodeOptions;
  /** Absent when the node has no order. */
  readonly orderer: OrderChosen | undefined;
  readonly setup: (node: HearsayNode, life: TestLife) => App | Promise<App>;
  /** `host:port` of those to join at a start. */
  seeds(): readonly string[];
  onMembership(): void;
  onLog(machine: string, level: keyof Logger, message: string): void;
}

/** A simulated machine with a real node on it, through all of that node's lives. */
export class Machine<App> {
  readonly name: string;
  readonly address: Address;
  /** Virtual time at which the last life ended. */
  endedAtMs = 0;
  private readonly ports: MachinePorts<App>;
  private readonly slices: NodeParts["slices"];
  /** Where the journal is; the rest of the data directory is on the simulated machine's own. */
  private readonly journalDisk: MemoryDisk;
  private store: NodeStore | undefined;
  private place: SimNode | undefined;
  private life: MachineLife<App> | undefined;
  private livesCount = 0;
  private startedAtMs = -1;
  private hasCrashed = false;

  constructor(name: string, address: Address, ports: MachinePorts<App>) {
    this.name = name;
    this.address = address;
    this.ports = ports;
    const { options } = ports;
    // Simulated machines have a disk, wherever that is.
    checkNodeOptions({ name, dataDir: "simulated", ...options });
    this.slices = sliceOptions(options);
    const diskDice = Random.derive(ports.seed, name, "disk");
    const { diskDelayMs } = testClusterDefaults;
    const later = (body: () => void): void =>
      this.sim.simulator.plan(diskDelayMs, () => {
        ports.onNews();
        body();
      });
    this.journalDisk = new MemoryDisk(diskDice, later, `${name}:journal`);
    new AdvertisedMeta(options.wire ?? "serf", serfCodec).checkTags(this.tags);
  }

  get sim(): SimNode {
    if (this.place === undefined) throw new Error(`${this.name} was not started`);
    return this.place;
  }

  get node(): RunningNode {
    return this.present.node;
  }

  get app(): App {
    return this.present.app;
  }

  get isRunning(): boolean {
    return this.place?.isAlive === true;
  }

  get fate(): Fate {
    if (!this.isRunning) return this.hasCrashed ? "crashed" : "stopped";
    if (this.sim.isPaused) return "paused";
    return this.sim.isBlocked ? "blocked" : "runs";
  }

  /** Begins a life, in a step of the simulated machine; the next thing to call is `open`. */
  begin(place: SimNode): void {
    this.place = place;
    this.livesCount += 1;
    this.hasCrashed = false;
    const disk = new NodeDisk(place.disk);
    const boot = disk.begin(this.startMs(place));
    const store = new NodeStore(this.journalDisk);
    this.store = store;
    const kept = { bootKeeper: disk, past: disk.pastMembers(), pastKeeper: disk.past, store };
    const host = new SimHost(place, store, {
      onNews: this.ports.onNews,
      resolve: this.ports.resolve,
      onStopped: () => this.onEnd(),
    });
    const identity = { ...this.identity(), ...boot };
    const { slices } = this;
    const logger = this.logger();
    const { orderer } = this.ports;
    const { infos, monitor, state } = this.ports.options;
    const node = new RunningNode({
      host,
      identity,
      slices,
      keyring: undefined,
      logger,
      infos,
      monitor,
      state,
      orderer,
      ...kept,
    });
    node.members.on(() => this.ports.onMembership());
    const { name, livesCount: number, ports } = this;
    this.life = new MachineLife<App>(node, host, { name, number, seed: ports.seed });
  }

  /** Lets the node join, and user code begin. */
  async open(): Promise<void> {
    const { present, ports } = this;
    await present.node.open({ join: ports.seeds() });
    await present.setUp(ports.setup);
  }

  /** What is wrong with its disk, to be changed at any time. */
  get diskFaults(): DiskFaults {
    return this.journalDisk.faults;
  }

  /** The next life begins with an empty disk. */
  loseDisk(): void {
    this.journalDisk.wipe();
  }

  crash(what: "process" | "machine"): void {
    if (what === "machine") this.journalDisk.crash();
    else this.journalDisk.abandon();
    this.store?.abandon();
    this.sim.simulator.crash(this.sim, what);
    this.hasCrashed = true;
    // Absent where the node could not be made: its error is to be told, and nothing about this one.
    this.life?.node.end(new HearsayError("NODE_STOPPED", `node ${this.name} crashed`));
    this.ports.onNews();
    this.onEnd();
  }

  private onEnd(): void {
    this.endedAtMs = this.sim.simulator.nowMs;
    this.life?.end();
    this.ports.onMembership();
  }

  private get present(): MachineLife<App> {
    if (this.life === undefined) throw new Error(`${this.name} was not started`);
    return this.life;
  }

  private get tags(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.ports.options.tags ?? {}));
  }

  private identity() {
    const { address, name, ports, tags } = this;
    const addr = parseIp(address.host);
    if (addr === undefined) throw new Error("simulated machines have IP addresses");
    // A node that starts again must not throw the dice of its former life again.
    const seed = Random.derive(ports.seed, name, this.livesCount).below(2 ** 47);
    const wire = ports.options.wire ?? "serf";
    return { name, seed, tags, wire, bound: address, told: { ...address, addr } };
  }

  /** The wall clock; no machine starts a process twice in one millisecond. */
  private startMs(place: SimNode): number {
    const nowMs = Math.floor(place.simulator.nowMs);
    this.startedAtMs = Math.max(nowMs, this.startedAtMs + 1);
    return place.wallClockMs + this.startedAtMs - nowMs;
  }

  private logger(): Logger {
    const { ports } = this;
    const line = (level: keyof Logger) => (message: string, fields?: object) => {
      ports.onLog(this.name, level, message);
      ports.options.logger?.[level](message, fields);
    };
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  }
}
