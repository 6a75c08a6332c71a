import { type Address, addressKey } from "../core/address.ts";
import { DueQueue } from "../core/collections/due-queue.ts";
import type { ExchangeId } from "../core/env.ts";
import { Random } from "../core/random.ts";
import { SimNetwork } from "./network.ts";
import { type SimOptions, simDefaults } from "./sim.options.ts";
import { ActionEvent, PacketEvent, type SimEvent } from "./sim-event.ts";
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
}

export type SimVia = "packet" | "request" | "reply";

const PORT = 7946;

/**
 * Many nodes, a network and a clock in one thread, in virtual time: the second host of the very
 * same protocol classes. Nothing in it reads a real clock, real dice or a real network, so a seed
 * is a whole bug report.
 */
export class Simulator {
  readonly seed: number;
  readonly options: SimOptions;
  readonly network: SimNetwork;
  readonly nodes: SimNode[] = [];
  readonly counts = new SimCounts();
  private readonly events = new DueQueue<SimEvent>();
  private readonly byHost = new Map<string, SimNode>();
  private readonly transcoder: SimulatorOptions["transcode"];
  private readonly builds: ((host: SimNode) => void)[] = [];
  private listener: SimTraceListener | undefined;
  private now = 0;
  private nextExchange = 1;

  constructor(options: SimulatorOptions) {
    const { seed, transcode, ...numbers } = options;
    this.seed = seed;
    this.options = { ...simDefaults, ...numbers };
    this.transcoder = transcode;
    this.network = new SimNetwork(Random.derive(seed, "network"), this.options);
  }

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.now;
  }

  get wallClockMs(): number {
    return this.options.epochMs + Math.floor(this.now);
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
    this.reportFault(node, `crash ${what}`);
    node.die(what === "process" ? "dead" : "gone");
  }

  /**
   * Starts a crashed node again, at the same address, with the build it was added with or another.
   */
  restart(node: SimNode, build?: (host: SimNode) => void): void {
    this.reportFault(node, "restart");
    const begin = build ?? this.builds[node.index];
    if (begin === undefined) throw new Error(`node ${node.name} is not of this simulation`);
    this.builds[node.index] = begin;
    node.begin(begin);
  }

  /** As SIGSTOP does: the clock goes on, nothing runs, packets wait in the socket's buffer. */
  pause(node: SimNode): void {
    this.reportFault(node, "pause");
    node.pause();
  }

  resume(node: SimNode): void {
    this.reportFault(node, "resume");
    node.resume();
  }

  /**
   * Splits the network: nodes reach each other only within a group; those not named form one more.
   */
  partition(...groups: readonly (readonly SimNode[])[]): void {
    for (const node of this.nodes) node.partition = 0;
    groups.forEach((group, at) => {
      for (const node of group) node.partition = at + 1;
    });
  }

  /** Ends all partitions and cuts. */
  heal(): void {
    for (const node of this.nodes) node.partition = 0;
    this.network.mendAll();
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
    this.counts.packetsSent += 1;
    const target = this.find(to);
    if (this.isTraced) {
      this.report("send", { node: from, ...(target && { peer: target }), subject: message });
    }
    if (target === undefined) {
      this.counts.packetsToNobody += 1;
      return;
    }
    if (!this.network.canPass(from, target)) return this.lose(from, target, "partition");
    if (this.network.isLost()) return this.lose(from, target, "loss");
    const arriving = this.transcode(message, "packet");
    if (arriving === undefined) return this.lose(from, target, "codec");
    const event = new PacketEvent(from, target, arriving);
    this.schedule(this.network.latencyMs(), event);
    if (!this.network.isDoubled()) return;
    this.counts.packetsDoubled += 1;
    this.schedule(this.network.latencyMs(), event);
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

  private reportFault(node: SimNode, fault: string): void {
    this.report("fault", { node, subject: fault });
  }
}

interface About {
  readonly node: SimNode;
  readonly peer?: SimNode;
  readonly subject?: unknown;
  readonly channel?: string;
}

/** What happened so far. */
export class SimCounts {
  events = 0;
  timersFired = 0;
  packetsSent = 0;
  packetsDelivered = 0;
  /** To an address without a running node. */
  packetsToNobody = 0;
  /** By loss, partition or codec. */
  packetsLost = 0;
  packetsDoubled = 0;
  /** To a paused node whose buffer was full. */
  packetsOverflowed = 0;
  exchangesBegun = 0;
  exchangesFailed = 0;
}

function hostOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}
