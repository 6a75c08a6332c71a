import { type Address, addressKey } from "../core/address.ts";
import type { ExchangeId } from "../core/env.ts";
import { resolveOptions } from "../core/options.ts";
import { Random } from "../core/random.ts";
import type { LatencyModel } from "./latency.ts";
import { type NetworkHost, SimNetwork } from "./network.ts";
import { type SimOptions, simDefaults } from "./sim.options.ts";
import { SimConnections } from "./sim-connections.ts";
import type { SimCounts } from "./sim-counts.ts";
import { SimEngine } from "./sim-engine.ts";
import { ActionEvent } from "./sim-event.ts";
import { type SentRequest, SimExchange } from "./sim-exchange.ts";
import { SimLinks } from "./sim-links.ts";
import { SimNode } from "./sim-node.ts";
import { SimPipes } from "./sim-pipes.ts";
import type { SimPlace } from "./sim-place.ts";
import { type MessageRules, SimPost } from "./sim-post.ts";
import { formatTrace, type SimTraceListener } from "./sim-trace.ts";

export type { SimVia } from "./sim-post.ts";

/** The seed and the network of a run. */
export interface SimulatorOptions extends Partial<SimOptions>, MessageRules {
  /** The same seed gives the same run. */
  readonly seed: number;
  /** Overrides `latencyMinMs` and `latencyMaxMs`, which are uniform. */
  readonly latency?: LatencyModel;
}

/** How a node comes back. */
export interface RestartOptions {
  /** In place of what it was built with before; stays for later restarts. */
  readonly build?: (host: SimNode) => void;
  /** What became of `node.disk`; kept when not said. */
  readonly disk?: "kept" | "lost";
  /** Whether its machine has another address from now on; kept when not said. */
  readonly address?: "kept" | "new";
  /** Nodes of different labels do not hear each other; kept when not said. */
  readonly label?: string;
}

/**
 * Many nodes, a network and a clock in one thread, in virtual time: the second host of the very
 * same protocol classes. Nothing in it reads a real clock, real dice or a real network, so a seed
 * is a whole bug report.
 */
export class Simulator implements NetworkHost {
  readonly network: SimNetwork;
  /** Time and the machines; for the parts of the simulator itself, as `post` is. */
  readonly engine: SimEngine;
  readonly post: SimPost;
  readonly links: SimLinks;
  readonly connections: SimConnections;
  private readonly pipes: SimPipes;
  /** The nodes of given addresses, or of all once somebody asked for one. */
  private readonly byHost = new Map<string, SimNode>();
  private listedCount = 0;
  private readonly builds: ((host: SimNode) => void)[] = [];
  private nextExchange = 1;

  /** @throws HearsayError CONFIG_OPTION names an option that is unknown or makes no sense. */
  constructor(options: SimulatorOptions) {
    const { seed, transcode, latency, sizeOf, ...numbers } = options;
    this.engine = new SimEngine(seed, resolveOptions("sim", simDefaults, numbers));
    const dice = Random.derive(seed, "network");
    this.network = new SimNetwork(this, dice, this.options, latency);
    this.post = new SimPost(this.engine, this.network, { transcode, sizeOf });
    this.pipes = new SimPipes(this.engine, this.network, this.post);
    this.engine.pipes = this.pipes;
    this.links = new SimLinks(this.engine, this.pipes);
    this.connections = new SimConnections(this, this.pipes);
  }

  /** From it all dice of the run are made. */
  get seed(): number {
    return this.engine.seed;
  }

  /** As given, with defaults. */
  get options(): SimOptions {
    return this.engine.options;
  }

  /** All nodes, in the order in which they were added. */
  get nodes(): readonly SimNode[] {
    return this.engine.roster.nodes;
  }

  /** What was sent, lost and delivered so far. */
  get counts(): SimCounts {
    return this.engine.counts;
  }

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.engine.nowMs;
  }

  /** How many events are still to come. */
  get pendingCount(): number {
    return this.engine.wheel.size;
  }

  /** Links and connections that there were at most at a time. */
  get pipesCount(): number {
    return this.pipes.store.capacity;
  }

  /**
   * Adds a machine and starts a node on it. `build` mounts and starts the protocols, as one step;
   * it is called again by `restart`. Its address is 10.x.y.z:7946 when none is given; one node a
   * host.
   */
  add(build: (host: SimNode) => void, place: SimPlace = {}): SimNode {
    const node = new SimNode(this, this.nodes.length, place);
    if (place.address !== undefined) this.listAddresses();
    // Addresses that nobody gave are all different, and need no list until somebody asks.
    if (this.byHost.size > 0 && this.byHost.has(node.address.host)) {
      throw new Error(`${addressKey(node.address)} is taken`);
    }
    this.engine.roster.add(node);
    this.network.setGroup(node, 0);
    this.builds.push(build);
    if (this.byHost.size > 0 || place.address !== undefined) this.listAddresses();
    node.begin(build);
    return node;
  }

  /** Ends a node without a word. A process that dies leaves a machine that refuses connections. */
  crash(node: SimNode, what: "process" | "machine" = "process"): void {
    this.onFault(`crash ${what}`, node);
    node.die(what === "process" ? "dead" : "gone");
  }

  /** Starts a crashed node again, at the same address. */
  restart(node: SimNode, how: RestartOptions = {}): void {
    const { address = "kept", build = this.builds[node.index], disk = "kept", label } = how;
    if (build === undefined) throw new Error(`node ${node.name} is not of this simulation`);
    this.onFault(disk === "lost" ? "restart disk=lost" : "restart", node);
    if (disk === "lost") node.disk.lose();
    if (label !== undefined) node.label = label;
    if (address === "new") this.move(node);
    this.builds[node.index] = build;
    node.begin(build);
  }

  /** As SIGSTOP does: the clock goes on, nothing runs, packets wait in the socket's buffer. */
  pause(node: SimNode): void {
    this.onFault("pause", node);
    node.pause();
  }

  /** Ends a pause. */
  resume(node: SimNode): void {
    this.onFault("resume", node);
    node.resume();
  }

  /**
   * The slow member of the Lifeguard paper (§V-D): its timers run, but what it sends and what it is
   * sent, packets and streams, waits until `unblock`, and then goes on in order.
   */
  block(node: SimNode): void {
    this.onFault("block", node);
    node.block();
  }

  /** Ends a block. */
  unblock(node: SimNode): void {
    this.onFault("unblock", node);
    node.unblock();
  }

  /**
   * Splits the network: nodes reach each other only within a group; those not named form one more.
   */
  partition(...groups: readonly (readonly SimNode[])[]): void {
    for (const node of this.nodes) this.network.setGroup(node, 0);
    groups.forEach((group, at) => {
      for (const node of group) this.network.setGroup(node, at + 1);
    });
    this.pipes.review();
    if (this.isTraced) {
      const names = groups.map((group) => `[${group.map(({ name }) => name).join(",")}]`);
      this.onFault(`partition ${names.join("")}`);
    }
  }

  /** Ends all partitions and cuts, and clogs for what is sent from now on. */
  heal(): void {
    for (const node of this.nodes) this.network.setGroup(node, 0);
    this.network.mendAll();
    this.onFault("heal");
  }

  /** Runs `action` after `delayMs` of virtual time, outside every node. */
  plan(delayMs: number, action: () => void): void {
    this.engine.schedule(delayMs, new ActionEvent(action));
  }

  /** Lets `durationMs` of virtual time pass. */
  runForMs(durationMs: number): void {
    this.engine.runTo(this.nowMs + durationMs);
  }

  /**
   * Runs until `predicate` holds, asked after each moment in which something happened; gives up
   * after `limitMs`.
   * @returns whether it came to hold.
   */
  runUntil(predicate: () => boolean, limitMs: number): boolean {
    const endMs = this.nowMs + limitMs;
    if (predicate()) return true;
    while (this.engine.runMoment(endMs)) if (predicate()) return true;
    this.engine.runTo(endMs);
    return predicate();
  }

  /** Hears of every event from now on; one listener at a time, none with undefined. */
  trace(listener: SimTraceListener | undefined): void {
    this.engine.tracer.listener = listener;
  }

  /** Whether somebody hears of every event. */
  get isTraced(): boolean {
    return this.engine.tracer.isOn;
  }

  /** As `trace`, one line of text an event. */
  traceText(write: (line: string) => void): void {
    this.trace((event) => write(formatTrace(event)));
  }

  /** The node at an address; undefined where nobody is. */
  find(address: Address): SimNode | undefined {
    if (this.listedCount < this.nodes.length) this.listAddresses();
    const node = this.byHost.get(address.host);
    return node !== undefined && node.address.port === address.port ? node : undefined;
  }

  /** Of the nodes: a request that is answered, or fails, later. */
  beginExchange(from: SimNode, to: Address, sent: SentRequest): ExchangeId {
    const { engine } = this;
    engine.counts.exchangesBegun += 1;
    const id = this.nextExchange as ExchangeId;
    this.nextExchange += 1;
    const about = { node: from, peer: this.find(to), subject: sent.request };
    engine.tracer.report("dial", engine.nowMs, about);
    new SimExchange(from, id, to, sent).begin();
    return id;
  }

  /** Something was made worse or better, on a node or in the network. */
  onFault(fault: string, node?: SimNode): void {
    this.pipes.review();
    this.engine.tracer.report("fault", this.nowMs, { node, subject: fault });
  }

  /** To an address that nobody has or had: 11.x.y.z, 12.x.y.z and so on. */
  private move(node: SimNode): void {
    this.listAddresses();
    const { host, port } = node.address;
    const [first, ...rest] = host.split(".");
    const address = { host: [Number(first) + 1, ...rest].join("."), port };
    this.byHost.delete(host);
    node.moveTo(address);
    this.byHost.set(address.host, node);
  }

  private listAddresses(): void {
    for (const node of this.nodes.slice(this.listedCount)) this.byHost.set(node.address.host, node);
    this.listedCount = this.nodes.length;
  }
}
