import { unreachable } from "../../core/assert.ts";
import type { Env } from "../../core/env.ts";
import { HearsayError } from "../../core/errors.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { AgreementMessage } from "./agreement.messages.ts";
import type { AgreementOptions } from "./agreement.options.ts";

export type AgreementTimer = { readonly kind: "round" };

export type AgreementCount =
  | "agreement.rounds"
  | "agreement.answers"
  | "agreement.dropped.stale" // an answer to no question of this round
  | "agreement.dropped.stranger"; // from nobody in the view

export interface AgreementWiring {
  /** The living Hearsay members but this node. */
  readonly peers: PeerView;
  readonly counters: { add(name: AgreementCount, by?: number): void };
  /** Equal on two nodes exactly when they see the same members. */
  readonly digest: () => string;
  /** This life of the node. */
  readonly origin: () => Origin;
}

/** Somebody who waits for agreement. */
export interface AgreementWaiter {
  readonly peersCount: number;
  onAgreed(): void;
}

interface Round {
  readonly number: number;
  readonly begunAtMs: number;
  /** The last time. */
  askedAtMs: number;
  readonly asked: ReadonlySet<PeerId>;
  readonly answered: Set<PeerId>;
  readonly agreed: Set<PeerId>;
}

/**
 * Evidence that the cluster has settled: random peers are asked for the digest of their membership
 * until all of one round answer with this node's own. It costs nothing while nobody waits.
 *
 * Without any Hearsay peer nobody can be asked; then a membership that stood still for `quietMs`
 * must do.
 */
export class Agreement implements Protocol<AgreementMessage, AgreementTimer> {
  private readonly env: Env<AgreementMessage, AgreementTimer>;
  private readonly wiring: AgreementWiring;
  private readonly options: AgreementOptions;
  private readonly waiters = new Set<AgreementWaiter>();
  private round: Round | undefined;
  private lastRound = 0;
  private isRoundSet = false;
  private lastDigest = "";
  private stillSinceMs = 0;

  constructor(
    env: Env<AgreementMessage, AgreementTimer>,
    wiring: AgreementWiring,
    options: AgreementOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
  }

  start(): void {}

  stop(): void {
    this.waiters.clear();
  }

  /** `waiter.onAgreed` is called once, within a step. @throws HearsayError QUEUE_FULL */
  wait(waiter: AgreementWaiter): void {
    if (this.waiters.size >= this.options.waitersMaxCount) {
      throw new HearsayError("QUEUE_FULL", `${this.waiters.size} callers wait for agreement`);
    }
    if (this.waiters.size === 0) this.beginWatch();
    this.waiters.add(waiter);
    if (!this.isRoundSet) this.setRound(0);
  }

  forget(waiter: AgreementWaiter): void {
    this.waiters.delete(waiter);
  }

  onTimer(_timer: AgreementTimer): void {
    this.isRoundSet = false;
    if (this.waiters.size === 0) return;
    this.setRound(this.options.roundIntervalMs);
    this.watchStillness();
    if (this.wiring.peers.size === 0) this.tellStill();
    else if (this.round !== undefined && this.isOpen(this.round)) this.askSilent(this.round);
    else this.ask();
  }

  onMessage(from: PeerId, message: AgreementMessage): void {
    switch (message.kind) {
      case "ask":
        return this.answer(from, message.round);
      case "digest":
        return this.onDigest(from, message.round, message.digest);
      default:
        return unreachable(message);
    }
  }

  private setRound(delayMs: number): void {
    this.isRoundSet = true;
    this.env.setTimer({ kind: "round" }, delayMs);
  }

  /** Answers may still come; on a slow network they take longer than `roundIntervalMs`. */
  private isOpen({ answered, asked, begunAtMs }: Round): boolean {
    if (answered.size === asked.size) return false;
    return this.env.now() - begunAtMs < this.options.answerTimeoutMs;
  }

  /** One packet lost must not cost the whole round. */
  private askSilent(round: Round): void {
    if (this.env.now() - round.askedAtMs < this.options.askAgainMs) return;
    round.askedAtMs = this.env.now();
    for (const to of round.asked) if (!round.answered.has(to)) this.send(to);
  }

  private ask(): void {
    const { peers, counters } = this.wiring;
    let wanted = this.options.peersCount;
    for (const waiter of this.waiters) wanted = Math.max(wanted, waiter.peersCount);
    const asked: PeerId[] = [];
    asked.length = peers.sample(this.env.random, wanted, asked);
    this.lastRound += 1;
    this.round = {
      number: this.lastRound,
      begunAtMs: this.env.now(),
      askedAtMs: this.env.now(),
      asked: new Set(asked),
      answered: new Set(),
      agreed: new Set(),
    };
    counters.add("agreement.rounds");
    for (const to of asked) this.send(to);
  }

  private send(to: PeerId): void {
    this.env.send(to, { kind: "ask", origin: this.wiring.origin(), round: this.lastRound });
  }

  private answer(from: PeerId, round: number): void {
    this.wiring.counters.add("agreement.answers");
    const { digest, origin } = this.wiring;
    this.env.send(from, { kind: "digest", origin: origin(), round, digest: digest() });
  }

  private onDigest(from: PeerId, number: number, digest: string): void {
    const { round, wiring } = this;
    if (round === undefined || round.number !== number || !round.asked.has(from)) {
      return wiring.counters.add("agreement.dropped.stale");
    }
    round.answered.add(from);
    // Compared when it comes: what this node learnt since it asked counts too.
    if (digest === wiring.digest()) round.agreed.add(from);
    else round.agreed.delete(from);
    this.tellAgreed(round);
  }

  private tellAgreed(round: Round): void {
    for (const waiter of [...this.waiters]) {
      if (round.agreed.size >= Math.min(waiter.peersCount, round.asked.size)) this.tell(waiter);
    }
  }

  private tellStill(): void {
    if (this.env.now() - this.stillSinceMs < this.options.quietMs) return;
    for (const waiter of [...this.waiters]) this.tell(waiter);
  }

  private tell(waiter: AgreementWaiter): void {
    this.waiters.delete(waiter);
    waiter.onAgreed();
  }

  private beginWatch(): void {
    this.round = undefined;
    this.lastDigest = "";
    this.watchStillness();
  }

  private watchStillness(): void {
    const digest = this.wiring.digest();
    if (digest === this.lastDigest) return;
    this.lastDigest = digest;
    this.stillSinceMs = this.env.now();
  }
}
