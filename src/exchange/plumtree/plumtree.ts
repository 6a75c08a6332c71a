import { unreachable } from "../../core/assert.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { PeerListener } from "../../peers/peer-view.ts";
import type { Enrolled } from "../enrolled.ts";
import { Budgets } from "./budgets.ts";
import { Fetches } from "./fetches.ts";
import { Outbox } from "./outbox.ts";
import type {
  PlumtreeEnv,
  PlumtreeStatistics,
  PlumtreeTimer,
  PlumtreeWiring,
} from "./plumtree.contract.ts";
import type { Part, PlumtreeMessage } from "./plumtree.messages.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";
import { Seat } from "./seat.ts";
import type { Moment } from "./taking.ts";

/** The neighbours of a node in a tree. */
export interface Branches {
  readonly eager: readonly PeerId[];
  readonly lazy: readonly PeerId[];
}

/**
 * Epidemic broadcast trees: payloads follow the branches of a tree that grows by itself in an
 * overlay of few neighbours, names of updates go along all other links, and where a payload does
 * not follow its name the tree is mended. [Leitão, Pereira, Rodrigues SRDS 2007; spec Plumtree B]
 *
 * Departs from the paper: an update is named by its dot, its payload is kept by the replica alone,
 * and what trees lose is left to anti-entropy, without which a message can be lost for good.
 */
export class Plumtree implements Protocol<PlumtreeMessage, PlumtreeTimer>, PeerListener {
  private readonly env: PlumtreeEnv;
  private readonly wiring: PlumtreeWiring;
  private readonly options: PlumtreeOptions;
  private readonly outbox: Outbox;
  private readonly budgets: Budgets;
  private readonly fetches: Fetches;
  private readonly seats = new Map<string, Seat>();
  private neighbours = new Set<PeerId>();
  private isMissingArmed = false;
  private isStopped = false;

  constructor(env: PlumtreeEnv, wiring: PlumtreeWiring, options: PlumtreeOptions) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.outbox = new Outbox(env, wiring, options);
    this.budgets = new Budgets(options, wiring.counters);
    this.fetches = new Fetches(options, {
      env,
      counters: wiring.counters,
      ask: (replica, peer, run) => this.outbox.want(peer, replica, [run]),
      isSettled: (replica, dot) => this.seats.get(replica)?.hasSeen(dot) ?? true,
      onLost: (replica) => this.seats.get(replica)?.countLost(1),
    });
    wiring.peers.forEachNeighbour((peer) => this.neighbours.add(peer));
    wiring.peers.subscribe(this);
  }

  start(): void {
    const { reconcileIntervalMs } = this.options;
    this.env.setTimer({ kind: "reconcile" }, (0.5 + this.env.random.real()) * reconcileIntervalMs);
  }

  /** What waits leaves now; nothing is said after it. */
  stop(): void {
    this.isStopped = true;
    for (const seat of this.seats.values()) seat.close();
    this.outbox.close();
  }

  /** From now on what is news here spreads, and what others spread is taken in. */
  enrol(enrolled: Enrolled): void {
    const { budgets, env, fetches, options, outbox, wiring } = this;
    const shared = { env, wiring, options, outbox, budgets, fetches };
    this.seats.set(enrolled.name, new Seat(enrolled, shared));
  }

  withdraw(name: string): void {
    this.seats.get(name)?.close();
    this.seats.delete(name);
    this.fetches.removeReplica(name);
    this.outbox.withdraw(name);
  }

  /** What a replica cost and brought since it was enrolled; undefined when it is not. */
  statistics(replica: string): PlumtreeStatistics | undefined {
    return this.seats.get(replica)?.statistics.copy();
  }

  /** Where updates of `origin` go to from this node; for checkers and people. */
  branches(replica: string, origin: Origin): Branches | undefined {
    const tree = this.seats.get(replica)?.trees.of(origin);
    return tree && { eager: [...tree.eager], lazy: [...tree.lazy] };
  }

  onMessage(from: PeerId, message: PlumtreeMessage): void {
    if (this.isStopped) return;
    const moment = { nowMs: this.env.now() };
    this.wiring.counters.add("plumtree.received");
    if (!this.neighbours.has(from)) this.wiring.counters.add("plumtree.strangers");
    for (const part of message.parts) this.takePart(from, part, moment);
    this.fetches.advance(moment.nowMs);
    this.outbox.flush();
    this.armMissing(moment.nowMs);
  }

  onTimer(timer: PlumtreeTimer): void {
    if (this.isStopped) return;
    switch (timer.kind) {
      case "flush":
        return this.outbox.onTimer();
      case "fetch":
        return this.onFetch();
      case "missing":
        return this.onMissing();
      case "reconcile":
        return this.onReconcile();
      default:
        unreachable(timer);
    }
  }

  onPeerUp(): void {
    this.meetNeighbours();
  }

  onPeerDown(): void {
    this.meetNeighbours();
  }

  private takePart(from: PeerId, part: Part, moment: Moment): void {
    const seat = this.seats.get(part.replica);
    if (seat !== undefined) return seat.takePart(from, part, moment);
    this.wiring.counters.add("plumtree.dropped.unknownReplica");
    // Names cost little, and tell this node what there is if it opens the replica one day.
    if (part.gossips.length > 0) this.outbox.prune(from, part.replica, "");
  }

  private onFetch(): void {
    if (this.isStopped) return;
    this.fetches.onTimer(this.env.now());
    this.outbox.flush();
  }

  private onMissing(): void {
    this.isMissingArmed = false;
    const nowMs = this.env.now();
    for (const seat of this.seats.values()) {
      if (seat.missing.size > 0) seat.onMissing(nowMs);
    }
    this.outbox.flush();
    this.armMissing(nowMs);
  }

  private armMissing(nowMs: number): void {
    if (this.isMissingArmed) return;
    let next = Number.POSITIVE_INFINITY;
    for (const { missing } of this.seats.values()) {
      if (missing.size > 0) next = Math.min(next, missing.nextDueMs);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.isMissingArmed = true;
    this.env.setTimer({ kind: "missing" }, Math.max(0, next - nowMs));
  }

  /** Events of the view may be lost, or come before this protocol was there to hear them. */
  private onReconcile(): void {
    this.env.setTimer({ kind: "reconcile" }, this.options.reconcileIntervalMs);
    const changed = this.meetNeighbours();
    if (changed > 0) this.wiring.counters.add("plumtree.reconciled", changed);
    for (const seat of this.seats.values()) seat.forgetForeign();
  }

  /**
   * Takes the neighbours as the view has them now: events tell that something changed, not what, so
   * that a view may tell of more peers than its neighbours. @returns how many came or went.
   */
  private meetNeighbours(): number {
    if (this.isStopped) return 0;
    const before = this.neighbours;
    const now = new Set<PeerId>();
    let changed = 0;
    this.wiring.peers.forEachNeighbour((peer) => {
      now.add(peer);
      if (before.delete(peer)) return;
      changed += 1;
      for (const seat of this.seats.values()) seat.addPeer(peer);
    });
    const nowMs = this.env.now();
    for (const peer of before) {
      changed += 1;
      this.outbox.remove(peer);
      this.fetches.removePeer(peer);
      for (const seat of this.seats.values()) seat.removePeer(peer, nowMs);
    }
    this.neighbours = now;
    if (changed > 0) {
      this.fetches.advance(nowMs);
      this.outbox.flush();
      this.armMissing(nowMs);
    }
    return changed;
  }
}
