import { describe, expect, it } from "vitest";
import type { OrderPosition, OrderRequest } from "../../core/orderer.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { a, b, batchOf, eventOf, logOf, nameOf, origin } from "../../testing/ordered-log-rig.ts";
import type { AppendOutcome } from "./ordered-log.contract.ts";
import type { OrderedLog } from "./ordered-log.ts";

/* Where the order asks before it keeps. Each mistake that decision 0011 warns of is found here. */

const EMPTY = new Uint8Array(0);

function asked(leader = b, numbers = {}) {
  const found = logOf(leader, numbers, "asks");
  found.log.start();
  return found;
}

/** A leader that has appended something, which it and the voter have on disk. */
function leading() {
  const { env, log } = asked(a);
  const told: AppendOutcome[] = [];
  log.listen({ onAppended: (_, outcome) => told.push(outcome) });
  const haveBoth = (): void => {
    log.append(EMPTY, "majority");
    env.sync(log);
    const names = [...log.log.store.pendings()].map(({ dot, hash }) => ({ dot, hash }));
    log.onMessage(b, { kind: "announce", names });
  };
  return { log, told, haveBoth };
}

const READABLE = { kind: "readable", position: 1 as OrderPosition } as const;

describe("a leader", () => {
  it("calls nothing safe before it was told what leaders before it had proposed", () => {
    const { haveBoth, log, told } = leading();
    haveBoth();
    expect(told).toEqual([]);
    log.onOutcome(1 as OrderRequest, { kind: "refused", reason: "noLeader" });
    haveBoth();
    expect(told).toEqual([]);
  });

  it("calls what has waited for that safe when it was told", () => {
    const { haveBoth, log, told } = leading();
    haveBoth();
    log.onOutcome(1 as OrderRequest, READABLE);
    expect(told).toMatchObject([{ kind: "done", dot: { seq: 1 } }]);
  });

  it("calls nothing safe that it voids", () => {
    const { haveBoth, log, told } = leading();
    log.onOutcome(1 as OrderRequest, READABLE);
    log.ordering.assurance.onVoiding([{ origin: makeOrigin("a", 1), seq: 1 }]);
    haveBoth();
    expect(told).toEqual([]);
    haveBoth();
    expect(told).toMatchObject([{ dot: { seq: 2 } }]);
  });
});

describe("a voter", () => {
  it("says what it lacks to the leader that it follows, and to none of before", () => {
    const { env, log, order } = asked();
    const dots = [{ origin, seq: 1 }];
    log.onMessage(b, { kind: "whoHas", dots });
    expect(env.sent).toMatchObject([{ to: b, message: { kind: "lacks", dots } }]);
    env.taken();
    order.status = { ...order.status, leader: peerId("c"), term: 2 };
    log.onStatus(order.status);
    // It may be on its way to this node's disk, and the leader of now count it as here.
    log.onMessage(b, { kind: "whoHas", dots });
    expect(env.sent).toEqual([]);
    order.status = { ...order.status, leader: undefined };
    log.onStatus(order.status);
    log.onMessage(b, { kind: "whoHas", dots });
    expect(env.sent).toEqual([]);
  });

  it("believes the leader of now alone, of this term, that something is lost", () => {
    const { env, log } = asked();
    const name = nameOf(1, eventOf(1, 1));
    const command = batchOf(name);
    // Before it was asked for, nothing follows from it.
    log.onMessage(b, { kind: "lost", term: 1, names: [name] });
    expect(log.mayKeep(command)).toBe(false);
    env.advance(100, log);
    log.onMessage(a, { kind: "lost", term: 1, names: [name] });
    expect(log.mayKeep(command)).toBe(false);
    for (const term of [0, 2]) log.onMessage(b, { kind: "lost", term, names: [name] });
    expect(log.mayKeep(command)).toBe(false);
    log.onMessage(b, { kind: "lost", term: 1, names: [name] });
    expect(log.mayKeep(command)).toBe(true);
    // Nobody but the leader of that term says so.
    env.taken();
    log.onMessage(b, { kind: "want", term: 1, names: [name] });
    expect(env.sent).toEqual([]);
  });
});

describe("an event that nobody has taken note of for long", () => {
  const patient = { pendingTtlMs: 60_000 };

  /** Of two, the first is named by an id in this node's log. */
  function named(log: OrderedLog): boolean {
    return log.mayKeep(batchOf(nameOf(1, eventOf(1, 1))));
  }

  function heldSeqs(log: OrderedLog): number[] {
    return [...log.log.store.all()].map(({ dot }) => dot.seq);
  }

  it("is not dropped while an id in this node's log names it", () => {
    const { env, log } = asked(b, patient);
    const events = [eventOf(1, 1), eventOf(2, 1)];
    log.onMessage(b, { kind: "push", way: "direct", events });
    env.sync(log);
    expect(named(log)).toBe(true);
    env.advance(120_000, log);
    expect(heldSeqs(log)).toEqual([1]);
  });

  it("is not dropped after a restart either, for the log is asked about before it starts", () => {
    const before = asked(b, patient);
    const events = [eventOf(1, 1), eventOf(2, 1)];
    before.log.onMessage(b, { kind: "push", way: "direct", events });
    before.env.sync(before.log);
    const { env, log } = logOf(b, patient, "asks");
    log.recover(before.env.kept, before.env.records);
    expect(named(log)).toBe(true);
    log.start();
    env.advance(120_000, log);
    expect(heldSeqs(log)).toEqual([1]);
  });
});

it("of two events of one name both are held while an id names one, over a crash too", () => {
  const { env, log } = asked();
  const [mine, theirs] = [eventOf(1, 1), eventOf(1, 2)];
  const name = nameOf(1, theirs);
  const command = batchOf(name);
  log.onMessage(b, { kind: "push", way: "direct", events: [mine, theirs] });
  expect(log.status.heldCount).toBe(1);
  expect(log.mayKeep(command)).toBe(false);
  env.taken();
  env.advance(100, log);
  const wants = env.sent.filter(({ message }) => message.kind === "want");
  expect(wants).toMatchObject([{ to: b, message: { term: 1, names: [name] } }]);
  log.onMessage(b, { kind: "events", events: [theirs], missing: [] });
  expect(log.mayKeep(command)).toBe(true);
  env.sync(log);
  const next = logOf(b, {}, "asks");
  next.log.recover(env.kept, env.records);
  next.log.start();
  expect(next.log.mayKeep(command)).toBe(true);
  // Whoever asks for it may want either.
  next.env.taken();
  next.log.onMessage(b, { kind: "fetch", dots: [{ origin, seq: 1 }] });
  expect(next.env.sent).toMatchObject([{ message: { kind: "events", events: [mine, theirs] } }]);
  next.log.onCommand({ position: 1 as OrderPosition, command });
  expect(next.log.status).toMatchObject({ heldCount: 1, heldBytes: theirs.length });
});

it("what only a leader before named is not decided because the next one lacks it", () => {
  const { env, log, order } = asked();
  const [first, second] = [nameOf(1, eventOf(1, 1)), nameOf(1, eventOf(1, 2))];
  const [former, latter] = [batchOf(first), batchOf(second)];
  expect(log.mayKeep(former)).toBe(false);
  order.status = { ...order.status, term: 2 };
  expect(log.mayKeep(latter)).toBe(false);
  env.taken();
  env.advance(100, log);
  const wants = env.sent.filter(({ message }) => message.kind === "want");
  expect(wants).toMatchObject([{ to: b, message: { term: 2, names: [second] } }]);
  log.onMessage(b, { kind: "lost", term: 2, names: [first, second] });
  expect(log.mayKeep(latter)).toBe(true);
  expect(log.mayKeep(former)).toBe(false);
});
