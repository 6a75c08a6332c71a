import type { Random } from "../core/random.ts";
import { checkLatency, drawLatencyMs, type LatencyModel, latencyText } from "./latency.ts";
import { RealDice } from "./real-dice.ts";
import type { SimOptions } from "./sim.options.ts";
import { SimLines } from "./sim-lines.ts";

/** Most times one piece of a stream is sent again; then the deadline must have come. */
const RETRANSMISSIONS_MAX = 16;
const NODES_MAX = 2 ** 26;
const FIRST_CAPACITY = 64;
const GROUPS_MAX = 65_535;

/** What the network needs to know of a machine. */
export interface Place {
  /** Its number in the simulation. */
  readonly index: number;
  readonly name: string;
}

/** What the network needs to know of the simulation. */
export interface NetworkHost {
  readonly nowMs: number;
  /** Somebody changed the network; `fault` says what, in words. */
  onFault(fault: string): void;
}

/**
 * The network between simulated machines. All its dice come from one stream of the seed. Every
 * number of it may be changed at any time and holds for what is sent from then on.
 */
export class SimNetwork {
  private readonly host: NetworkHost;
  private readonly dice: RealDice;
  private readonly retransmitMs: number;
  /** The partition group of each machine, by its number; see `setGroup`. */
  private groups = new Uint16Array(0);
  private readonly cuts = new Set<number>();
  private readonly clogs = new Map<number, number>();
  private readonly lines = new SimLines();
  private model: LatencyModel;
  /** Of a uniform model; the span is below 0 for any other. */
  private leastMs = 0;
  private spanMs = -1;
  private loss: number;
  private duplicate: number;
  private reorder: number;
  private reorderMost: number;
  private bandwidth: number;
  private linkQueueMost: number;
  private changes = 0;

  constructor(host: NetworkHost, random: Random, options: SimOptions, latency?: LatencyModel) {
    this.host = host;
    this.dice = new RealDice(random);
    this.retransmitMs = options.retransmitMs;
    const { latencyMinMs: minMs, latencyMaxMs: maxMs } = options;
    this.model = latency ?? { kind: "uniform", minMs, maxMs };
    this.useModel(this.model);
    this.loss = checkRatio("lossRatio", options.lossRatio);
    this.duplicate = checkRatio("duplicateRatio", options.duplicateRatio);
    this.reorder = checkRatio("reorderRatio", options.reorderRatio);
    this.reorderMost = options.reorderMaxMs;
    this.bandwidth = options.bandwidthBytesPerSecond;
    this.linkQueueMost = options.linkQueueMaxBytes;
  }

  /** How long a packet takes one way. */
  get latency(): LatencyModel {
    return this.model;
  }

  /** @throws RangeError when its numbers make no sense. */
  set latency(model: LatencyModel) {
    this.useModel(model);
    this.host.onFault(`latency ${latencyText(model)}`);
  }

  /** Share of packets lost; a stream's bytes are sent again instead. */
  get lossRatio(): number {
    return this.loss;
  }

  set lossRatio(ratio: number) {
    this.loss = checkRatio("lossRatio", ratio);
    this.host.onFault(`lossRatio ${ratio}`);
  }

  /** Share of packets that arrive twice. */
  get duplicateRatio(): number {
    return this.duplicate;
  }

  set duplicateRatio(ratio: number) {
    this.duplicate = checkRatio("duplicateRatio", ratio);
    this.host.onFault(`duplicateRatio ${ratio}`);
  }

  /** Share of packets that are late by up to `reorderMaxMs`, and so overtaken. */
  get reorderRatio(): number {
    return this.reorder;
  }

  set reorderRatio(ratio: number) {
    this.reorder = checkRatio("reorderRatio", ratio);
    this.host.onFault(`reorderRatio ${ratio}`);
  }

  /** By how much a packet that is reordered comes later, at most. */
  get reorderMaxMs(): number {
    return this.reorderMost;
  }

  set reorderMaxMs(ms: number) {
    this.reorderMost = checkAmount("reorderMaxMs", ms);
    this.host.onFault(`reorderMaxMs ${ms}`);
  }

  /** Of the line out of each machine; 0 is without bound. What waited in it is let go. */
  get bandwidthBytesPerSecond(): number {
    return this.bandwidth;
  }

  set bandwidthBytesPerSecond(bytes: number) {
    this.bandwidth = checkAmount("bandwidthBytesPerSecond", bytes);
    this.lines.clear();
    this.host.onFault(`bandwidthBytesPerSecond ${bytes}`);
  }

  /** Bytes that wait for a connection at most, before it breaks. */
  get linkQueueMaxBytes(): number {
    return this.linkQueueMost;
  }

  set linkQueueMaxBytes(bytes: number) {
    this.linkQueueMost = checkAmount("linkQueueMaxBytes", bytes);
    this.host.onFault(`linkQueueMaxBytes ${bytes}`);
  }

  /** Packets and streams pass only between machines of one partition group. */
  setGroup(place: Place, group: number): void {
    if (group > GROUPS_MAX) throw new RangeError(`more than ${GROUPS_MAX} partition groups`);
    if (place.index >= this.groups.length) {
      const larger = new Uint16Array(Math.max(FIRST_CAPACITY, 2 * (place.index + 1)));
      larger.set(this.groups);
      this.groups = larger;
    }
    if (this.groups[place.index] !== group) this.changes += 1;
    this.groups[place.index] = group;
  }

  /** How often it changed who reaches whom. */
  get changesCount(): number {
    return this.changes;
  }

  /** The side of a partition that a node is on. */
  group(index: number): number {
    return this.groups[index] ?? 0;
  }

  /** Nothing gets from `from` to `to` until `mend`; the other direction is untouched. */
  cut(from: Place, to: Place): void {
    this.cuts.add(pathOf(from.index, to.index));
    this.changes += 1;
    this.host.onFault(`cut ${from.name} → ${to.name}`);
  }

  /** Ends the cut of one direction. */
  mend(from: Place, to: Place): void {
    this.cuts.delete(pathOf(from.index, to.index));
    this.changes += 1;
    this.host.onFault(`mend ${from.name} → ${to.name}`);
  }

  /** What is sent from `from` to `to` in the next `durationMs` starts only when they are over. */
  clog(from: Place, to: Place, durationMs: number): void {
    const endMs = this.host.nowMs + checkAmount("durationMs of a clog", durationMs);
    const path = pathOf(from.index, to.index);
    // Of two that overlap, the longer one counts.
    this.clogs.set(path, Math.max(endMs, this.clogs.get(path) ?? 0));
    this.host.onFault(`clog ${from.name} → ${to.name} ${durationMs}`);
  }

  /** Ends all cuts, and all clogs for what is sent from now on. */
  mendAll(): void {
    this.cuts.clear();
    this.changes += 1;
    this.clogs.clear();
  }

  /** Between two machines, by their numbers. */
  canPass(from: number, to: number): boolean {
    if (this.groups[from] !== this.groups[to]) return false;
    return this.cuts.size === 0 || !this.cuts.has(pathOf(from, to));
  }

  /** Draws whether the next packet is lost. */
  isLost(): boolean {
    return this.dice.real() < this.loss;
  }

  /** Draws whether the next packet comes twice. */
  isDoubled(): boolean {
    return this.dice.real() < this.duplicate;
  }

  /** Whether packets may have to wait before they start. */
  get holdsUp(): boolean {
    return this.bandwidth > 0 || this.clogs.size > 0;
  }

  /** Whether bytes take time, and must be counted. */
  get isMetered(): boolean {
    return this.bandwidth > 0;
  }

  /**
   * Time in the line out of `from`; undefined when its queue has no room for them. Only where
   * `isMetered`.
   */
  linkMs(from: number, bytes: number): number | undefined {
    return this.lines.admit(from, bytes, {
      nowMs: this.host.nowMs,
      bytesPerSecond: this.bandwidth,
      queueMaxBytes: this.linkQueueMost,
    });
  }

  /** The same for a piece of a stream, which TCP keeps until there is room. */
  streamLinkMs(from: number, bytes: number): number {
    const moment = { nowMs: this.host.nowMs, bytesPerSecond: this.bandwidth };
    return this.lines.admit(from, bytes, { ...moment, queueMaxBytes: Infinity }) ?? 0;
  }

  /** How long what is sent from `from` to `to` waits before it starts. */
  clogMs(from: number, to: number): number {
    if (this.clogs.size === 0) return 0;
    const path = pathOf(from, to);
    const waitMs = (this.clogs.get(path) ?? 0) - this.host.nowMs;
    if (waitMs > 0) return waitMs;
    this.clogs.delete(path);
    return 0;
  }

  private useModel(model: LatencyModel): void {
    checkLatency(model);
    this.model = model;
    const isUniform = model.kind === "uniform";
    this.leastMs = isUniform ? model.minMs : 0;
    this.spanMs = isUniform ? model.maxMs - model.minMs : -1;
  }

  /** One-way delay of a packet. */
  latencyMs(): number {
    const { spanMs } = this;
    // The usual case by itself, in few words: it is part of each packet.
    if (spanMs >= 0 && this.reorder === 0) return this.leastMs + this.dice.real() * spanMs;
    return this.rareLatencyMs();
  }

  private rareLatencyMs(): number {
    const delayMs = drawLatencyMs(this.model, this.dice);
    if (this.reorder === 0 || this.dice.real() >= this.reorder) return delayMs;
    return delayMs + this.dice.real() * this.reorderMost;
  }

  /** One-way delay of a piece of a long-lived stream, before it waits for those ahead of it. */
  orderedLatencyMs(): number {
    return this.loss > 0 ? this.streamLatencyMs() : this.latencyMs();
  }

  /**
   * One-way delay of a piece of a stream: what is lost is sent again, each time after twice as
   * long. TCP puts into order again what was overtaken.
   */
  streamLatencyMs(): number {
    let delayMs = drawLatencyMs(this.model, this.dice);
    let pauseMs = this.retransmitMs;
    for (let again = 0; again < RETRANSMISSIONS_MAX && this.isLost(); again += 1) {
      delayMs += pauseMs;
      pauseMs *= 2;
    }
    return delayMs;
  }
}

function pathOf(from: number, to: number): number {
  return from * NODES_MAX + to;
}

function checkRatio(name: string, ratio: number): number {
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw new RangeError(`${name} is ${ratio}, not a number from 0 to 1`);
}

function checkAmount(name: string, amount: number): number {
  if (amount >= 0 && amount < Number.POSITIVE_INFINITY) return amount;
  throw new RangeError(`${name} is ${amount}, not a finite number of 0 or more`);
}
