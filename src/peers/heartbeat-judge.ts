import { BoundedMap } from "../core/collections/bounded-map.ts";
import type { PeerId } from "../core/peer.ts";
import {
  type DetectorEvidence,
  type DetectorListener,
  type DetectorWiring,
  type HeartbeatDetector,
  unknownVerdict,
  type Verdict,
  type VerdictStatus,
} from "./failure-detector.ts";

/** How heartbeats become a level: what is remembered of a peer's, and what a silence then means. */
export interface HeartbeatMeasure<Memory> {
  /** Of a peer that was heard for the first time, or again after death and so long a silence. */
  begin(silentMs?: number): Memory;
  /** So long after the one before, another heartbeat came. */
  note(memory: Memory, intervalMs: number): void;
  /** Never falls while `silentMs` grows. */
  level(memory: Memory, silentMs: number): number;
  /** What the level was measured by, in words. */
  describe(memory: Memory): string;
}

export interface JudgeOptions {
  readonly suspectLevel: number;
  readonly deadLevel: number;
  /** How far mistakes raise both levels for a peer; 0: not at all. */
  readonly raisedMaxLevel: number;
  /** A round so late says that this node stood still, which then condemns nobody for as long. */
  readonly localPauseMs: number;
  readonly peersMaxCount: number;
  /** Links of the evidence of one peer. */
  readonly evidenceMaxCount: number;
}

interface PeerRecord<Memory> {
  memory: Memory;
  heardMs: number;
  status: VerdictStatus;
  sinceMs: number;
  /** Mistakes that were made about it, up to `raisedMaxLevel`. */
  raised: number;
}

/** Peers of whom only evidence is kept. [because: people ask after what is gone for a while] */
const FORGOTTEN_MAX_COUNT = 256;

/**
 * What detectors by heartbeats have in common: who was heard when, two levels, the evidence, and
 * the doubt about oneself. A peer that returns from the dead begins anew: what was measured of its
 * former life says nothing of this one.
 */
export class HeartbeatJudge<Memory> implements HeartbeatDetector {
  readonly name: string;
  private readonly measure: HeartbeatMeasure<Memory>;
  private readonly options: JudgeOptions;
  private readonly wiring: DetectorWiring;
  private readonly records = new Map<PeerId, PeerRecord<Memory>>();
  private readonly chains = new Map<PeerId, DetectorEvidence[]>();
  private readonly forgotten = new BoundedMap<PeerId, DetectorEvidence[]>(FORGOTTEN_MAX_COUNT);
  private readonly listeners: DetectorListener[] = [];
  private lookedMs: number | undefined;
  private mercyUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    name: string,
    measure: HeartbeatMeasure<Memory>,
    options: JudgeOptions,
    wiring: DetectorWiring,
  ) {
    this.name = name;
    this.measure = measure;
    this.options = options;
    this.wiring = wiring;
  }

  get deadLevel(): number {
    return this.options.deadLevel;
  }

  get peersCount(): number {
    return this.records.size;
  }

  onHeartbeat(peer: PeerId): void {
    const nowMs = this.wiring.now();
    this.noteStandstill(nowMs);
    const record = this.records.get(peer);
    if (record === undefined) return this.meet(peer, nowMs);
    const { heardMs, status } = record;
    const silentMs = nowMs - heardMs;
    // What waited while this node stood still tells nothing of the times of others.
    const isMeasured = heardMs >= this.mercyUntilMs;
    if (status === "dead") record.memory = this.measure.begin(isMeasured ? silentMs : undefined);
    else if (isMeasured) this.measure.note(record.memory, silentMs);
    record.heardMs = nowMs;
    if (status === "alive") return;
    record.raised = Math.min(record.raised + 1, this.options.raisedMaxLevel);
    const detail = `after ${Math.round(silentMs)} ms of silence`;
    this.wiring.counters.add("detector.returned");
    this.become(peer, record, "alive", { atMs: nowMs, what: "returned", detail });
  }

  onRound(): void {
    const nowMs = this.wiring.now();
    this.noteStandstill(nowMs);
    this.lookedMs = nowMs;
    if (nowMs < this.mercyUntilMs) return;
    for (const [peer, record] of this.records) {
      if (record.status !== "dead") this.look(peer, record, nowMs);
    }
  }

  forget(peer: PeerId): void {
    const record = this.records.get(peer);
    if (record === undefined) return;
    const before = record.status;
    this.records.delete(peer);
    this.note(peer, { atMs: this.wiring.now(), what: "forgotten" });
    const chain = this.chains.get(peer);
    this.chains.delete(peer);
    if (chain !== undefined) this.forgotten.set(peer, chain);
    this.tell(unknownVerdict(peer), before);
  }

  verdict(peer: PeerId): Verdict {
    const record = this.records.get(peer);
    return record === undefined ? unknownVerdict(peer) : this.picture(peer, record);
  }

  statusOf(peer: PeerId): VerdictStatus {
    return this.records.get(peer)?.status ?? "unknown";
  }

  evidence(peer: PeerId): readonly DetectorEvidence[] {
    return [...(this.chains.get(peer) ?? this.forgotten.peek(peer) ?? [])];
  }

  forEachPeer(visit: (verdict: Verdict) => void): void {
    for (const [peer, record] of this.records) visit(this.picture(peer, record));
  }

  subscribe(listener: DetectorListener): void {
    this.listeners.push(listener);
  }

  private noteStandstill(nowMs: number): void {
    const { localPauseMs } = this.options;
    if (this.lookedMs === undefined || nowMs - this.lookedMs <= localPauseMs) return;
    this.lookedMs = nowMs;
    this.mercyUntilMs = nowMs + localPauseMs;
    this.wiring.counters.add("detector.pauses");
  }

  private meet(peer: PeerId, nowMs: number): void {
    if (this.records.size >= this.options.peersMaxCount) {
      return this.wiring.counters.add("detector.dropped.tableFull");
    }
    const memory = this.measure.begin();
    const record: PeerRecord<Memory> = {
      memory,
      heardMs: nowMs,
      status: "unknown",
      sinceMs: nowMs,
      raised: 0,
    };
    this.records.set(peer, record);
    const former = this.forgotten.peek(peer);
    if (former !== undefined) {
      this.forgotten.delete(peer);
      this.chains.set(peer, former);
    }
    this.become(peer, record, "alive", { atMs: nowMs, what: "heard" });
  }

  private look(peer: PeerId, record: PeerRecord<Memory>, nowMs: number): void {
    const level = this.measure.level(record.memory, nowMs - record.heardMs);
    const { deadLevel, suspectLevel } = this.options;
    const isDead = level >= deadLevel + record.raised;
    if (!isDead && (record.status === "suspect" || level < suspectLevel + record.raised)) return;
    const silentMs = Math.round(nowMs - record.heardMs);
    const detail = `silent for ${silentMs} ms; ${this.measure.describe(record.memory)}`;
    const what = isDead ? "died" : "suspected";
    this.wiring.counters.add(`detector.${what}`);
    this.become(peer, record, isDead ? "dead" : "suspect", { atMs: nowMs, what, level, detail });
  }

  private become(
    peer: PeerId,
    record: PeerRecord<Memory>,
    status: VerdictStatus,
    why: DetectorEvidence,
  ): void {
    const before = record.status;
    record.status = status;
    record.sinceMs = why.atMs;
    this.note(peer, why);
    this.tell(this.picture(peer, record), before);
  }

  private note(peer: PeerId, link: DetectorEvidence): void {
    let chain = this.chains.get(peer);
    if (chain === undefined) {
      chain = [];
      this.chains.set(peer, chain);
    }
    chain.push(link);
    if (chain.length > this.options.evidenceMaxCount) chain.shift();
  }

  private picture(peer: PeerId, record: PeerRecord<Memory>): Verdict {
    const { heardMs, sinceMs, status } = record;
    const level = this.measure.level(record.memory, this.wiring.now() - heardMs);
    return { peer, status, level, sinceMs, heardMs };
  }

  private tell(verdict: Verdict, before: VerdictStatus): void {
    if (this.listeners.length === 0) return;
    this.wiring.afterStep(() => {
      for (const listener of this.listeners) listener.onVerdict(verdict, before);
    });
  }
}
