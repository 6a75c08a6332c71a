import { dotKey } from "../core/dot.ts";
import { HearsayError } from "../core/errors.ts";
import type { HearsayNode } from "../node/api.ts";
import type {
  OrderedLog,
  OrderedLogReport,
  OrderedState,
} from "../node/ordered-log/ordered-log.api.ts";
import type { ViewedPeer } from "./gossip.ts";
import type { SentTotalPacket, TotalGossip, TotalSendOptions } from "./total.api.ts";

/** A node that listens, and its log. */
export interface OpenTotal {
  readonly node: HearsayNode;
  readonly log: OrderedLog<unknown, unknown>;
  /** Absent where users keep no snapshots. */
  readonly state: OrderedState<unknown> | undefined;
}

export interface TotalGossipParts {
  readonly id: string;
  readonly opening: Promise<OpenTotal>;
  readonly initial: unknown;
  readonly timeoutMs: number;
}

/** The small facade on a node with an order. */
export class OrderedGossip implements TotalGossip {
  readonly id: string;
  private readonly parts: TotalGossipParts;
  private open: OpenTotal | undefined;
  private readiness: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(parts: TotalGossipParts) {
    this.id = parts.id;
    this.parts = parts;
    parts.opening.then(
      (open) => {
        this.open = open;
      },
      // Told to whoever asks for something, and to whoever reads.
      () => undefined,
    );
  }

  get state(): unknown {
    return this.open?.state === undefined ? this.parts.initial : this.open.state.state;
  }

  get isStopped(): boolean {
    return this.stopping !== undefined;
  }

  async listening(): Promise<string> {
    return (await this.opened()).node.address;
  }

  async join(...peers: readonly string[]): Promise<void> {
    checkPeers(peers);
    const { node } = await this.opened();
    const { timeoutMs } = this.parts;
    await Promise.any(peers.map((peer) => node.join(peer, { timeoutMs }))).catch(firstOf);
  }

  async add(...peers: readonly string[]): Promise<void> {
    checkPeers(peers);
    const { node } = await this.opened();
    const { timeoutMs } = this.parts;
    // Who does not answer is asked again by whoever calls again.
    for (const peer of peers) void node.join(peer, { timeoutMs }).catch(() => undefined);
  }

  currentView(): readonly ViewedPeer[] {
    return [...(this.open?.node.members ?? [])]
      .filter(({ name, status }) => name !== this.id && status === "alive")
      .map(({ address, name }) => ({ id: name, address, ageRounds: 0 }));
  }

  async sendGossip(
    data: unknown,
    { wait = "durable" }: TotalSendOptions = {},
  ): Promise<SentTotalPacket> {
    const { log, node } = await this.opened();
    const { timeoutMs } = this.parts;
    this.readiness ??= node.order.ready({ timeoutMs });
    try {
      await this.readiness;
    } catch (error) {
      this.readiness = undefined;
      throw error;
    }
    const { dot, index } = await log.append(data, { wait, timeoutMs });
    return { id: dotKey(dot), version: dot.seq, orderIndex: index };
  }

  status(): OrderedLogReport | undefined {
    return this.open?.log.status();
  }

  leave(): Promise<void> {
    this.stopping ??= this.end((node) => node.leave());
    return this.stopping;
  }

  stop(): Promise<void> {
    this.stopping ??= this.end((node) => node.stop());
    return this.stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async end(how: (node: HearsayNode) => Promise<void>): Promise<void> {
    const open = await this.parts.opening.catch(() => undefined);
    if (open !== undefined) await how(open.node);
  }

  private async opened(): Promise<OpenTotal> {
    this.checkRunning();
    const open = await this.parts.opening;
    this.checkRunning();
    return open;
  }

  private checkRunning(): void {
    if (this.stopping !== undefined) throw new HearsayError("NODE_STOPPED", "gossip was stopped");
  }
}

function checkPeers(peers: readonly string[]): void {
  if (peers.length === 0) throw new HearsayError("ADDRESS_INVALID", "give one peer or more");
}

function firstOf(error: unknown): never {
  throw error instanceof AggregateError ? error.errors[0] : error;
}
