import type { OrderOutcome, OrderPosition, OrderRequest } from "../../core/orderer.ts";
import type { LockTable, SessionLease } from "./lock-table.ts";
import type { LockWiring } from "./locks.contract.ts";
import type { LockEvent, SessionId } from "./locks.messages.ts";
import type { LockOptions } from "./locks.options.ts";
import { OneTimer } from "./one-timer.ts";

interface Watched {
  readonly lease: SessionLease;
  /** When this node heard of the last renewal, which is later than it was sent. */
  readonly seenAtMs: number;
}

/**
 * Ends the sessions of nodes that were not heard for their lease. Any node may: its clock starts
 * when it hears of a renewal, later than the holder's, and the command is void if another renewal
 * was ordered before it. The orderer's leader does, so that it is done once.
 */
export class LeaseWatch {
  private readonly wiring: LockWiring;
  private readonly options: LockOptions;
  private readonly table: LockTable;
  private readonly watched = new Map<SessionId, Watched>();
  private readonly asked = new Map<OrderRequest, SessionId>();
  private readonly timer: OneTimer;
  private notBeforeMs = 0;

  constructor(wiring: LockWiring, table: LockTable, options: LockOptions) {
    this.wiring = wiring;
    this.table = table;
    this.options = options;
    this.timer = new OneTimer(wiring.env, { kind: "leases" });
  }

  onEvent(event: LockEvent): void {
    if (event.kind === "ended") this.watched.delete(event.session);
    else if (event.kind === "opened" || event.kind === "renewed") this.see(event.session);
  }

  /** What was renewed meanwhile has its whole lease before it. */
  onRestored(): void {
    const known = new Map(this.watched);
    this.watched.clear();
    for (const lease of this.table.leases()) {
      const before = known.get(lease.session);
      if (before?.lease.renewedAt === lease.renewedAt) this.watched.set(lease.session, before);
      else this.see(lease.session);
    }
    this.look();
  }

  /** Whether the request was one of these. */
  onOutcome(request: OrderRequest, outcome: OrderOutcome): boolean {
    if (!this.asked.delete(request)) return false;
    const { env } = this.wiring;
    if (outcome.kind !== "ordered") this.notBeforeMs = env.now() + this.options.retryIntervalMs;
    this.look();
    return true;
  }

  onTimer(): void {
    this.timer.onTimer();
    this.look();
  }

  /** After something that may make a session due, or this node the one to end it. */
  look(): void {
    const { env, order } = this.wiring;
    if (!order.status.isLeader) return;
    const now = env.now();
    let nextMs = Number.POSITIVE_INFINITY;
    const underWay = new Set(this.asked.values());
    for (const [session, { lease, seenAtMs }] of this.watched) {
      const dueMs = Math.max(seenAtMs + lease.leaseMs, this.notBeforeMs);
      if (underWay.has(session)) continue;
      if (dueMs <= now) this.expire(session, lease.renewedAt);
      else nextMs = Math.min(nextMs, dueMs);
    }
    this.timer.plan(nextMs);
  }

  private see(session: SessionId): void {
    const lease = this.table.leaseOf(session);
    if (lease === undefined) return;
    const { env, order } = this.wiring;
    const seenAtMs = env.now();
    this.watched.set(session, { lease, seenAtMs });
    if (order.status.isLeader) this.timer.planBy(seenAtMs + lease.leaseMs);
  }

  private expire(session: SessionId, renewedAt: OrderPosition): void {
    const { codec, counters, order } = this.wiring;
    counters.count("locks.expiriesProposed");
    const command = codec.encodeCommand({ kind: "expire", session, renewedAt });
    this.asked.set(order.propose(command), session);
  }
}
