import type { DurableEnv, Env, JournalPosition, TimerId } from "../../core/env.ts";
import { HearsayError } from "../../core/errors.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import type { PeerId } from "../../core/peer.ts";
import type { DurableProtocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { DurablePorts } from "./durable-ports.ts";

/** Messages that wait for the disk. [because: a protocol's own windows are far below] */
const HELD_MAX_COUNT = 65_536;
const NOTHING = 0 as JournalPosition;

interface Held<M> {
  readonly after: JournalPosition;
  readonly to: PeerId;
  readonly message: M;
}

/**
 * The door of a protocol that keeps things on this node's disk: the twin of `SimDurableEnv`.
 *
 * It holds back what must wait for the disk by itself, and not by the end of the step: so what a
 * leader sends to its followers leaves while its own disk is still busy. [Ongaro 2014 §10.2.1]
 */
export class NodeDurableEnv<M, T, R> implements DurableEnv<M, T, R> {
  readonly self: PeerId;
  readonly random: Random;
  private readonly inner: Env<M, T>;
  private readonly ports: DurablePorts<M, R>;
  private readonly channel: JournalChannel;
  private held: Held<M>[] = [];
  private protocol: DurableProtocol<M, T, R> | undefined;
  private lastPosition = NOTHING;
  private durablePosition = NOTHING;
  private isAsking = false;
  /** What it wrote last waits for others anyway. */
  private haste: "urgent" | "patient" = "urgent";
  private isStopped = false;

  constructor(inner: Env<M, T>, ports: DurablePorts<M, R>) {
    this.self = inner.self;
    this.random = inner.random;
    this.inner = inner;
    this.ports = ports;
    this.channel = ports.store.asideChannel(ports.name);
  }

  /**
   * Gives `protocol` what the disk held.
   * @throws HearsayError DATA_DIR for a record that this version cannot read
   */
  recover(protocol: DurableProtocol<M, T, R>): void {
    this.protocol = protocol;
    const { snapshot, tail } = this.channel.takeRecovered();
    const records = tail.map(({ bytes, position }) => {
      const record = this.ports.records.decode(bytes);
      if (record !== undefined) return { position, record };
      const where = `record ${position} of ${this.ports.name} in the journal`;
      const detail = `${where} cannot be read; it is damaged, or of a later version of Hearsay`;
      throw new HearsayError("DATA_DIR", detail);
    });
    protocol.recover(snapshot, records);
  }

  now(): number {
    return this.inner.now();
  }

  wallClock(): number {
    return this.inner.wallClock();
  }

  setTimer(timer: T, delayMs: number): TimerId {
    return this.inner.setTimer(timer, delayMs);
  }

  clearTimer(id: TimerId): void {
    this.inner.clearTimer(id);
  }

  append(record: R): JournalPosition {
    this.lastPosition = this.channel.append(this.ports.records.encode(record));
    this.haste = "urgent";
    this.ask();
    return this.lastPosition;
  }

  appendLater(record: R): JournalPosition {
    const { channel } = this;
    if (channel.appendLater === undefined) return this.append(record);
    this.lastPosition = channel.appendLater(this.ports.records.encode(record));
    this.haste = "patient";
    this.ask();
    return this.lastPosition;
  }

  flush(): void {
    this.channel.flush?.();
  }

  send(to: PeerId, message: M): void {
    if (this.lastPosition <= this.durablePosition) return this.inner.send(to, message);
    this.flush();
    if (this.held.length >= HELD_MAX_COUNT) return this.ports.countDropped("held");
    this.held.push({ after: this.lastPosition, to, message });
  }

  sendNow(to: PeerId, message: M): void {
    this.inner.send(to, message);
  }

  truncateAfter(position: JournalPosition): void {
    this.channel.truncateAfter(position);
  }

  snapshot(bytes: Uint8Array, upTo: JournalPosition): void {
    this.channel.snapshot(bytes, upTo, () => this.tell((protocol) => protocol.onSnapshot(upTo)));
  }

  /** Nothing leaves any more, and nothing is told. */
  stop(): void {
    this.isStopped = true;
    this.held = [];
  }

  /** One question at a time, for all that was appended. */
  private ask(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    this.ports.host.afterStep(() => this.await());
  }

  private await(): void {
    const { store } = this.ports;
    store.afterWrites(() => {
      // The same sync may have taken what came since: that is told together.
      const { durablePosition } = store;
      const isAll = this.lastPosition <= durablePosition;
      this.isAsking = !isAll;
      this.onDurable(isAll ? this.lastPosition : durablePosition);
      if (!isAll) this.await();
    }, this.haste);
  }

  private onDurable(position: JournalPosition): void {
    this.durablePosition = position;
    this.tell((protocol) => {
      this.release();
      protocol.onDurable(position);
    });
  }

  private release(): void {
    const next = this.held.findIndex(({ after }) => after > this.durablePosition);
    const free = this.held.splice(0, next === -1 ? this.held.length : next);
    for (const { message, to } of free) this.inner.send(to, message);
  }

  /** In a step of its own: the disk tells when it likes. */
  private tell(what: (protocol: DurableProtocol<M, T, R>) => void): void {
    const { isStopped, ports, protocol } = this;
    if (isStopped || protocol === undefined) return;
    try {
      ports.host.step(() => what(protocol));
    } catch (error) {
      ports.die(error);
    }
  }
}
