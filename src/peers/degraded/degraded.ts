import { Allowance } from "../../core/allowance.ts";
import type { Env, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type {
  Claimant,
  DegradedListener,
  DegradedMember,
  DegradedWiring,
  HealthSample,
} from "./degraded.contract.ts";
import type { ClaimMessage, DegradedTimer, Trouble } from "./degraded.messages.ts";
import type { DegradedOptions } from "./degraded.options.ts";

const NO_TROUBLE: Trouble = { delayMs: 0, gcMs: 0 };

/** What is kept of a member that has spoken, degraded or not. */
interface Known {
  readonly allowance: Allowance;
  boot: number;
  seq: number;
  heardAtMs: number;
  /** undefined while it is well. */
  degraded: DegradedMember | undefined;
  lease: TimerId | undefined;
  serial: number;
}

/**
 * A busy process is not a dead one: a node that measures long blocks of itself tells its peers, who
 * give it more time before they take its silence for death, and ask others to probe for them.
 *
 * One who lies gains little: a suspicion of it lasts `patienceMultiplier` times as long and no
 * longer, however often it says so, and what is not repeated is forgotten after the lease. A claim
 * is taken from the one it is about alone.
 *
 * Source: Lifeguard (2017) infers slowness from probes that fail; here a node knows and says it.
 */
export class Degraded {
  private readonly env: Env<ClaimMessage, DegradedTimer>;
  private readonly wiring: DegradedWiring;
  private readonly options: DegradedOptions;
  private readonly known = new Map<string, Known>();
  /** This node itself; undefined while it is well. */
  private own: DegradedMember | undefined;
  private lastTroubleMs = Number.NEGATIVE_INFINITY;
  private renewal: TimerId | undefined;
  private serial = 0;
  private lastSeq = 0;
  private isStopped = false;

  constructor(
    env: Env<ClaimMessage, DegradedTimer>,
    wiring: DegradedWiring,
    options: DegradedOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
  }

  start(): void {}

  stop(): void {
    this.isStopped = true;
  }

  /** Never called: a claim counts only with where it came from. */
  onMessage(): void {}

  /** How a member, or this node, said that it is; undefined while it is well. */
  of(name: string): DegradedMember | undefined {
    return name === this.wiring.self ? this.own : this.known.get(name)?.degraded;
  }

  isDegraded(name: string): boolean {
    return this.of(name) !== undefined;
  }

  /** What multiplies the time in which it may refute a suspicion. */
  patienceFor(name: string): number {
    return this.isDegraded(name) ? this.options.patienceMultiplier : 1;
  }

  /** Members that are degraded, this node included. */
  get degradedCount(): number {
    let count = this.own === undefined ? 0 : 1;
    for (const { degraded } of this.known.values()) if (degraded !== undefined) count += 1;
    return count;
  }

  /** What this node measured of itself since it was last asked. */
  onSample(sample: HealthSample): void {
    const { env, options, wiring } = this;
    if (this.isStopped || options.degradeAfterMs === 0) return;
    const worst = Math.max(sample.delayMs, sample.gcMs);
    const isTrouble = worst >= (this.own ? options.recoverBelowMs : options.degradeAfterMs);
    // What another thread said is so, and ends as it began: by being said.
    if (this.takeSpokenFor() || isTrouble) {
      this.lastTroubleMs = env.now();
      return this.becomeDegraded(sample);
    }
    if (this.own === undefined || env.now() - this.lastTroubleMs < options.recoverAfterMs) return;
    this.own = undefined;
    this.tell("well", NO_TROUBLE);
    wiring.listener.onRecover(wiring.self, "said");
  }

  onClaim({ from, peer }: Claimant, claim: ClaimMessage): void {
    const { counters, self } = this.wiring;
    const name = String(peer);
    if (this.isStopped) return;
    if (from !== "itself" || name === self) return counters.add("degraded.dropped.notItself");
    const boot = this.wiring.livingBoot(name);
    if (boot === undefined) return counters.add("degraded.dropped.stranger");
    const known = this.known.get(name) ?? this.admit(name);
    if (known === undefined || known.allowance.take(1, this.env.now()) === 0) {
      return counters.add("degraded.dropped.tooMany");
    }
    if (claim.boot !== boot || this.isStale(known, claim)) {
      return counters.add("degraded.dropped.stale");
    }
    known.boot = claim.boot;
    known.seq = claim.seq;
    known.heardAtMs = this.env.now();
    if (claim.health === "well") this.recover(name, "said");
    else this.believe(name, known, claim);
  }

  onTimer(timer: DegradedTimer): void {
    if (this.isStopped) return;
    if (timer.kind === "renew") return this.renew();
    if (this.known.get(timer.name)?.serial !== timer.serial) return;
    this.wiring.counters.add("degraded.claims.expired");
    this.recover(timer.name, "expired");
  }

  /** A member is gone, dead or of its own will. */
  forget(name: string): void {
    this.recover(name, "gone");
    this.known.delete(name);
  }

  private becomeDegraded(sample: HealthSample): void {
    const { env, wiring } = this;
    const { self } = wiring;
    const before = this.own;
    const trouble = worse(before?.trouble ?? NO_TROUBLE, sample);
    this.own = { name: self, since: before?.since ?? env.wallClock(), trouble };
    if (before !== undefined) return;
    wiring.counters.add("degraded.episodes");
    this.tell("degraded", trouble);
    wiring.listener.onDegrade(this.own);
    this.armRenewal();
  }

  /** Other peers than last time may hear it first. */
  private renew(): void {
    this.renewal = undefined;
    if (this.own === undefined) return;
    this.tell("degraded", this.own.trouble);
    this.armRenewal();
  }

  private armRenewal(): void {
    if (this.renewal !== undefined) return;
    this.renewal = this.env.setTimer({ kind: "renew" }, this.options.renewIntervalMs);
  }

  private tell(health: ClaimMessage["health"], trouble: Trouble): void {
    const { env, options, wiring } = this;
    const claim: ClaimMessage = {
      kind: "claim",
      boot: wiring.ownBoot(),
      seq: this.nextSeq(),
      health,
      leaseMs: options.leaseMs,
      trouble,
    };
    const peers: PeerId[] = [];
    wiring.peers.sample(env.random, options.peersMaxCount, peers);
    wiring.counters.add("degraded.claims.sent", peers.length);
    for (const peer of peers) env.send(peer, claim);
  }

  private nextSeq(): number {
    const { voice } = this.wiring;
    this.lastSeq = voice?.nextClaimSeq() ?? Math.max(this.lastSeq + 1, this.env.wallClock());
    return this.lastSeq;
  }

  /** Whether another thread has said since that this node is busy. */
  private takeSpokenFor(): boolean {
    const before = this.lastSeq;
    this.lastSeq = this.wiring.voice?.lastClaimSeq ?? before;
    return this.lastSeq > before;
  }

  /** An absurdly high number mutes nobody for longer than a lease. */
  private isStale(known: Known, { boot, seq }: ClaimMessage): boolean {
    if (boot !== known.boot) return false;
    const isFresh = this.env.now() - known.heardAtMs <= this.options.leaseMaxMs;
    return seq <= known.seq && isFresh;
  }

  private admit(name: string): Known | undefined {
    const { env, options } = this;
    if (this.known.size >= options.claimsMaxCount && !this.dropOneWell()) return undefined;
    const allowance = new Allowance(options.claimsPerSecond, env.now());
    const unheard = { boot: 0, seq: 0, heardAtMs: env.now() };
    const fresh = { ...unheard, allowance, degraded: undefined, lease: undefined, serial: 0 };
    this.known.set(name, fresh);
    return fresh;
  }

  /** Of who is well only its last number is lost, which matters for as long as a lease. */
  private dropOneWell(): boolean {
    for (const [name, { degraded }] of this.known) {
      if (degraded === undefined) return this.known.delete(name);
    }
    return false;
  }

  private believe(name: string, known: Known, claim: ClaimMessage): void {
    const { env, options, wiring } = this;
    const { degraded: before } = known;
    this.serial += 1;
    known.serial = this.serial;
    if (known.lease !== undefined) env.clearTimer(known.lease);
    const leaseMs = Math.min(claim.leaseMs, options.leaseMaxMs);
    known.lease = env.setTimer({ kind: "lease", name, serial: this.serial }, leaseMs);
    known.degraded = { name, since: before?.since ?? env.wallClock(), trouble: claim.trouble };
    if (before !== undefined) return;
    wiring.counters.add("degraded.claims.news");
    wiring.listener.onDegrade(known.degraded);
  }

  private recover(name: string, why: Parameters<DegradedListener["onRecover"]>[1]): void {
    const known = this.known.get(name);
    if (known?.degraded === undefined) return;
    if (known.lease !== undefined) this.env.clearTimer(known.lease);
    known.lease = undefined;
    known.degraded = undefined;
    known.serial = 0;
    this.wiring.listener.onRecover(name, why);
  }
}

function worse(one: Trouble, other: Trouble): Trouble {
  return {
    delayMs: Math.max(one.delayMs, other.delayMs),
    gcMs: Math.max(one.gcMs, other.gcMs),
  };
}
