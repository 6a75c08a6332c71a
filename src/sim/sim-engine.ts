import { at } from "../core/collections/at.ts";
import type { TimerId } from "../core/env.ts";
import { peerId } from "../core/peer.ts";
import { eventKinds, kindAt } from "./event-slab.ts";
import { EventWheel } from "./event-wheel.ts";
import type { SimOptions } from "./sim.options.ts";
import { SimChannel, STREAM_CHANNEL } from "./sim-channel.ts";
import { SimCounts } from "./sim-counts.ts";
import { ActionEvent, SimEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";
import { SimRoster, vitalFlags } from "./sim-roster.ts";
import { SimTracer } from "./sim-tracer.ts";

/** Whoever keeps the pipes between nodes. */
export interface PipeTaker {
  takeMessage(end: number, place: number, message: unknown): void;
  takeSignal(end: number, signal: number): void;
}

const NOBODY = -1;
const READ_AHEAD_COUNT = 64;

/** Where a timer belongs: as which mount, or on which channel, of which life of a node. */
export interface TimerOwner {
  readonly index: number;
  readonly life: number;
  readonly place: number;
  /** `eventKinds.timer` or `eventKinds.directTimer`. */
  readonly kind: number;
}

/**
 * Time and what happens in it. The hot part of the simulator: between the wheel and a protocol
 * mounted directly there is no closure, no object made and no text looked up.
 */
export class SimEngine {
  readonly seed: number;
  readonly options: SimOptions;
  readonly wheel = new EventWheel();
  readonly roster = new SimRoster();
  readonly counts = new SimCounts();
  readonly tracer = new SimTracer();
  pipes: PipeTaker | undefined;
  /** Some machine's clock is not the simulation's. */
  hasDrift = false;
  /** Of the events that were read ahead, how many are for a direct protocol: kept to be read. */
  livingAhead = 0;
  private readonly channels: SimChannel[] = [new SimChannel("")];
  private now = 0;
  private inInstant = 0;
  private isRunning = false;
  /** The node whose direct protocol runs, and whether a step of the node was opened around it. */
  private inside = NOBODY;
  private isStepOpen = false;

  constructor(seed: number, options: SimOptions) {
    this.seed = seed;
    this.options = options;
  }

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.now;
  }

  /** The number of a channel of direct protocols. */
  channelNumber(name: string): number {
    const found = this.channels.findIndex((one, at) => at > STREAM_CHANNEL && one.name === name);
    return found > 0 ? found : this.channels.push(new SimChannel(name)) - 1;
  }

  channel(number: number): SimChannel {
    const channel = this.channels[number];
    if (channel === undefined) throw new RangeError(`there is no channel ${number}`);
    return channel;
  }

  /** Takes a node that ended off all channels. */
  forget(index: number): void {
    for (const channel of this.channels) channel.remove(index);
  }

  /** @throws RangeError when `delayMs` is not finite or below 0. */
  schedule(delayMs: number, event: SimEvent): void {
    checkDelay(delayMs);
    const { wheel } = this;
    wheel.dueMs = this.now + delayMs;
    wheel.slab.address(wheel.add(event), 0, 0, eventKinds.action);
  }

  setTimer(owner: TimerOwner, delayMs: number, timer: unknown): TimerId {
    checkDelay(delayMs);
    const { wheel, roster } = this;
    let trueDelayMs = delayMs;
    if (this.hasDrift) trueDelayMs = roster.nodes[owner.index]?.trueDelayMs(delayMs) ?? delayMs;
    wheel.dueMs = this.now + trueDelayMs;
    const slot = wheel.add(timer);
    wheel.slab.address(slot, owner.index, owner.life, kindAt(owner.kind, owner.place));
    return wheel.slab.keyOf(slot) as TimerId;
  }

  /** Lets time pass until `endMs`. */
  runTo(endMs: number): void {
    this.fireTo(endMs);
    this.now = endMs;
  }

  /** Lets the events of the next moment happen, if it comes by `endMs`; false when none does. */
  runMoment(endMs: number): boolean {
    const dueMs = this.wheel.nextDue();
    if (dueMs > endMs) return false;
    this.fireTo(dueMs);
    return true;
  }

  /**
   * A direct protocol runs without its node knowing, which is faster. Where it meets the node's
   * other protocols the node is told, and from there on it is a step like any other.
   */
  openStep(node: SimNode): void {
    if (this.inside !== node.index || this.isStepOpen) return;
    this.isStepOpen = true;
    node.enterStep();
  }

  private fireTo(endMs: number): void {
    if (this.isRunning) throw new Error("a simulation cannot be run from within itself");
    this.isRunning = true;
    const { wheel } = this;
    try {
      while (wheel.fill(endMs)) {
        let aheadCount = 0;
        let slot = wheel.firstOfRun(endMs);
        for (; slot !== 0; slot = wheel.firstOfRun(endMs)) {
          if (aheadCount === 0) aheadCount = this.readAhead();
          aheadCount -= 1;
          this.fire(slot);
        }
        if (!wheel.run.isEmpty) break;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${this.seed}, ${this.now} ms: ${reason}`, { cause: error });
    } finally {
      this.isRunning = false;
    }
  }

  /**
   * Looks at what the next events will need. In a large simulation each look goes to memory, and
   * many together take as long as one: without this, each event would wait for its own.
   */
  private readAhead(): number {
    const { run, slab } = this.wheel;
    const count = Math.min(run.count, READ_AHEAD_COUNT);
    let living = 0;
    for (let ahead = 0; ahead < count; ahead += 1) {
      const slot = run.slotAt(ahead);
      const protocol = this.channels[slab.place(slot)]?.get(slab.node(slot));
      if (slab.carried(slot) !== undefined && typeof protocol === "object") living += 1;
    }
    this.livingAhead = living;
    return count;
  }

  private fire(slot: number): void {
    const { slab } = this.wheel;
    const dueMs = slab.due(slot);
    if (dueMs > this.now) {
      this.now = dueMs;
      this.inInstant = 0;
    }
    this.inInstant += 1;
    if (this.inInstant > this.options.instantEventsCount) throw new Error("time stands still");
    this.counts.events += 1;
    const kind = slab.kind(slot);
    if (kind === eventKinds.packet) this.firePacket(slot);
    else if (kind === eventKinds.pipeMessage) this.firePiece(slot);
    else if (kind === eventKinds.pipeSignal) this.fireSignal(slot);
    else if (kind === eventKinds.action) this.fireAction(slot);
    else this.fireTimer(slot, kind);
  }

  private fireAction(slot: number): void {
    const action = this.wheel.slab.carried(slot);
    this.wheel.drop(slot);
    if (action instanceof SimEvent) action.fire();
  }

  private firePiece(slot: number): void {
    const { slab } = this.wheel;
    const end = slab.detail(slot);
    const place = slab.place(slot);
    const message = slab.carried(slot);
    this.wheel.drop(slot);
    this.pipes?.takeMessage(end, place, message);
  }

  private fireSignal(slot: number): void {
    const { slab } = this.wheel;
    const end = slab.detail(slot);
    const signal = slab.place(slot);
    this.wheel.drop(slot);
    this.pipes?.takeSignal(end, signal);
  }

  private firePacket(slot: number): void {
    const { slab } = this.wheel;
    const to = slab.node(slot);
    const from = slab.detail(slot);
    const channel = slab.place(slot);
    const message = slab.carried(slot);
    this.wheel.drop(slot);
    this.deliver(to, from, channel, message);
  }

  private deliver(to: number, from: number, channel: number, message: unknown): void {
    if (!this.roster.isRunning(to)) return this.deliverLater(to, from, channel, message);
    if (channel === STREAM_CHANNEL) return this.deliverToStream(to, from, message);
    const protocol = this.channels[channel]?.get(to);
    if (protocol === undefined) {
      this.counts.packetsToNobody += 1;
      return;
    }
    if (this.tracer.isOn) this.reportDelivery(to, from, channel, message);
    this.counts.packetsDelivered += 1;
    this.enter(to);
    try {
      protocol.onMessage(peerId(from), message);
    } finally {
      this.leave();
    }
  }

  private deliverToStream(to: number, from: number, message: unknown): void {
    const node = at(this.roster.nodes, to);
    if (!node.isListening) {
      this.counts.packetsToNobody += 1;
      return;
    }
    if (this.tracer.isOn) this.reportDelivery(to, from, STREAM_CHANNEL, message);
    this.counts.packetsDelivered += 1;
    node.takePacket(at(this.roster.nodes, from), message);
  }

  /** To one that is dead, paused or blocked. */
  private deliverLater(to: number, from: number, channel: number, message: unknown): void {
    if (!this.roster.has(to, vitalFlags.alive)) {
      this.counts.packetsToNobody += 1;
      return;
    }
    const again = new ActionEvent(() => this.deliver(to, from, channel, message));
    if (at(this.roster.nodes, to).holds.keepPacket(again)) return;
    this.counts.packetsOverflowed += 1;
  }

  private fireTimer(slot: number, kind: number): void {
    const { wheel, roster } = this;
    const index = wheel.slab.node(slot);
    if (wheel.slab.detail(slot) !== roster.life(index)) return wheel.drop(slot);
    if (roster.has(index, vitalFlags.paused)) return this.holdTimer(slot, kind);
    const place = wheel.slab.place(slot);
    const timer = wheel.slab.carried(slot);
    wheel.drop(slot);
    this.ring(index, kind, place, timer);
  }

  private holdTimer(slot: number, kind: number): void {
    const { slab } = this.wheel;
    const [index, life, place] = [slab.node(slot), slab.detail(slot), slab.place(slot)];
    const timer = slab.carried(slot);
    const { holds } = at(this.roster.nodes, index);
    holds.keepTimer(slab.keyOf(slot), () => {
      if (this.roster.life(index) === life) this.ring(index, kind, place, timer);
    });
    this.wheel.drop(slot);
  }

  private ring(index: number, kind: number, place: number, timer: unknown): void {
    if (kind === eventKinds.timer) {
      return at(this.roster.nodes, index).takeTimer(place, timer);
    }
    const channel = this.channel(place);
    const protocol = channel.get(index);
    if (protocol === undefined) return;
    if (this.tracer.isOn) {
      const node = at(this.roster.nodes, index);
      this.tracer.report("timer", this.now, { node, subject: timer, channel: channel.name });
    }
    this.counts.timersFired += 1;
    this.enter(index);
    try {
      protocol.onTimer(timer);
    } finally {
      this.leave();
    }
  }

  /** A direct protocol of this node is called now; `leave` must follow. */
  enter(index: number): void {
    this.inside = index;
  }

  /** The direct protocol has returned. */
  leave(): void {
    const index = this.inside;
    this.inside = NOBODY;
    if (!this.isStepOpen) return;
    this.isStepOpen = false;
    at(this.roster.nodes, index).leaveStep();
  }

  private reportDelivery(to: number, from: number, channel: number, message: unknown): void {
    const { nodes } = this.roster;
    const name = channel === STREAM_CHANNEL ? undefined : this.channel(channel).name;
    const about = { node: at(nodes, to), peer: at(nodes, from), subject: message, channel: name };
    this.tracer.report("deliver", this.now, about);
  }
}

/** @throws RangeError when `delayMs` is not finite or below 0. */
export function checkDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a delay must be finite and at least 0 ms, not ${delayMs}`);
  }
}
