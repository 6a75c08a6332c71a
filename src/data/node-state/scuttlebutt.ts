import type { Env, TimerId } from "../../core/env.ts";
import { FlowControl } from "../../core/flow-control.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import { Answers } from "./answers.ts";
import { gossipWants, wantNamed } from "./cassandra-table.ts";
import { DeltaBudget, HAS_NOTHING } from "./delta-budget.ts";
import { digestOf } from "./digest-parts.ts";
import type { NodeStateCount, StatePeers } from "./node-state.contract.ts";
import type {
  Digest,
  NodeStateMessage,
  NodeStateTimer,
  StateDelta,
  StateDigest,
} from "./node-state.messages.ts";
import type { NodeStateOptions } from "./node-state.options.ts";
import { digestBytes, MESSAGE_HEAD_BYTES } from "./node-state.sizes.ts";
import type { NodeState } from "./node-state.ts";
import type { StateCopy } from "./state-copy.ts";

/** Strangers who do not listen are told so no more often. [spec Scuttlebutt §2] */
const BAD_CLUSTER_INTERVAL_MS = 1_000;
/** Of so many rounds, one compares also what is known of those who are away. [guess] */
const AWAY_ROUNDS = 10;

export interface ScuttlebuttWiring {
  readonly peers: StatePeers;
  readonly state: NodeState;
  readonly counters: { add(name: NodeStateCount, by?: number): void };
  /** Nodes of another one are strangers. Default: the one without a name. */
  readonly cluster?: string;
}

/**
 * Brings the copies of all nodes' states up to date: pairs of nodes tell each other how far they
 * have come, and each sends what the other lacks, of every node the oldest first.
 *
 *   P ── probe(hash) ───────────▶ Q     the end when Q knows the same; else Q asks:
 *   P ◀── syn(digest) ─────────── Q
 *   P ── synAck(digest, deltas) ─▶ Q
 *   P ◀── ack(deltas) ─────────── Q
 *
 * News waits for no round, nor for a probe: a `syn` names those of whom there is any. Which peers
 * are there, dead ones and seeds among them, is the business of the view of peers.
 * [Scuttlebutt 2008; spec Scuttlebutt §2 to §5, §7]
 *
 * Departs from [Scuttlebutt 2008]: the probe, and news between rounds.
 */
export class Scuttlebutt implements Protocol<NodeStateMessage, NodeStateTimer> {
  /** Absent where writers are not held back. */
  readonly flow: FlowControl | undefined;
  private readonly env: Env<NodeStateMessage, NodeStateTimer>;
  private readonly wiring: ScuttlebuttWiring;
  private readonly options: NodeStateOptions;
  private readonly answers: Answers;
  private roundTimer: TimerId | undefined;
  private newsTimer: TimerId | undefined;
  private expiryTimer: TimerId | undefined;
  private roundsCount = 0;
  private badClusterAtMs = Number.NEGATIVE_INFINITY;
  private phase: "new" | "running" | "stopped" = "new";

  constructor(
    env: Env<NodeStateMessage, NodeStateTimer>,
    wiring: ScuttlebuttWiring,
    options: NodeStateOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.answers = new Answers(options);
    const isFree = options.flowControl === "off";
    this.flow = isFree ? undefined : new FlowControl(options, () => env.now());
    wiring.state.onFresh = () => this.armNews();
  }

  start(): void {
    const { env, options } = this;
    this.phase = "running";
    // Nodes that start together should not gossip in step.
    const delayMs = env.random.real() * options.roundIntervalMs;
    this.roundTimer = env.setTimer({ kind: "round" }, delayMs);
    // What was written before the start is news, too.
    this.armNews();
    this.armExpiry();
  }

  stop(): void {
    this.phase = "stopped";
    for (const timer of [this.roundTimer, this.newsTimer, this.expiryTimer]) {
      if (timer !== undefined) this.env.clearTimer(timer);
    }
  }

  onTimer({ kind }: NodeStateTimer): void {
    if (kind === "news") this.onNewsDue();
    else if (kind === "expiry") this.onExpiryDue();
    else this.onRound();
  }

  onMessage(from: PeerId, message: NodeStateMessage): void {
    if ("cluster" in message && this.isStranger(from, message.cluster)) return;
    switch (message.kind) {
      case "probe":
        return this.onProbe(from, message.hash);
      case "syn":
        return this.onSyn(from, message.digest);
      case "synAck":
        return this.onSynAck(from, message.digest, message.deltas);
      case "gossipSyn":
        return this.onGossipSyn(from, message.digest);
      case "gossipAck":
        return this.onGossipAck(from, message.wanted, message.deltas);
      case "ack":
      case "gossipAck2":
        this.wiring.state.apply(message.deltas);
        return;
      case "badCluster":
        this.wiring.counters.add("nodeState.dropped.cluster");
    }
  }

  /** A key that was written may end before the next round. */
  armExpiry(): void {
    const { env, expiryTimer, options, wiring } = this;
    const waitMs = Math.max(0, wiring.state.own.nextExpiryMs - env.wallClock());
    if (expiryTimer !== undefined) env.clearTimer(expiryTimer);
    this.expiryTimer = undefined;
    // Each round looks, too.
    if (this.phase !== "running" || waitMs >= options.roundIntervalMs) return;
    this.expiryTimer = env.setTimer({ kind: "expiry" }, waitMs);
  }

  private onExpiryDue(): void {
    this.expiryTimer = undefined;
    this.wiring.state.own.expire();
    this.armExpiry();
  }

  private onRound(): void {
    const { env, flow, options, wiring } = this;
    this.roundTimer = env.setTimer({ kind: "round" }, options.roundIntervalMs);
    this.answers.onInterval();
    wiring.state.upkeep();
    flow?.onRound();
    this.armExpiry();
    if (!this.mayProbe()) return this.toRandomPeers(() => this.opening(this.digest()));
    const { cluster = "" } = wiring;
    const probe = { kind: "probe", cluster, hash: wiring.state.hash() } as const;
    this.toRandomPeers(() => probe);
  }

  /** Of those who are away a probe says nothing: now and then it is asked for, too. */
  private mayProbe(): boolean {
    const { heartbeats, profile } = this.options;
    if (profile !== "scuttlebutt" || heartbeats === "on") return false;
    this.roundsCount += 1;
    return this.roundsCount % AWAY_ROUNDS !== 0 || !this.wiring.state.table.hasAway;
  }

  private armNews(): void {
    const { env, options } = this;
    if (this.phase !== "running" || this.newsTimer !== undefined) return;
    if (options.newsDelayMs >= options.roundIntervalMs || !this.wiring.state.hasFresh) return;
    this.newsTimer = env.setTimer({ kind: "news" }, options.newsDelayMs);
  }

  private onNewsDue(): void {
    this.newsTimer = undefined;
    const copies = this.wiring.state.takeFresh();
    this.toRandomPeers(() => this.opening(this.digest(copies, "part")));
    // Before the next round, if it ends so soon.
    this.armExpiry();
  }

  private toRandomPeers(make: () => NodeStateMessage): void {
    const { env, options, wiring } = this;
    const peers: PeerId[] = [];
    const count = wiring.peers.sample(env.random, options.fanoutCount, peers);
    for (const peer of peers.slice(0, count)) {
      wiring.counters.add("nodeState.rounds");
      env.send(peer, make());
    }
  }

  private opening(digest: Digest): NodeStateMessage {
    const { cluster = "" } = this.wiring;
    const kind = this.options.profile === "cassandra" ? "gossipSyn" : "syn";
    return { kind, cluster, digest };
  }

  private onProbe(from: PeerId, hash: number): void {
    const { counters, state } = this.wiring;
    if (this.isBusy(from, "all")) return;
    if (hash === state.hash()) counters.add("nodeState.equal");
    else this.env.send(from, this.opening(this.digest()));
  }

  private onSyn(from: PeerId, theirs: Digest): void {
    if (this.isBusy(from, theirs.extent)) return;
    this.learn(theirs);
    // Who names a part asks about that part.
    const copies = theirs.extent === "all" ? undefined : this.named(theirs.states);
    const digest = this.digest(copies, theirs.extent);
    const deltas = this.lackedBy(theirs, digestBytes(digest));
    this.env.send(from, { kind: "synAck", digest, deltas });
  }

  private onSynAck(from: PeerId, theirs: Digest, deltas: readonly StateDelta[]): void {
    if (this.isBusy(from, "part")) return;
    this.learn(theirs);
    this.wiring.state.apply(deltas);
    const lacked = this.lackedBy(theirs, 0);
    if (lacked.length > 0) this.env.send(from, { kind: "ack", deltas: lacked });
  }

  private onGossipSyn(from: PeerId, theirs: Digest): void {
    if (this.isBusy(from, theirs.extent)) return;
    this.learn(theirs);
    const wanted = gossipWants(this.wiring.state, theirs);
    const spentBytes = digestBytes({ states: wanted, extent: "part" });
    const budget = this.budget(spentBytes);
    wantNamed(this.wiring.state, theirs, budget);
    const deltas = this.fit(budget);
    if (wanted.length + deltas.length === 0) return;
    this.env.send(from, { kind: "gossipAck", wanted, deltas });
  }

  private onGossipAck(
    from: PeerId,
    wanted: readonly StateDigest[],
    deltas: readonly StateDelta[],
  ): void {
    if (this.isBusy(from, "part")) return;
    const { counters, state } = this.wiring;
    state.apply(deltas);
    const budget = this.budget(0);
    for (const has of wanted) {
      const copy = state.copyOf(has.origin);
      if (copy === undefined) counters.add("nodeState.dropped.unasked");
      else budget.want(copy, has);
    }
    const lacked = this.fit(budget);
    if (lacked.length > 0) this.env.send(from, { kind: "gossipAck2", deltas: lacked });
  }

  private isBusy(from: PeerId, about: Digest["extent"]): boolean {
    if (this.answers.take(from, about)) return false;
    this.wiring.counters.add("nodeState.dropped.busy");
    return true;
  }

  private learn({ flow, states }: Digest): void {
    this.wiring.state.learn(states);
    if (flow !== undefined) this.flow?.onExchange(flow);
  }

  private digest(
    copies: Iterable<StateCopy> = this.wiring.state.copies(),
    extent: Digest["extent"] = "all",
  ): Digest {
    const { env, flow, options } = this;
    const maxBytes = Math.floor(options.messageMaxBytes * options.digestMaxRatio);
    return digestOf(copies, { extent, maxBytes, random: env.random, flow: flow?.report });
  }

  private named(states: readonly StateDigest[]): StateCopy[] {
    return states.flatMap(({ origin }) => this.wiring.state.copyOf(origin) ?? []);
  }

  /** Who names only a part may know of the others. [spec Scuttlebutt §2] */
  private lackedBy(theirs: Digest, spentBytes: number): readonly StateDelta[] {
    const { state } = this.wiring;
    const budget = this.budget(spentBytes);
    wantNamed(state, theirs, budget);
    if (theirs.extent === "all") {
      const named = new Set(theirs.states.map(({ origin }) => state.livingCopy(origin)));
      for (const copy of state.presentCopies()) {
        if (!named.has(copy)) budget.want(copy, HAS_NOTHING);
      }
    }
    return this.fit(budget);
  }

  private budget(spentBytes: number): DeltaBudget {
    const { env, options } = this;
    const { messageMaxBytes, ordering } = options;
    const budgetBytes = messageMaxBytes - MESSAGE_HEAD_BYTES - spentBytes;
    return new DeltaBudget({ ordering, random: env.random, budgetBytes });
  }

  private fit(budget: DeltaBudget): readonly StateDelta[] {
    const { cut, deltas } = budget.take();
    if (cut.includes(this.wiring.state.own.copy)) this.flow?.onOverflow();
    return deltas;
  }

  private isStranger(from: PeerId, theirs: string): boolean {
    const { counters, cluster = "" } = this.wiring;
    if (theirs === cluster) return false;
    counters.add("nodeState.dropped.cluster");
    const nowMs = this.env.now();
    if (nowMs - this.badClusterAtMs >= BAD_CLUSTER_INTERVAL_MS) {
      this.badClusterAtMs = nowMs;
      this.env.send(from, { kind: "badCluster" });
    }
    return true;
  }
}
