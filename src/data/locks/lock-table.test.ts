import { describe, expect, test } from "vitest";
import type { OrderPosition } from "../../core/orderer.ts";
import {
  LOCK_CLAIMS_MAX_COUNT,
  SESSION_CLAIMS_MAX_COUNT,
  SESSIONS_MAX_COUNT,
} from "./lock-bounds.ts";
import { LockTable } from "./lock-table.ts";
import type { LockCommand, LockEvent, SessionId } from "./locks.messages.ts";

const LEASE_MS = 1_000;

/** A table whose commands stand at 1, 2, 3 … */
class Order {
  readonly table = new LockTable();
  position = 0;

  do(command: LockCommand): readonly LockEvent[] {
    this.position += 1;
    return this.table.apply(command, this.position as OrderPosition);
  }

  open(owner: string, life = 1, attempt = 1): SessionId {
    this.do({ kind: "open", owner, life, attempt, leaseMs: LEASE_MS });
    return this.position as SessionId;
  }

  acquire(session: SessionId, id: number, mode: "wait" | "try" = "wait", name = "l") {
    return this.do({ kind: "acquire", session, id, name, mode });
  }

  release(session: SessionId, id: number) {
    return this.do({ kind: "release", session, id });
  }

  row(name = "l") {
    const row = this.table.rowOf(name);
    return row && [row.holder, ...row.waiting].join(" ");
  }
}

const kinds = (events: readonly LockEvent[]) => events.map(({ kind }) => kind);

describe("a lock", () => {
  test("is held by who came first; others wait in the order they came in; tokens grow", () => {
    const order = new Order();
    const sessions = ["a", "b", "c"].map((owner) => order.open(owner));
    const [a, b, c] = sessions as [SessionId, SessionId, SessionId];
    expect(order.acquire(a, 1)).toEqual([
      { kind: "granted", session: a, id: 1, name: "l", token: 4 },
    ]);
    expect(kinds(order.acquire(b, 1))).toEqual(["queued"]);
    expect(kinds(order.acquire(c, 1))).toEqual(["queued"]);
    expect(order.row()).toBe("a b c");
    const passed = order.release(a, 1);
    expect(kinds(passed)).toEqual(["released", "freed", "granted"]);
    expect(passed[2]).toEqual({ kind: "granted", session: b, id: 1, name: "l", token: 5 });
    expect(order.row()).toBe("b c");
    order.release(c, 1);
    expect(kinds(order.release(b, 1))).toEqual(["released", "freed"]);
    expect(order.row()).toBeUndefined();
  });

  test("is tried for without waiting", () => {
    const order = new Order();
    const [a, b] = [order.open("a"), order.open("b")];
    expect(kinds(order.acquire(a, 1, "try"))).toEqual(["granted"]);
    expect(order.acquire(b, 1, "try")).toEqual([
      { kind: "refused", session: b, id: 1, reason: "held" },
    ]);
    order.release(a, 1);
    // The same command ordered a second time.
    expect(order.acquire(b, 1, "try")).toEqual([]);
    expect(kinds(order.acquire(b, 2, "try"))).toEqual(["granted"]);
  });

  test("a session may wait for what it holds itself, and its end frees both", () => {
    const order = new Order();
    const a = order.open("a");
    order.acquire(a, 1);
    order.acquire(a, 2);
    expect(order.row()).toBe("a a");
    expect(kinds(order.do({ kind: "close", session: a }))).toEqual(["ended", "freed"]);
    expect(order.row()).toBeUndefined();
  });
});

describe("what is ordered twice, or late", () => {
  test("an acquiring command does not acquire again what was released", () => {
    const order = new Order();
    const a = order.open("a");
    order.acquire(a, 1);
    expect(order.acquire(a, 1)).toEqual([]);
    order.release(a, 1);
    expect(order.acquire(a, 1)).toEqual([]);
    order.do({ kind: "renew", session: a, round: 1, closedUpTo: 1, kept: [] });
    expect(order.acquire(a, 1)).toEqual([]);
    expect(order.row()).toBeUndefined();
  });

  test("nor when its release comes first", () => {
    const order = new Order();
    const a = order.open("a");
    expect(kinds(order.release(a, 1))).toEqual(["released"]);
    expect(order.acquire(a, 1)).toEqual([]);
  });

  test("what its node calls over is given back", () => {
    const order = new Order();
    const a = order.open("a");
    order.acquire(a, 1);
    const events = order.do({ kind: "renew", session: a, round: 1, closedUpTo: 1, kept: [] });
    expect(kinds(events)).toEqual(["released", "freed", "renewed"]);
  });

  test("what is settled and kept stays, and takes no room of what is over", () => {
    const order = new Order();
    const a = order.open("a");
    order.acquire(a, 1);
    order.acquire(a, 2);
    order.release(a, 2);
    const events = order.do({ kind: "renew", session: a, round: 1, closedUpTo: 3, kept: [1] });
    expect(kinds(events)).toEqual(["renewed"]);
    expect(order.row()).toBe("a");
    expect([2, 3].map((id) => order.acquire(a, id))).toEqual([[], []]);
    expect(order.table.sessionOf("a")).toMatchObject({ closedUpTo: 3, over: [] });
    expect(kinds(order.release(a, 1))).toEqual(["released", "freed"]);
    expect(order.acquire(a, 1)).toEqual([]);
  });

  test("nothing is acquired in a session that is over", () => {
    const order = new Order();
    const a = order.open("a");
    order.do({ kind: "close", session: a });
    expect(order.acquire(a, 1)).toEqual([]);
  });

  test("a later life or attempt ends the session before, and an earlier one does nothing", () => {
    const order = new Order();
    const first = order.open("a", 1, 2);
    order.acquire(first, 1);
    expect(kinds(order.do(opening(1, 1)))).toEqual([]);
    expect(kinds(order.do(opening(1, 2)))).toEqual([]);
    expect(kinds(order.do(opening(1, 3)))).toEqual(["ended", "freed", "opened"]);
    expect(kinds(order.do(opening(2, 1)))).toEqual(["ended", "opened"]);
    expect(kinds(order.do(opening(1, 9)))).toEqual([]);
    expect(order.table.sessionsCount).toBe(1);
  });
});

describe("a lease", () => {
  test("that is over ends the session: what it held passes on, it waits for nothing more", () => {
    const order = new Order();
    const [a, b, c] = ["a", "b", "c"].map((owner) => order.open(owner)) as SessionId[];
    if (a === undefined || b === undefined || c === undefined) return;
    order.acquire(a, 1);
    order.acquire(b, 1);
    order.acquire(c, 1);
    order.do({ kind: "expire", session: b, renewedAt: b });
    expect(order.row()).toBe("a c");
    const events = order.do({ kind: "expire", session: a, renewedAt: a });
    expect(kinds(events)).toEqual(["ended", "freed", "granted"]);
    expect(order.row()).toBe("c");
  });

  test("that was renewed since is not over", () => {
    const order = new Order();
    const a = order.open("a");
    order.acquire(a, 1);
    order.do({ kind: "renew", session: a, round: 1, closedUpTo: 0, kept: [] });
    const renewedAt = order.position as OrderPosition;
    expect(order.do({ kind: "expire", session: a, renewedAt: a })).toEqual([]);
    expect(kinds(order.do({ kind: "expire", session: a, renewedAt }))).toEqual(["ended", "freed"]);
  });
});

describe("bounds", () => {
  test("of sessions, of claims in one, and of those who wait for one lock", () => {
    const order = new Order();
    for (let index = 0; index < SESSIONS_MAX_COUNT; index += 1) order.open(`n${index}`);
    expect(order.do(opening(1, 1))).toEqual([]);
    expect(order.table.fullCount).toBe(1);
    const [a, b] = [1 as SessionId, 2 as SessionId];
    for (let id = 1; id <= LOCK_CLAIMS_MAX_COUNT; id += 1) order.acquire(a, id);
    const [refused] = order.acquire(b, 1);
    expect(refused).toEqual({ kind: "refused", session: b, id: 1, reason: "full" });
    for (let id = 2; id <= SESSION_CLAIMS_MAX_COUNT + 1; id += 1) order.release(b, id);
    const [other] = order.acquire(b, 9_999, "wait", "other");
    expect(other).toEqual({ kind: "refused", session: b, id: 9_999, reason: "full" });
  });
});

describe("a snapshot", () => {
  test("holds all, so that everything goes on as it would have", () => {
    const order = new Order();
    const [a, b] = [order.open("a"), order.open("b")];
    order.acquire(a, 1);
    order.acquire(b, 1);
    order.acquire(a, 2, "wait", "m");
    order.release(a, 2);
    const other = new Order();
    other.position = order.position;
    expect(other.table.restore(order.table.records())).toBe(true);
    expect(other.table.records()).toEqual(order.table.records());
    for (const one of [order, other]) {
      expect(one.acquire(a, 2, "wait", "m")).toEqual([]);
      expect(kinds(one.release(a, 1))).toEqual(["released", "freed", "granted"]);
      expect(one.row()).toBe("b");
    }
    expect(other.table.records()).toEqual(order.table.records());
  });

  test("that nothing can come to is refused, and changes nothing", () => {
    const order = new Order();
    const a = order.open("a");
    order.acquire(a, 1);
    const records = order.table.records();
    const [record] = records;
    if (record === undefined) return;
    const doubled = { ...record, claims: [...record.claims, ...record.claims] };
    for (const absurd of [[record, record], [doubled], [record, { ...record, owner: "b" }]]) {
      expect(order.table.restore(absurd)).toBe(false);
    }
    expect(order.table.records()).toEqual(records);
  });
});

function opening(life: number, attempt: number): LockCommand {
  return { kind: "open", owner: "a", life, attempt, leaseMs: LEASE_MS };
}
