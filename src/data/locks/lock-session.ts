import { HearsayError } from "../../core/errors.ts";
import type { OrdererStatus, OrderOutcome, OrderRequest } from "../../core/orderer.ts";
import { Lease } from "./lease.ts";
import type { LockTable } from "./lock-table.ts";
import type { LockWiring } from "./locks.contract.ts";
import type { FencingToken, LockCommand, LockEvent, SessionId } from "./locks.messages.ts";
import { holdMs, type LockOptions } from "./locks.options.ts";
import { OneTimer } from "./one-timer.ts";

/** Claims that are settled and not told. [because: a fraction of SESSION_CLAIMS_MAX_COUNT] */
const UNTOLD_MAX_COUNT = 512;

/** A lock that this node holds, or waits for, or has given back. */
interface OwnClaim {
  readonly id: number;
  readonly name: string;
  readonly mode: "wait" | "try";
  state: "wanted" | "queued" | "held" | "leaving";
  /** It may stand in the present session. */
  isProposed: boolean;
}

/** What a request under way is about. */
type Asked =
  | { readonly kind: "open"; readonly attempt: number }
  | { readonly kind: "renew"; readonly lease: Lease }
  | { readonly kind: "close" }
  | { readonly kind: "claim"; readonly claim: OwnClaim };

/** What is held or wanted in the group for this node. */
type Standing =
  | { readonly kind: "none" }
  /** Proposed since then, maybe several times: any of these may be the one that is ordered. */
  | { readonly kind: "opening"; readonly attempt: number; readonly sinceMs: number }
  | { readonly kind: "open"; readonly session: SessionId; readonly lease: Lease };

/**
 * This node's own session: opened by its first claim, renewed while there are any, and given up by
 * this node's own clock before any other node can know that its lease is over. Commands are
 * proposed until they are ordered; ids make a second time harmless.
 */
export class LockSession {
  private readonly wiring: LockWiring;
  private readonly options: LockOptions;
  private readonly table: LockTable;
  /** Ascending by id. */
  private readonly claims = new Map<number, OwnClaim>();
  /** Those with something to propose. */
  private readonly due = new Set<OwnClaim>();
  private readonly asked = new Map<OrderRequest, Asked>();
  private standing: Standing = { kind: "none" };
  private attempt = 0;
  private lastId = 0;
  /** Up to here the session was told which claims are over. */
  private toldUpTo = 0;
  private isOpenAsked = false;
  private retryAtMs = 0;
  private idleSinceMs = 0;
  private readonly timer: OneTimer;
  private term = 0;
  /** Fixed when the first session is opened. */
  private life: number | undefined;
  private isStopped = false;

  constructor(wiring: LockWiring, table: LockTable, options: LockOptions) {
    this.wiring = wiring;
    this.table = table;
    this.options = options;
    this.timer = new OneTimer(wiring.env, { kind: "session" });
  }

  /** Claims that hold, wait, or are being given back. */
  get claimsCount(): number {
    return this.claims.size;
  }

  get hasSession(): boolean {
    return this.standing.kind === "open";
  }

  /** For how long all that is held is certainly still this node's; 0 without a session. */
  get remainingMs(): number {
    if (this.standing.kind !== "open") return 0;
    return Math.max(0, this.standing.lease.deadlineMs - this.wiring.env.now());
  }

  /** @throws HearsayError STORE_FULL */
  claim(name: string, mode: OwnClaim["mode"]): number {
    const { claimsMaxCount } = this.options;
    if (this.claims.size >= claimsMaxCount) {
      const fix = "Release some, or raise claimsMaxCount.";
      throw new HearsayError("STORE_FULL", `This node has ${claimsMaxCount} locks. ${fix}`);
    }
    this.lastId += 1;
    const claim: OwnClaim = { id: this.lastId, name, mode, state: "wanted", isProposed: false };
    this.claims.set(claim.id, claim);
    this.due.add(claim);
    this.go();
    return claim.id;
  }

  /** Gives it back, or waits no more. `onReleased` comes, maybe at once. */
  release(id: number): void {
    const claim = this.claims.get(id);
    if (claim === undefined || claim.state === "leaving") return;
    claim.state = "leaving";
    if (claim.isProposed) this.due.add(claim);
    else this.forget(claim);
    this.go();
  }

  /** Whether it is held, as far as this node's clock can tell at this very moment. */
  isHeld(id: number): boolean {
    return this.claims.get(id)?.state === "held" && this.remainingMs > 0;
  }

  onEvent(event: LockEvent): void {
    // It may have stood still, and what it hears now is old: what was once given up stays so.
    if (this.hasLapsed()) this.lose();
    if (event.kind === "opened") return this.onOpened(event);
    if (this.standing.kind !== "open" || event.kind === "freed") return;
    if (event.session !== this.standing.session) return;
    if (event.kind === "ended") return this.lose();
    if (event.kind === "renewed") return this.standing.lease.onRenewed(event.round);
    const claim = this.claims.get(event.id);
    if (claim === undefined) return;
    if (event.kind === "released") this.forget(claim);
    else if (claim.state === "leaving") return;
    else if (event.kind === "queued") claim.state = "queued";
    else if (event.kind === "granted") this.hold(claim, event.token);
    else this.refuse(claim, event.reason);
  }

  /** A state took the place of what was ordered one by one. */
  onRestored(): void {
    if (this.hasLapsed()) this.lose();
    const { standing } = this;
    const { life } = this;
    const { owner } = this.wiring;
    const record = this.table.sessionOf(owner);
    if (standing.kind === "opening" && record !== undefined) {
      const { attempt, session } = record;
      if (record.life === life) {
        this.onOpened({ kind: "opened", session, owner, life, attempt });
      }
    } else if (standing.kind === "open") {
      if (record?.session !== standing.session) return this.lose();
      standing.lease.onRenewed(record.round);
      const over = new Set(record.over);
      for (const claim of [...this.claims.values()]) {
        // It was refused, and the word of that is in the state: asked again, there is no answer.
        if (claim.state === "wanted" && over.has(claim.id)) this.refuse(claim, "held");
        else this.compare(claim, standing.session);
      }
    }
    this.go();
  }

  onOutcome(request: OrderRequest, outcome: OrderOutcome): void {
    const asked = this.asked.get(request);
    if (asked === undefined) return;
    this.asked.delete(request);
    const retryAtMs = this.wiring.env.now() + this.options.retryIntervalMs;
    if (outcome.kind !== "ordered") this.retryAtMs = retryAtMs;
    if (asked.kind === "close") {
      if (this.isStopped) this.wiring.onClosed?.();
    } else if (asked.kind === "open") {
      if (asked.attempt === this.attempt) this.isOpenAsked = false;
      // Ordered without one: there are too many, or a life that seems later has one yet.
      if (this.standing.kind === "opening") this.retryAtMs = retryAtMs;
    } else if (asked.kind === "claim") {
      if (this.wants(asked.claim)) this.due.add(asked.claim);
    } else if (outcome.kind !== "ordered") asked.lease.renewBy(retryAtMs);
    this.go();
  }

  /** What the former leader was asked for may be lost; done twice, it changes nothing. */
  onStatus({ leader, term }: OrdererStatus): void {
    if (leader === undefined || term <= this.term) return;
    this.term = term;
    this.retryAtMs = 0;
    this.isOpenAsked = false;
    if (this.standing.kind === "open") this.standing.lease.renewBy(this.wiring.env.now());
    for (const claim of this.claims.values()) if (this.wants(claim)) this.due.add(claim);
    this.go();
  }

  onTimer(): void {
    this.timer.onTimer();
    this.go();
  }

  /** Gives everything back, as far as that can still be said. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.lose();
    for (const claim of [...this.claims.values()]) this.forget(claim);
    this.timer.plan(Number.POSITIVE_INFINITY);
  }

  /** Does all that is to be done now, and plans the rest. */
  go(): void {
    if (this.isStopped) return;
    const { standing, wiring } = this;
    const now = wiring.env.now();
    if (this.hasLapsed()) return this.lose();
    if (this.claims.size > 0) this.idleSinceMs = now;
    if (standing.kind === "open") this.keep(standing, now);
    else if (this.claims.size > 0) this.open(now);
    this.planNext(now);
  }

  private hasLapsed(): boolean {
    return this.standing.kind === "open" && this.remainingMs === 0;
  }

  private open(now: number): void {
    const { standing } = this;
    const isLate =
      standing.kind === "opening" && now >= standing.sinceMs + holdMs(this.options) / 2;
    if (standing.kind !== "opening" || isLate) {
      // What was proposed so long ago would be over when it begins.
      this.attempt += 1;
      this.standing = { kind: "opening", attempt: this.attempt, sinceMs: now };
      this.isOpenAsked = false;
    }
    if (this.isOpenAsked || now < this.retryAtMs) return;
    const { attempt, wiring } = this;
    const { owner } = wiring;
    this.life ??= wiring.life();
    const { life } = this;
    const { leaseMs } = this.options;
    this.isOpenAsked = true;
    this.propose({ kind: "open", owner, life, attempt, leaseMs }, { kind: "open", attempt });
  }

  private keep(standing: Extract<Standing, { kind: "open" }>, now: number): void {
    const { lease, session } = standing;
    if (now >= this.idleSinceMs + this.options.idleAfterMs) {
      this.close(session);
      this.standing = { kind: "none" };
      return;
    }
    if (now >= lease.renewAtMs || this.hasMuchToTell()) this.renew(session, lease, now);
    if (now < this.retryAtMs) return;
    for (const claim of this.due) this.ask(claim, session);
    this.due.clear();
  }

  private ask(claim: OwnClaim, session: SessionId): void {
    const { id, mode, name } = claim;
    claim.isProposed = true;
    const isLeaving = claim.state === "leaving";
    const command: LockCommand = isLeaving
      ? { kind: "release", session, id }
      : { kind: "acquire", session, id, name, mode };
    this.propose(command, { kind: "claim", claim });
  }

  private propose(command: LockCommand, asked: Asked): void {
    const { codec, order } = this.wiring;
    this.asked.set(order.propose(codec.encodeCommand(command)), asked);
  }

  private renew(session: SessionId, lease: Lease, now: number): void {
    const closedUpTo = this.closedUpTo();
    const kept = [...this.claims.keys()].filter((id) => id <= closedUpTo);
    const round = lease.send(now);
    this.toldUpTo = closedUpTo;
    this.propose({ kind: "renew", session, round, closedUpTo, kept }, { kind: "renew", lease });
  }

  /** What is over takes room in the session until it is said. */
  private hasMuchToTell(): boolean {
    const untold = this.lastId - this.toldUpTo;
    return untold >= UNTOLD_MAX_COUNT && this.closedUpTo() - this.toldUpTo >= UNTOLD_MAX_COUNT;
  }

  /** All claims up to it are over, being given back, or known to stand in the session. */
  private closedUpTo(): number {
    for (const { id, state } of this.claims.values()) if (state === "wanted") return id - 1;
    return this.lastId;
  }

  private onOpened(event: Extract<LockEvent, { kind: "opened" }>): void {
    const { standing, wiring } = this;
    if (event.owner !== wiring.owner || event.life !== this.life) return;
    if (standing.kind !== "opening" || event.attempt !== standing.attempt) return;
    const lease = new Lease(this.options, standing.sinceMs);
    this.toldUpTo = 0;
    this.standing = { kind: "open", session: event.session, lease };
    this.go();
  }

  /** Nothing that stood in the session counts any more; what waits will wait in the next one. */
  private lose(): void {
    const { standing, wiring } = this;
    if (standing.kind !== "open") return;
    this.standing = { kind: "none" };
    if (this.table.leaseOf(standing.session) !== undefined) this.close(standing.session);
    for (const claim of [...this.claims.values()]) {
      claim.isProposed = false;
      if (claim.state === "held") {
        this.claims.delete(claim.id);
        this.due.delete(claim);
        wiring.counters.count("locks.lost");
        wiring.listener.onLost(claim.id);
      } else if (claim.state === "leaving") this.forget(claim);
      else {
        claim.state = "wanted";
        this.due.add(claim);
      }
    }
    this.go();
  }

  /** Said once: if it is not heard, the lease ends what is left. */
  private close(session: SessionId): void {
    this.propose({ kind: "close", session }, { kind: "close" });
  }

  private hold(claim: OwnClaim, token: FencingToken): void {
    if (claim.state === "held") return;
    claim.state = "held";
    this.due.delete(claim);
    this.wiring.listener.onHeld(claim.id, token);
  }

  private refuse(claim: OwnClaim, reason: "held" | "full"): void {
    this.claims.delete(claim.id);
    this.due.delete(claim);
    this.wiring.listener.onRefused(claim.id, reason);
  }

  private forget(claim: OwnClaim): void {
    this.claims.delete(claim.id);
    this.due.delete(claim);
    this.wiring.listener.onReleased(claim.id);
  }

  /** A claim and what the state says of it. */
  private compare(claim: OwnClaim, session: SessionId): void {
    const found = this.table.claimOf(session, claim.id);
    if (claim.state === "leaving") {
      if (found === undefined && claim.isProposed) this.forget(claim);
    } else if (found?.state === "held") this.hold(claim, found.token);
    else if (found !== undefined) claim.state = "queued";
  }

  private wants(claim: OwnClaim): boolean {
    const isOpen = claim.state === "wanted" || claim.state === "leaving";
    return isOpen && this.claims.get(claim.id) === claim;
  }

  private planNext(now: number): void {
    const { claims, options, standing } = this;
    const isHeldBack = this.due.size > 0 || (standing.kind === "opening" && claims.size > 0);
    let dueMs = isHeldBack && this.retryAtMs > now ? this.retryAtMs : Number.POSITIVE_INFINITY;
    if (standing.kind === "open") {
      const { deadlineMs, renewAtMs } = standing.lease;
      dueMs = Math.min(dueMs, deadlineMs, renewAtMs);
      if (claims.size === 0) dueMs = Math.min(dueMs, this.idleSinceMs + options.idleAfterMs);
    } else if (standing.kind === "opening" && claims.size > 0) {
      dueMs = Math.min(dueMs, standing.sinceMs + holdMs(options) / 2);
    }
    this.timer.plan(dueMs);
  }
}
