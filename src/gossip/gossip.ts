import { type Address, addressKey } from "../core/address.ts";
import { dotKey } from "../core/dot.ts";
import { HearsayError } from "../core/errors.ts";
import { type HostPort, parseHostPort } from "../core/host-port.ts";
import type { NodeHost } from "../node/node-host.ts";
import { msgpackValues } from "../node/topics/msgpack.wire.ts";
import type { GossipNumbers } from "./gossip.options.ts";
import type { GossipNode } from "./gossip-node.ts";
import { SendBudget } from "./send-budget.ts";

/** A node that listens. */
export interface OpenGossip {
  readonly host: NodeHost;
  readonly node: GossipNode;
  readonly address: Address;
}

/** One peer of a view, in plain data. */
export interface ViewedPeer {
  readonly id: string;
  /** `host:port`. */
  readonly address: string;
  /** Rounds of the peer sampling since this word of it left the peer itself. */
  readonly ageRounds: number;
}

/** What `sendGossip` resolves to. */
export interface SentPacket {
  /** As in `GossipPacket.id`. */
  readonly id: string;
  readonly version: number;
}

export interface GossipParts {
  readonly id: string;
  readonly numbers: GossipNumbers;
  readonly opening: Promise<OpenGossip>;
  readonly counts: () => Readonly<Record<string, number>>;
  /** The node has ended, by `stop` or by a failure. */
  readonly onStopped: () => void;
}

/** The small facade: one object to join with, to send with and to look around with. */
export class Gossip implements AsyncDisposable {
  readonly id: string;
  private readonly parts: GossipParts;
  private readonly joiners = new Set<() => void>();
  private open: OpenGossip | undefined;
  private failure: Error | undefined;
  private stopping: Promise<void> | undefined;
  /** Callers of `sendGossip` that wait for room, one behind the other. */
  private lastTurn: Promise<void> = Promise.resolve();
  private sendersCount = 0;
  private budget: SendBudget | undefined;

  constructor(parts: GossipParts) {
    this.id = parts.id;
    this.parts = parts;
    parts.opening.then(
      (open) => {
        this.open = open;
        open.node.view.subscribe({
          onPeerUp: () => this.wakeJoiners(),
          onPeerDown: () => undefined,
        });
      },
      // Told to whoever asks for something, and to whoever reads.
      () => undefined,
    );
  }

  /** Resolves when the node listens, to the `host:port` that others find it at. */
  async listening(): Promise<string> {
    return addressKey((await this.opened()).address);
  }

  /**
   * Goes to these peers (`host:port`) and resolves when the first of anybody is in the view. After
   * a failure the node goes on trying.
   * @throws HearsayError ADDRESS_INVALID, BIND_FAILED, JOIN_FAILED, NODE_STOPPED
   */
  async join(...peers: readonly string[]): Promise<void> {
    await this.add(...peers);
    const { host, node } = await this.opened();
    if (node.view.size > 0) return;
    const { joinTimeoutMs } = this.parts.numbers;
    await this.waitForPeer(host, joinTimeoutMs);
    this.checkRunning();
    if (node.view.size > 0) return;
    const detail = `nobody answered at ${peers.join(", ")} within ${joinTimeoutMs} ms`;
    throw new HearsayError("JOIN_FAILED", `${detail}; is one of them up? This node tries on`);
  }

  /**
   * As `join`, without waiting for an answer; and takes back a peer, by its id, that was removed.
   * @throws HearsayError ADDRESS_INVALID, BIND_FAILED, NODE_STOPPED
   */
  async add(...peers: readonly string[]): Promise<void> {
    if (peers.length === 0) throw new HearsayError("ADDRESS_INVALID", "give one peer or more");
    const { address, host, node } = await this.opened();
    const places = peers.filter((peer) => !node.admit(peer)).map(placeOf);
    const addresses = (await Promise.all(places.map((place) => host.resolve(place)))).flat();
    this.checkRunning();
    const own = addressKey(address);
    node.join(addresses.filter((one) => addressKey(one) !== own));
  }

  /** Has no more to do with this peer, whatever others say, until `add(id)`. */
  remove(id: string): void {
    this.open?.node.ban(id);
  }

  /** Whom this node would gossip with now: a few random ones of all that there are. */
  currentView(): readonly ViewedPeer[] {
    const peers = this.open?.node.peers() ?? [];
    return peers.map(({ address, ageRounds, id }) => ({
      id,
      address: address === undefined ? "" : addressKey(address),
      ageRounds,
    }));
  }

  /** About how many nodes there are, this one included. */
  get population(): number {
    return this.open?.node.view.population ?? 1;
  }

  /**
   * Sends any msgpack value to everybody. Resolves when it is under way; waits while this node has
   * more to pass on than its rounds can tell.
   * @throws HearsayError CODEC_FAILED, VALUE_TOO_LARGE, QUEUE_FULL, BIND_FAILED, NODE_STOPPED
   */
  async sendGossip(data: unknown): Promise<SentPacket> {
    // Before anything is waited for: the caller may change the value afterwards.
    const bytes = this.encode(data);
    const open = await this.opened();
    if (this.sendersCount > 0 || this.isFull(open)) await this.waitForRoom(open);
    this.checkRunning();
    this.budget?.spend(bytes.length);
    const dot = open.node.send(bytes);
    return { id: dotKey(dot), version: dot.seq };
  }

  /** What this node did, dropped and why, by name. */
  counts(): Readonly<Record<string, number>> {
    return { ...this.open?.host.counts.snapshot(), ...this.parts.counts() };
  }

  /** Says goodbye and lets go of the port; `receive` ends. Idempotent. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  /** As `stop`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The host ended by itself: a bug of ours. */
  fail(error: Error): void {
    this.failure = error;
    void this.stop();
  }

  private async stopAll(): Promise<void> {
    try {
      const { host, node } = await this.parts.opening;
      if (!host.isStopped) node.leave();
      await host.stop();
    } catch {
      // What never listened need not be closed; the reason was told.
    }
    this.wakeJoiners();
    this.parts.onStopped();
  }

  private async opened(): Promise<OpenGossip> {
    this.checkRunning();
    const open = await this.parts.opening;
    this.checkRunning();
    return open;
  }

  private checkRunning(): void {
    if (this.failure !== undefined) {
      const { message } = this.failure;
      throw new HearsayError("NODE_STOPPED", `the node failed: ${message}`, {
        cause: this.failure,
      });
    }
    if (this.stopping !== undefined) throw new HearsayError("NODE_STOPPED", "gossip was stopped");
  }

  private encode(data: unknown): Uint8Array {
    let bytes: Uint8Array;
    try {
      bytes = msgpackValues().encode(data);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new HearsayError("CODEC_FAILED", `data cannot be sent: ${detail}`, { cause });
    }
    const { dataMaxBytes } = this.parts.numbers;
    if (bytes.length <= dataMaxBytes) return bytes;
    const detail = `${bytes.length} bytes, of at most ${dataMaxBytes}; send it in pieces`;
    throw new HearsayError("VALUE_TOO_LARGE", detail);
  }

  private isFull({ host, node }: OpenGossip): boolean {
    if (node.hotCount >= this.parts.numbers.hotMaxCount) return true;
    this.budget ??= new SendBudget(this.parts.numbers, host.now());
    return !this.budget.hasRoom(host.now());
  }

  private async waitForRoom(open: OpenGossip): Promise<void> {
    const { sendersMaxCount } = this.parts.numbers;
    if (this.sendersCount >= sendersMaxCount) {
      const detail = `${sendersMaxCount} calls of sendGossip are waiting; await them`;
      throw new HearsayError("QUEUE_FULL", detail);
    }
    this.sendersCount += 1;
    const turn = this.lastTurn.then(() => this.untilRoom(open));
    this.lastTurn = turn;
    await turn;
    this.sendersCount -= 1;
  }

  private async untilRoom(open: OpenGossip): Promise<void> {
    const { roundIntervalMs } = this.parts.numbers;
    while (this.stopping === undefined && this.isFull(open)) {
      await new Promise<void>((resolve) => open.host.startTimer(resolve, roundIntervalMs));
    }
  }

  private waitForPeer(host: NodeHost, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        host.stopTimer(timer);
        this.joiners.delete(wake);
        resolve();
      };
      const timer = host.startTimer(wake, timeoutMs);
      this.joiners.add(wake);
    });
  }

  private wakeJoiners(): void {
    for (const wake of [...this.joiners]) wake();
  }
}

function placeOf(text: string): HostPort {
  const place = typeof text === "string" ? parseHostPort(text.trim(), 0) : undefined;
  if (place !== undefined && place.port > 0 && place.name === undefined) return place;
  const fix = "write host:port, such as 127.0.0.1:7401 or [::1]:7401";
  throw new HearsayError("ADDRESS_INVALID", `${JSON.stringify(text)} is no peer; ${fix}`);
}
