/**
 * Nodes of `compose` on the simulator for long stories: their disk keeps boot and past, as a data
 * directory does, and what each of them was told is written down with its time.
 */
import { parseIp } from "../../src/core/ip.ts";
import type { NodeOptions } from "../../src/index.ts";
import { compose } from "../../src/node/compose.ts";
import { NodeCounters } from "../../src/node/counters.ts";
import { PAST_FILE_NAME, parsePast, pastText } from "../../src/node/past-keeper.ts";
import { sliceOptions } from "../../src/node/slice-options.ts";
import type { StackListener } from "../../src/node/stack/stack.contract.ts";
import type { Stack } from "../../src/node/stack/stack.ts";
import type { PastMember } from "../../src/peers/reconnect/reconnect.contract.ts";
import type { SimDisk } from "../../src/sim/sim-disk.ts";
import type { SimNode } from "../../src/sim/sim-node.ts";
import { Simulator, type SimulatorOptions } from "../../src/sim/simulator.ts";

export interface Told {
  readonly atMs: number;
  readonly what: string;
  readonly name: string;
}

export interface HealingOptions extends SimulatorOptions {
  readonly nodesCount: number;
  readonly wire?: "serf" | "memberlist";
  /** As given to `startNode`. */
  readonly slices?: Pick<NodeOptions, "swim" | "serf" | "reconnect">;
}

export class HealingPeer {
  readonly node: SimNode;
  /** Of all its lives. */
  readonly counters = new NodeCounters();
  readonly told: Told[] = [];
  conflictsLostCount = 0;
  private readonly cluster: HealingCluster;
  private running: Stack | undefined;

  constructor(cluster: HealingCluster, name: string, address?: string) {
    this.cluster = cluster;
    const build = (host: SimNode): void => this.build(host, name);
    const place = address === undefined ? {} : { address: { host: address, port: 7946 } };
    this.node = cluster.simulator.add(build, { name, ...place });
  }

  get name(): string {
    return this.node.name;
  }

  get stack(): Stack {
    if (this.running === undefined) throw new Error(`${this.name} was not started`);
    return this.running;
  }

  count(name: string): number {
    return this.counters.snapshot()[name] ?? 0;
  }

  /** The living it sees, itself included. */
  seen(): string[] {
    const names: string[] = [];
    for (const { name, status } of this.stack.swim.members) {
      if (status === "alive" || status === "suspect") names.push(name);
    }
    return names.sort();
  }

  join(other: HealingPeer): void {
    this.stack.join(other.node.address, (result) => {
      if (result.kind === "failed") {
        this.cluster.simulator.plan(500, () => this.join(other));
      }
    });
  }

  crash(): void {
    this.cluster.simulator.crash(this.node);
  }

  restart(disk: "kept" | "lost" = "kept"): void {
    this.cluster.simulator.restart(this.node, { disk });
  }

  private build(host: SimNode, name: string): void {
    const { options, simulator } = this.cluster;
    const addr = parseIp(host.address.host);
    if (addr === undefined) throw new Error("the simulator has IP addresses");
    const boot = nextBoot(host.disk, simulator.nowMs);
    this.running = compose(host, {
      name,
      addr,
      port: host.address.port,
      tags: new Map(),
      boot,
      wire: options.wire ?? "serf",
      past: pastOf(host.disk),
      options: sliceOptions(options.slices ?? {}),
      counters: this.counters,
      listener: this.listener(host.disk),
    });
  }

  private listener(disk: SimDisk): StackListener {
    const tell = (what: string, name: string): void => {
      this.told.push({ atMs: this.cluster.simulator.nowMs, what, name });
    };
    return {
      onMembership: (change, record) => tell(change, record.name),
      onRumor: () => "accepted",
      onUserEvent: () => {},
      onQuery: () => {},
      onQueryDone: () => {},
      onLeft: () => tell("gone", this.name),
      onConflictLost: () => {
        this.conflictsLostCount += 1;
      },
      onConflict: (member) => tell("conflict", member.name),
      onForeign: (address) => tell("foreign", address.host),
      onPastToKeep: (members) => disk.write(PAST_FILE_NAME, encoder.encode(pastText(members))),
      onBootRaised: () => {},
    };
  }
}

export class HealingCluster {
  readonly simulator: Simulator;
  readonly peers: HealingPeer[] = [];
  readonly options: HealingOptions;

  constructor(options: HealingOptions) {
    const { nodesCount, wire: _wire, slices: _slices, ...rest } = options;
    this.options = options;
    this.simulator = new Simulator(rest);
    for (let at = 0; at < nodesCount; at += 1) this.add(`n${at}`);
  }

  add(name: string, address?: string): HealingPeer {
    const peer = new HealingPeer(this, name, address);
    this.peers.push(peer);
    return peer;
  }

  peer(at: number): HealingPeer {
    const peer = this.peers[at];
    if (peer === undefined) throw new Error(`there is no peer ${at}`);
    return peer;
  }

  /** All join the first, and see each other. */
  form(limitMs = 60_000): this {
    for (const peer of this.peers.slice(1)) peer.join(this.peer(0));
    if (!this.untilWhole(this.peers, limitMs)) throw new Error("the cluster did not form");
    return this;
  }

  /** Whether each of `group` sees exactly the group, by `limitMs` from now. */
  untilWhole(group: readonly HealingPeer[], limitMs: number): boolean {
    return this.simulator.runUntil(() => isWhole(group), limitMs);
  }

  partition(...groups: readonly (readonly HealingPeer[])[]): void {
    this.simulator.partition(...groups.map((group) => group.map(({ node }) => node)));
  }
}

export function isWhole(group: readonly HealingPeer[]): boolean {
  const names = group.map(({ name }) => name).sort();
  return group.every((peer) => {
    const { view, members } = peer.stack.swim;
    if (view.size !== group.length - 1) return false;
    return names.every((name) => {
      const status = members.get(name)?.status;
      return status === "alive" || status === "suspect";
    });
  });
}

const encoder = new TextEncoder();
const BOOT_FILE = "boot";

function nextBoot(disk: SimDisk, nowMs: number): number {
  const last = disk.read(BOOT_FILE);
  const text = last === undefined ? "0" : new TextDecoder().decode(last);
  const boot = Math.max(1_800_000_000_000 + Math.floor(nowMs), Number(text) + 1);
  disk.write(BOOT_FILE, encoder.encode(String(boot)));
  return boot;
}

function pastOf(disk: SimDisk): readonly PastMember[] {
  const bytes = disk.read(PAST_FILE_NAME);
  if (bytes === undefined) return [];
  const reading = parsePast(new TextDecoder().decode(bytes));
  if (reading.kind !== "members") throw new Error(`${reading.kind} file of past members`);
  return reading.members;
}
