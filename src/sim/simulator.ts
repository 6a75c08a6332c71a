import { type Address, addressKey } from "../core/address.ts";
import { DueQueue } from "../core/collections/due-queue.ts";
import type { ExchangeId } from "../core/env.ts";
import type { PeerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { LatencyModel } from "./latency.ts";
import { type NetworkHost, SimNetwork } from "./network.ts";
import { type SimOptions, simDefaults } from "./sim.options.ts";
import { SimCounts } from "./sim-counts.ts";
import { ActionEvent, PacketEvent, type Parcel, type SimEvent } from "./sim-event.ts";
import { type SentRequest, SimExchange } from "./sim-exchange.ts";
import { SimNode } from "./sim-node.ts";
import { formatTrace, type SimTraceEvent, type SimTraceListener } from "./sim-trace.ts";

export interface SimulatorOptions extends Partial<SimOptions> {
  /** The same seed gives the same run. */
  readonly seed: number;
  /**
   * Puts each message through a codec and back; without it messages travel by reference.
   * undefined says that the codec refused it, and the message is lost.
   */
  readonly transcode?: (message: unknown, via: SimVia) => unknown;
  /** Overrides `latencyMinMs` and `latencyMaxMs`, which are uniform. */
  readonly latency?: LatencyModel;
  /** Bytes of a message on the wire; asked only where `bandwidthBytesPerSecond` is set. */
  readonly sizeOf?: (message: unknown, via: SimVia) => number;
}

/** How a node comes back. */
export interface RestartOptions {
  /** In place of what it was built with before; stays for later restarts. */
  readonly build?: (host: SimNode) => void;
  /** What became of `node.disk`; kept when not said. */
  readonly disk?: "kept" | "lost";
}

export type SimVia = "packet" | "request" | "reply";

const PORT = 7946;

/**
 * Many nodes, a network and a clock in one thread, in virtual time: the second host of the very
 * same protocol classes. Nothing in it reads a real clock, real dice or a real network, so a seed
 * is a whole bug report.
 */
export class Simulator implements NetworkHost {
  readonly seed: number;
  readonly options: SimOptions;
  readonly network: SimNetwork;
  readonly nodes: SimNode[] = [];
  readonly counts = new SimCounts();
  private readonly events = new DueQueue<SimEvent>();
  private readonly byHost = new Map<string, SimNode>();
  private readonly transcoder: SimulatorOptions["transcode"];
  private readonly sizeOf: SimulatorOptions["sizeOf"];
  private readonly builds: ((host: SimNode) => void)[] = [];
  private listener: SimTraceListener | undefined;
  private now = 0;
  private nextExchange = 1;

  constructor(options: SimulatorOptions) {
    const { seed, transcode, latency, sizeOf, ...numbers } = options;
    this.seed = seed;
    this.options = { ...simDefaults, ...numbers };
    this.transcoder = transcode;
    this.sizeOf = sizeOf;
    this.network = new SimNetwork(this, Random.derive(seed, "network"), this.options, latency);
  }

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.now;
  }

  /** How many events are still to come. */
  get pendingCount(): number {
    return this.events.size;
  }

  /**
   * Adds a machine and starts a node on it. `build` mounts and starts the protocols, as one step;
   * it is called again by `restart`. Its address is 10.x.y.z:7946 when none is given; one node a
   * host.
   */
  add(build: (host: SimNode) => void, place: { name?: string; address?: Address } = {}): SimNode {
    const index = this.nodes.length;
    const address = place.address ?? { host: hostOf(index + 1), port: PORT };
    if (this.byHost.has(address.host)) throw new Error(`${addressKey(address)} is taken`);
    const name = place.name === undefined ? {} : { name: place.name };
    const node = new SimNode(this, index, { ...name, address });
    this.nodes.push(node);
    this.byHost.set(address.host, node);
    this.builds.push(build);
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
    const { build = this.builds[node.index], disk = "kept" } = how;
    if (build === undefined) throw new Error(`node ${node.name} is not of this simulation`);
    this.onFault(disk === "lost" ? "restart disk=lost" : "restart", node);
    if (disk === "lost") node.disk.lose();
    this.builds[node.index] = build;
    node.begin(build);
  }

  /** As SIGSTOP does: the clock goes on, nothing runs, packets wait in the socket's buffer. */
  pause(node: SimNode): void {
    this.onFault("pause", node);
    node.pause();
  }

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

  unblock(node: SimNode): void {
    this.onFault("unblock", node);
    node.unblock();
  }

  /**
   * Splits the network: nodes reach each other only within a group; those not named form one more.
   */
  partition(...groups: readonly (readonly SimNode[])[]): void {
    for (const node of this.nodes) node.partition = 0;
    groups.forEach((group, at) => {
      for (const node of group) node.partition = at + 1;
    });
    if (this.isTraced) {
      const names = groups.map((group) => `[${group.map(({ name }) => name).join(",")}]`);
      this.onFault(`partition ${names.join("")}`);
    }
  }

  /** Ends all partitions and cuts, and clogs for what is sent from now on. */
  heal(): void {
    for (const node of this.nodes) node.partition = 0;
    this.network.mendAll();
    this.onFault("heal");
  }

  /** Runs `action` after `delayMs` of virtual time, outside every node. */
  plan(delayMs: number, action: () => void): void {
    this.schedule(delayMs, new ActionEvent(action));
  }

  /** Lets `durationMs` of virtual time pass. */
  runForMs(durationMs: number): void {
    const endMs = this.now + durationMs;
    this.runWhile(() => true, endMs);
    this.now = endMs;
  }

  /**
   * Runs until `predicate` holds, asked each time the clock has moved; gives up after `limitMs`.
   * @returns whether it came to hold.
   */
  runUntil(predicate: () => boolean, limitMs: number): boolean {
    const endMs = this.now + limitMs;
    if (predicate()) return true;
    let isMet = false;
    this.runWhile(() => {
      isMet = predicate();
      return !isMet;
    }, endMs);
    if (!isMet) {
      this.now = endMs;
      isMet = predicate();
    }
    return isMet;
  }

  /** Hears of every event from now on; one listener at a time, none with undefined. */
  trace(listener: SimTraceListener | undefined): void {
    this.listener = listener;
  }

  /** Whether `report` reaches anybody; asked first where making the report would cost. */
  get isTraced(): boolean {
    return this.listener !== undefined;
  }

  /** As `trace`, one line of text an event. */
  traceText(write: (line: string) => void): void {
    this.listener = (event) => write(formatTrace(event));
  }

  find(address: Address): SimNode | undefined {
    const node = this.byHost.get(address.host);
    return node !== undefined && node.address.port === address.port ? node : undefined;
  }

  schedule(delayMs: number, event: SimEvent): number {
    return this.events.put(this.now + delayMs, event);
  }

  unschedule(key: number): void {
    this.events.take(key);
  }

  sendPacket(from: SimNode, to: Address, message: unknown): void {
    this.post(from, this.find(to), { message, channel: undefined });
  }

  /** A packet of a protocol of `mountDirect`. */
  sendDirect(from: SimNode, to: PeerId, parcel: Parcel): void {
    this.post(from, typeof to === "number" ? this.nodes[to] : undefined, parcel);
  }

  beginExchange(from: SimNode, to: Address, sent: SentRequest): ExchangeId {
    this.counts.exchangesBegun += 1;
    const id = this.nextExchange as ExchangeId;
    this.nextExchange += 1;
    const peer = this.find(to);
    this.report("dial", { node: from, ...(peer && { peer }), subject: sent.request });
    new SimExchange(from, id, to, sent).begin();
    return id;
  }

  /** How long a piece of a stream waits in the line out of `from`. */
  lineMs(from: SimNode, message: unknown, via: SimVia): number {
    if (!this.network.isMetered) return 0;
    return this.network.streamLinkMs(from, this.measure(message, via));
  }

  /** Something was made worse or better, on a node or in the network. */
  onFault(fault: string, node?: SimNode): void {
    if (this.listener === undefined) return;
    const name = node === undefined ? "network" : node.name;
    this.listener({ atMs: this.now, what: "fault", node: name, subject: fault });
  }

  transcode(message: unknown, via: SimVia): unknown {
    return this.transcoder === undefined ? message : this.transcoder(message, via);
  }

  report(what: SimTraceEvent["what"], about: About): void {
    if (this.listener === undefined) return;
    const { node, peer, subject, channel } = about;
    this.listener({
      atMs: this.now,
      what,
      node: node.name,
      ...(peer && { peer: peer.name }),
      ...(subject !== undefined && { subject }),
      ...(channel !== undefined && { channel }),
    });
  }

  private post(from: SimNode, to: SimNode | undefined, parcel: Parcel): void {
    if (!from.isFlowing) {
      const later = new ActionEvent(() => this.post(from, to, parcel));
      if (!from.holdSend(later)) this.counts.packetsOverflowed += 1;
      return;
    }
    const { message, channel } = parcel;
    this.counts.packetsSent += 1;
    if (this.isTraced) {
      const peer = to === undefined ? {} : { peer: to };
      const about = { node: from, ...peer, subject: message };
      this.report("send", channel === undefined ? about : { ...about, channel });
    }
    if (to === undefined) {
      this.counts.packetsToNobody += 1;
      return;
    }
    const delayMs = this.departureMs(from, to, message);
    if (delayMs === undefined) return;
    const arriving = this.transcode(message, "packet");
    if (arriving === undefined) return this.lose(from, to, "codec");
    const event = new PacketEvent(from, to, { message: arriving, channel });
    this.schedule(delayMs + this.network.latencyMs(), event);
    if (!this.network.isDoubled()) return;
    this.counts.packetsDoubled += 1;
    this.schedule(delayMs + this.network.latencyMs(), event);
  }

  /** How long until a packet is on its way; undefined when it is lost. */
  private departureMs(from: SimNode, to: SimNode, message: unknown): number | undefined {
    const network = this.network;
    let lineMs: number | undefined = 0;
    if (network.isMetered) lineMs = network.linkMs(from, this.measure(message, "packet"));
    let why: string | undefined;
    if (lineMs === undefined) why = "full line";
    else if (!network.canPass(from, to)) why = "partition";
    else if (network.isLost()) why = "loss";
    if (lineMs === undefined || why !== undefined) {
      this.lose(from, to, why ?? "");
      return undefined;
    }
    return lineMs + network.clogMs(from, to);
  }

  private measure(message: unknown, via: SimVia): number {
    if (this.sizeOf !== undefined) return this.sizeOf(message, via);
    throw new Error("bandwidthBytesPerSecond needs the option sizeOf: how many bytes a message is");
  }

  private runWhile(goOn: () => boolean, endMs: number): void {
    let inInstant = 0;
    while (this.events.nextDue <= endMs) {
      const due = this.events.nextDue;
      if (due > this.now) {
        if (!goOn()) return;
        this.now = due;
        inInstant = 0;
      }
      inInstant += 1;
      if (inInstant > this.options.instantEventsCount) {
        throw new Error(`seed ${this.seed}: time stands still at ${this.now} ms`);
      }
      this.counts.events += 1;
      this.fire(this.events.takeNext());
    }
    goOn();
  }

  private fire(event: SimEvent | undefined): void {
    try {
      event?.fire();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${this.seed}, ${this.now} ms: ${reason}`, { cause: error });
    }
  }

  private lose(from: SimNode, to: SimNode, why: string): void {
    this.counts.packetsLost += 1;
    this.report("lost", { node: from, peer: to, subject: why });
  }
}

interface About {
  readonly node: SimNode;
  readonly peer?: SimNode;
  readonly subject?: unknown;
  readonly channel?: string;
}

function hostOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}
