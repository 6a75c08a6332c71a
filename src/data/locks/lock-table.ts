import { assert } from "../../core/assert.ts";
import type { OrderPosition } from "../../core/orderer.ts";
import {
  CLAIMS_MAX_COUNT,
  LOCK_CLAIMS_MAX_COUNT,
  SESSION_CLAIMS_MAX_COUNT,
  SESSIONS_MAX_COUNT,
} from "./lock-bounds.ts";
import type {
  ClaimRecord,
  FencingToken,
  LockCommand,
  LockEvent,
  LockRow,
  SessionEnd,
  SessionId,
  SessionRecord,
} from "./locks.messages.ts";

interface Session {
  readonly id: SessionId;
  readonly owner: string;
  readonly life: number;
  readonly attempt: number;
  readonly leaseMs: number;
  renewedAt: OrderPosition;
  round: number;
  closedUpTo: number;
  readonly over: Set<number>;
  readonly claims: Map<number, Claim>;
}

interface Claim extends ClaimRecord {
  readonly session: Session;
}

type CommandOf<Kind> = Extract<LockCommand, { kind: Kind }>;

/** What the leader needs to know of a session to end it. */
export interface SessionLease {
  readonly session: SessionId;
  readonly leaseMs: number;
  readonly renewedAt: OrderPosition;
}

/**
 * Locks, who holds them and who waits, made of ordered commands: the same on all nodes. Knows no
 * time: that a lease has run out is a command, too. [Gray and Cheriton 1989; Burrows 2006 §2.8]
 *
 * First come, first served, in the order of the acquiring commands; the first claim of a lock
 * holds it.
 */
export class LockTable {
  /** Refused because a bound was reached, since this node began. */
  fullCount = 0;
  private readonly sessions = new Map<SessionId, Session>();
  private readonly byOwner = new Map<string, Session>();
  /** Never empty ones. */
  private readonly locks = new Map<string, Claim[]>();
  private claimsCount = 0;
  private events: LockEvent[] = [];

  get sessionsCount(): number {
    return this.sessions.size;
  }

  get locksCount(): number {
    return this.locks.size;
  }

  /** @returns what came of it, in the order in which it happened */
  apply(command: LockCommand, position: OrderPosition): readonly LockEvent[] {
    this.events = [];
    if (command.kind === "open") this.open(command, position);
    else {
      const session = this.sessions.get(command.session);
      // It is over, and whoever had it knows that.
      if (session !== undefined) this.applyTo(session, command, position);
    }
    return this.events;
  }

  leaseOf(session: SessionId): SessionLease | undefined {
    const found = this.sessions.get(session);
    return found && { session, leaseMs: found.leaseMs, renewedAt: found.renewedAt };
  }

  leases(): SessionLease[] {
    return [...this.sessions.values()].map(({ id, leaseMs, renewedAt }) => {
      return { session: id, leaseMs, renewedAt };
    });
  }

  sessionOf(owner: string): SessionRecord | undefined {
    const session = this.byOwner.get(owner);
    return session && recordOf(session);
  }

  /** "held" and "waiting" claims have a token, which counts once it is held. */
  claimOf(
    session: SessionId,
    id: number,
  ): { readonly state: "held" | "waiting"; readonly token: FencingToken } | undefined {
    const claim = this.sessions.get(session)?.claims.get(id);
    if (claim === undefined) return undefined;
    const isFirst = this.locks.get(claim.name)?.[0] === claim;
    return { state: isFirst ? "held" : "waiting", token: claim.token };
  }

  rowOf(name: string): LockRow | undefined {
    const [holder, ...waiting] = this.locks.get(name) ?? [];
    if (holder === undefined) return undefined;
    const { session, token } = holder;
    return { name, holder: session.owner, token, waiting: waiting.map((one) => one.session.owner) };
  }

  *names(): IterableIterator<string> {
    yield* this.locks.keys();
  }

  /** Sessions in the order in which they were opened. */
  records(): SessionRecord[] {
    const sessions = [...this.sessions.values()].sort((one, other) => one.id - other.id);
    return sessions.map(recordOf);
  }

  /** False when these cannot be all sessions of a table; then it is as it was. */
  restore(records: readonly SessionRecord[]): boolean {
    if (!areWhole(records)) return false;
    this.sessions.clear();
    this.byOwner.clear();
    this.locks.clear();
    this.claimsCount = 0;
    const claims = records.flatMap((record) => this.restoreSession(record));
    // Whoever came first is served first, so this is the order in which they stood.
    for (const claim of claims.sort((one, other) => one.token - other.token)) this.stand(claim);
    return true;
  }

  private applyTo(
    session: Session,
    command: Exclude<LockCommand, CommandOf<"open">>,
    position: OrderPosition,
  ): void {
    switch (command.kind) {
      case "renew":
        return this.renew(session, command, position);
      case "acquire":
        return this.acquire(session, command, position);
      case "release":
        return this.release(session, command.id);
      case "close":
        return this.end(session, "closed");
      case "expire":
        if (session.renewedAt === command.renewedAt) this.end(session, "expired");
        return;
    }
  }

  private open(command: CommandOf<"open">, id: SessionId): void {
    const { attempt, leaseMs, life, owner } = command;
    const known = this.byOwner.get(owner);
    if (known !== undefined) {
      const isLater = life > known.life || (life === known.life && attempt > known.attempt);
      if (!isLater) return;
      this.end(known, "replaced");
    }
    if (this.sessions.size >= SESSIONS_MAX_COUNT) {
      this.fullCount += 1;
      return;
    }
    const session: Session = {
      ...{ id, owner, life, attempt, leaseMs },
      ...{ renewedAt: id, round: 0, closedUpTo: 0 },
      over: new Set(),
      claims: new Map(),
    };
    this.sessions.set(id, session);
    this.byOwner.set(owner, session);
    this.events.push({ kind: "opened", session: id, owner, life, attempt });
  }

  /** Renewals may come in another order than they were sent; the last one ordered counts. */
  private renew(session: Session, command: CommandOf<"renew">, position: OrderPosition): void {
    const { closedUpTo, round } = command;
    session.renewedAt = position;
    session.round = Math.max(session.round, round);
    if (closedUpTo > session.closedUpTo) {
      session.closedUpTo = closedUpTo;
      for (const id of session.over) if (id <= closedUpTo) session.over.delete(id);
      const kept = new Set(command.kept);
      for (const id of [...session.claims.keys()]) {
        // A claim that its own node calls over, and has forgotten, nobody would give back.
        if (id <= closedUpTo && !kept.has(id)) this.release(session, id);
      }
    }
    this.events.push({ kind: "renewed", session: session.id, round });
  }

  private acquire(session: Session, command: CommandOf<"acquire">, token: FencingToken): void {
    const { id, mode, name } = command;
    if (id <= session.closedUpTo || session.over.has(id) || session.claims.has(id)) return;
    const ahead = this.locks.get(name)?.length ?? 0;
    const refusal = this.isFull(session, ahead) ? "full" : undefined;
    if (refusal !== undefined) this.fullCount += 1;
    const reason = mode === "try" && ahead > 0 ? "held" : refusal;
    if (reason !== undefined) {
      // Should the command be ordered twice, the second must not find the lock free.
      if (reason === "held" && refusal === undefined) session.over.add(id);
      this.events.push({ kind: "refused", session: session.id, id, reason });
      return;
    }
    this.stand({ session, id, name, token });
    if (ahead === 0) this.grantFirst(name);
    else this.events.push({ kind: "queued", session: session.id, id });
  }

  private isFull(session: Session, ahead: number): boolean {
    return (
      session.claims.size + session.over.size >= SESSION_CLAIMS_MAX_COUNT ||
      this.claimsCount >= CLAIMS_MAX_COUNT ||
      ahead >= LOCK_CLAIMS_MAX_COUNT
    );
  }

  private stand(claim: Claim): void {
    const { id, name, session } = claim;
    const line = this.locks.get(name);
    if (line === undefined) this.locks.set(name, [claim]);
    else line.push(claim);
    session.claims.set(id, claim);
    this.claimsCount += 1;
  }

  private release(session: Session, id: number): void {
    if (id > session.closedUpTo) {
      const hasRoom = session.claims.size + session.over.size < SESSION_CLAIMS_MAX_COUNT;
      // Without room the acquiring command, if it comes, is refused anyway.
      if (session.claims.has(id) || hasRoom) session.over.add(id);
    }
    const claim = session.claims.get(id);
    const wasHeld = claim !== undefined && this.leave(claim);
    this.events.push({ kind: "released", session: session.id, id });
    if (wasHeld) this.passOn(claim.name);
  }

  private end(session: Session, why: SessionEnd): void {
    this.sessions.delete(session.id);
    this.byOwner.delete(session.owner);
    // All of them first, for a session may wait for what it holds.
    const held = [...session.claims.values()].filter((claim) => this.leave(claim));
    this.events.push({ kind: "ended", session: session.id, why });
    for (const name of new Set(held.map((claim) => claim.name))) this.passOn(name);
  }

  /** @returns whether it held the lock */
  private leave(claim: Claim): boolean {
    const line = this.locks.get(claim.name);
    assert(line !== undefined, `nobody stands at ${claim.name}`);
    const place = line.indexOf(claim);
    assert(place >= 0, `a claim does not stand at ${claim.name}`);
    line.splice(place, 1);
    if (line.length === 0) this.locks.delete(claim.name);
    claim.session.claims.delete(claim.id);
    this.claimsCount -= 1;
    return place === 0;
  }

  private passOn(name: string): void {
    this.events.push({ kind: "freed", name });
    this.grantFirst(name);
  }

  private grantFirst(name: string): void {
    const claim = this.locks.get(name)?.[0];
    if (claim === undefined) return;
    const { id, session, token } = claim;
    this.events.push({ kind: "granted", session: session.id, id, name, token });
  }

  private restoreSession(record: SessionRecord): Claim[] {
    const { claims, over, session: id, ...rest } = record;
    const session: Session = { ...rest, id, over: new Set(over), claims: new Map() };
    this.sessions.set(id, session);
    this.byOwner.set(session.owner, session);
    return claims.map((claim) => ({ ...claim, session }));
  }
}

function recordOf(session: Session): SessionRecord {
  const { attempt, closedUpTo, id, leaseMs, life, owner, renewedAt, round } = session;
  const claims = [...session.claims.values()].sort((one, other) => one.id - other.id);
  return {
    ...{ session: id, owner, life, attempt, leaseMs, renewedAt, round, closedUpTo },
    over: [...session.over].sort((one, other) => one - other),
    claims: claims.map(({ id: claim, name, token }) => ({ id: claim, name, token })),
  };
}

function areWhole(records: readonly SessionRecord[]): boolean {
  const claims = records.flatMap((record) => record.claims);
  return (
    records.length <= SESSIONS_MAX_COUNT &&
    claims.length <= CLAIMS_MAX_COUNT &&
    areDifferent(records.map(({ session }) => session)) &&
    areDifferent(records.map(({ owner }) => owner)) &&
    areDifferent(claims.map(({ token }) => token)) &&
    records.every((record) => areDifferent(record.claims.map(({ id }) => id)))
  );
}

function areDifferent(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}
