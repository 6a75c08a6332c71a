import { type Address, addressKey } from "../../core/address.ts";
import { Random } from "../../core/random.ts";
import { type MemoryOptions, memoryDefaults } from "./memory.options.ts";
import { connectionReset } from "./memory-stream.ts";
import { type Dial, type Medium, MemoryTransport } from "./memory-transport.ts";

/** Loss, bounds and dice of a network in memory. */
export interface MemoryNetworkOptions extends Partial<MemoryOptions> {
  /** Of the dice that lose packets. Default 1. */
  readonly seed?: number;
}

const FIRST_PORT = 20_000;
const LAST_PORT = 65_535;

/**
 * A network for real nodes in one process, without sockets. Give the same one to each node:
 * `startNode({ transport: network })`.
 */
export function memoryNetwork(options: MemoryNetworkOptions = {}): MemoryNetwork {
  return new MemoryNetwork(options);
}

/** A network in this process, for tests: give the same one to each node as `transport`. */
export class MemoryNetwork implements Medium {
  readonly name = "memory";
  readonly options: MemoryOptions;
  /** Packets that a partition, a loss or a missing receiver swallowed. */
  lostCount = 0;
  private readonly random: Random;
  private readonly places = new Map<string, MemoryTransport>();
  private readonly groups = new Map<string, number>();
  private nextPort = FIRST_PORT;
  private packetsUnderWay = 0;
  private soon: (() => void)[] = [];

  constructor(options: MemoryNetworkOptions) {
    const { seed, ...numbers } = options;
    this.options = { ...memoryDefaults, ...numbers };
    this.random = new Random(seed ?? 1);
  }

  /** How long a connection may take to close. */
  get closeMaxMs(): number {
    return this.options.closeMaxMs;
  }

  /** Bytes on their way at which a connection says that it is full. */
  get highWaterBytes(): number {
    return this.options.streamHighWaterBytes;
  }

  /** The transport of one node; `startNode` calls it. */
  create(): MemoryTransport {
    return new MemoryTransport(this);
  }

  /**
   * Splits the network: addresses (`host:port`) reach each other only within a group; those not
   * named form one more. Streams across the line stall, as TCP's do.
   */
  partition(...groups: readonly (readonly string[])[]): void {
    this.groups.clear();
    groups.forEach((group, at) => {
      for (const address of group) this.groups.set(address, at + 1);
    });
  }

  /** Ends all partitions. */
  heal(): void {
    this.groups.clear();
  }

  claim(address: Address, transport: MemoryTransport): Address | undefined {
    const bound = address.port === 0 ? this.freePort(address.host) : address;
    if (bound === undefined || this.places.has(addressKey(bound))) return undefined;
    this.places.set(addressKey(bound), transport);
    return bound;
  }

  /** Of transports: the address is free again. */
  release(address: Address): void {
    this.places.delete(addressKey(address));
  }

  refusalOf(bytes: Uint8Array): Error | undefined {
    if (bytes.length > this.options.packetMaxBytes) return packetTooLarge;
    return this.packetsUnderWay >= this.options.packetsMaxCount ? networkFull : undefined;
  }

  /** Of transports: brings a packet to whoever listens there, or loses it. */
  carryPacket(from: Address, to: Address, bytes: Uint8Array): void {
    if (this.random.real() < this.options.lossRatio || this.isCut(from, to)) {
      this.lostCount += 1;
      return;
    }
    this.packetsUnderWay += 1;
    this.afterMs(this.options.latencyMs, () => {
      this.packetsUnderWay -= 1;
      const place = this.places.get(addressKey(to));
      if (place === undefined) this.lostCount += 1;
      else place.takePacket(from, bytes);
    });
  }

  /** Of transports: opens a connection to whoever listens there, or refuses it. */
  carryDial(from: Address, to: Address, dial: Dial): void {
    const { stream, timeoutMs } = dial;
    if (this.isCut(from, to)) {
      const silence = Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" });
      this.afterMs(timeoutMs, () => stream.close(silence));
      return;
    }
    this.afterMs(this.options.latencyMs, () => {
      if (stream.isOver) return;
      const peer = this.places.get(addressKey(to))?.accept(from);
      this.afterMs(this.options.latencyMs, () => {
        if (peer === undefined) {
          stream.close(Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" }));
          return;
        }
        stream.connectTo(peer);
        stream.open();
        peer.connectTo(stream);
        // Either end may have gone while the answer was under way.
        if (stream.isOver) peer.destroy();
        else if (peer.isOver) stream.close(connectionReset());
      });
    });
  }

  carry(from: Address, to: Address, arrive: () => void): void {
    if (this.isCut(from, to)) {
      this.afterMs(this.options.retransmitMs, () => this.carry(from, to, arrive));
      return;
    }
    this.afterMs(this.options.latencyMs, arrive);
  }

  /** Never at once, and in order among equal delays. */
  private afterMs(delayMs: number, run: () => void): void {
    if (delayMs > 0) {
      setTimeout(run, delayMs);
      return;
    }
    this.soon.push(run);
    if (this.soon.length === 1) setImmediate(() => this.runSoon());
  }

  private runSoon(): void {
    const batch = this.soon;
    this.soon = [];
    let next = 0;
    try {
      for (; next < batch.length; next += 1) batch[next]?.();
    } finally {
      // A receiver threw: the others still get theirs, next time round.
      for (const run of batch.slice(next + 1)) this.afterMs(0, run);
    }
  }

  private isCut(from: Address, to: Address): boolean {
    if (this.groups.size === 0) return false;
    return this.groups.get(addressKey(from)) !== this.groups.get(addressKey(to));
  }

  private freePort(host: string): Address | undefined {
    for (let tried = FIRST_PORT; tried <= LAST_PORT; tried += 1) {
      const port = this.nextPort;
      this.nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
      if (!this.places.has(addressKey({ host, port }))) return { host, port };
    }
    return undefined;
  }
}

const packetTooLarge = new Error("the packet is too large; dropped");
const networkFull = new Error("too many packets under way; dropped");
