import { expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { Counters } from "../../core/metrics.ts";
import type { MachineOrder } from "../../core/ordered-machine.ts";
import type { OrdererStatus, OrderPosition, OrderRequest } from "../../core/orderer.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { simHash } from "../../sim/ordered-log/sim-hash.ts";
import { RecordingDurableEnv } from "../../testing/recording-env.ts";
import { encodeAppSnapshot } from "./app-snapshot.ts";
import { encodeEvent } from "./event.ts";
import { encodeLogDisk } from "./log-disk.ts";
import { encodeCommand } from "./order-command.ts";
import { OrderState } from "./order-state.ts";
import { encodeOrderState } from "./order-state-bytes.ts";
import type { AppendOutcome, OrderedItem } from "./ordered-log.contract.ts";
import type { LogRecord, OrderedLogMessage, OrderedLogTimer } from "./ordered-log.messages.ts";
import { type OrderedLogOptions, orderedLogOptions } from "./ordered-log.options.ts";
import { OrderedLog } from "./ordered-log.ts";

const [a, b] = [peerId("a"), peerId("b")];
const origin = makeOrigin("b", 1);
const EMPTY = new Uint8Array(0);

function eventOf(seq: number, bytesCount: number, of = origin): Uint8Array {
  const data = new Uint8Array(bytesCount);
  return encodeEvent({ dot: { origin: of, seq }, hlc: { ms: 1, counter: 0 }, needs: [], data });
}

/** Of the beginning alone: what is hashed here is long. */
function shortHash(bytes: Uint8Array): Uint8Array {
  return simHash(bytes.subarray(0, 64));
}

function follower(
  leader = b,
  numbers: Partial<OrderedLogOptions> = { snapshotAfterCount: 1 },
  keeps: "asks" | "asked nothing" = "asked nothing",
) {
  const env = new RecordingDurableEnv<OrderedLogMessage, OrderedLogTimer, LogRecord>({ self: "a" });
  const order: MachineOrder & { status: OrdererStatus } = {
    status: { state: "running", leader, term: 1, isLeader: leader === a },
    members: { voters: [b], learners: [a] },
    propose: () => 1 as OrderRequest,
    read: () => 1 as OrderRequest,
    reconsider: keeps === "asks" ? () => {} : undefined,
  };
  const log = new OrderedLog(
    env,
    {
      ...{ order, counters: new Counters(), origin: makeOrigin("a", 1), sha256: shortHash },
      view: { size: 0, sample: () => 0 },
      peers: { peerOf: () => b, isGone: () => false },
    },
    orderedLogOptions(numbers),
  );
  return { env, log, order };
}

function attached() {
  const { env, log } = follower();
  log.start();
  log.attach("state", { onItems: () => "more", snapshot: () => EMPTY, restore: () => true });
  return { env, log };
}

it("a snapshot is said to be on disk when it is, and not when what was before is", () => {
  const { env, log } = attached();
  const encoded = eventOf(1, 0);
  const hash = shortHash(encoded);
  const entries = [{ dot: { origin, seq: 1 }, hash, needs: [] }];
  log.onMessage(b, { kind: "push", way: "direct", events: [encoded] });
  const command = encodeCommand({ kind: "batch", entries });
  log.onCommand({ position: 1 as OrderPosition, command });

  // What was held before is on its way to the disk when a peer gives a snapshot.
  const at = { place: 9, orderIndex: 9 };
  const state = { lives: new Map(), trimmed: at, end: at, kept: [] };
  expect(log.restore(9 as OrderPosition, encodeOrderState(state))).toBe(true);
  const states = new Map([["state", EMPTY]]);
  const bytes = encodeAppSnapshot({ at, clocks: new Map(), states });
  env.advance(1, log);
  const piece = { kind: "snapshotPiece", offset: 0, place: 9, totalBytes: bytes.length } as const;
  log.onMessage(b, { ...piece, hash: shortHash(bytes), bytes });
  expect(log.status.applied).toEqual(at);
  env.sync(log);
  expect(log.status.snapshot.place).toBe(0);
});

it("clocks are whole behind a snapshot of its own that is newer than what others trimmed", () => {
  const [first, second] = [1, 2].map((place) => ({ place, orderIndex: place }));
  if (first === undefined || second === undefined) throw new Error("two places");
  const { log } = follower();
  const clocks = new Map([[origin, new Map([[makeOrigin("c", 1), 7]])]]);
  const snapshot = encodeAppSnapshot({ at: second, clocks, states: new Map([["state", EMPTY]]) });
  const base = { place: 0, orderIndex: 0 };
  log.recover(encodeLogDisk({ base, clocks: new Map(), snapshot, events: [] }), []);
  log.start();
  const encoded = [1, 2, 3].map((seq) => eventOf(seq, 1));
  const [one, two, three] = encoded.map((bytes, at) => ({
    ...{ dot: { origin, seq: at + 1 }, hash: shortHash(bytes), needs: [] },
  }));
  if (one === undefined || two === undefined || three === undefined) throw new Error("three");
  const state = new OrderState();
  state.apply({ kind: "batch", entries: [one, two] });
  state.apply({ kind: "trim", place: 1 });
  expect(log.restore(2 as OrderPosition, encodeOrderState(state))).toBe(true);
  let told: readonly OrderedItem[] = [];
  const onItems = (items: readonly OrderedItem[]) => {
    told = items;
    return "more" as const;
  };
  log.attach("state", { onItems, snapshot: () => EMPTY, restore: () => true });
  log.onMessage(b, { kind: "push", way: "direct", events: encoded });
  log.onCommand({
    position: 3 as OrderPosition,
    command: encodeCommand({ kind: "batch", entries: [three] }),
  });
  expect(told).toMatchObject([
    {
      place: 3,
      clock: new Map([
        [makeOrigin("c", 1), 7],
        [origin, 3],
      ]),
    },
  ]);
});

it("what is written anew is bounded, whatever is held: the rest stays as it is", () => {
  const { env, log } = attached();
  const push = (seq: number): void => {
    const events = [eventOf(seq, 1024 * 1024)];
    log.onMessage(b, { kind: "push", way: "direct", events });
    env.sync(log);
  };
  for (let seq = 1; seq <= 100; seq += 1) push(seq);
  expect(log.status.heldCount).toBe(100);
  expect(env.kept?.length).toBeGreaterThan(16 * 1024 * 1024);
  expect(env.kept?.length).toBeLessThan(33 * 1024 * 1024);
  expect(env.records.length).toBeLessThan(100);
  const next = follower();
  next.log.recover(env.kept, env.records);
  expect(next.log.status.heldCount).toBe(100);
});

it("a peer that makes up lives without end fills a table of this size, and no more", () => {
  const { log } = follower(a, { pendingMaxCount: 10 });
  log.start();
  for (let life = 1; life <= 1_000; life += 1) {
    const of = makeOrigin("x", life);
    log.onMessage(b, { kind: "push", way: "rumor", events: [eventOf(1, 1, of)] });
    const names = [{ dot: { origin: makeOrigin("y", life), seq: 1 }, hash: shortHash(EMPTY) }];
    log.onMessage(b, { kind: "announce", names });
  }
  expect(log.status.heldCount).toBe(40);
  expect(log.ordering.size).toBe(40);
});

it("of two events of one name both are held while an id names one, over a crash too", () => {
  const { env, log } = follower(b, {}, "asks");
  log.start();
  const [mine, theirs] = [eventOf(1, 1), eventOf(1, 2)];
  const nameOf = (encoded: Uint8Array) => ({ dot: { origin, seq: 1 }, hash: shortHash(encoded) });
  const command = encodeCommand({ kind: "batch", entries: [{ ...nameOf(theirs), needs: [] }] });
  log.onMessage(b, { kind: "push", way: "direct", events: [mine, theirs] });
  expect(log.status.heldCount).toBe(1);
  expect(log.mayKeep(command)).toBe(false);
  env.taken();
  env.advance(100, log);
  const asked = env.sent.filter(({ message }) => message.kind === "want");
  expect(asked).toMatchObject([{ to: b, message: { term: 1, names: [nameOf(theirs)] } }]);
  log.onMessage(b, { kind: "events", events: [theirs], missing: [] });
  expect(log.mayKeep(command)).toBe(true);
  env.sync(log);
  const next = follower(b, {}, "asks");
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

it("what the leader of an id has no more is decided, and is not waited for", () => {
  const { env, log } = follower(b, {}, "asks");
  log.start();
  const encoded = eventOf(1, 1);
  const name = { dot: { origin, seq: 1 }, hash: shortHash(encoded) };
  const command = encodeCommand({ kind: "batch", entries: [{ ...name, needs: [] }] });
  // Before it was asked for, nothing follows from it.
  log.onMessage(b, { kind: "lost", term: 1, names: [name] });
  expect(log.mayKeep(command)).toBe(false);
  env.advance(100, log);
  log.onMessage(a, { kind: "lost", term: 1, names: [name] });
  log.onMessage(b, { kind: "lost", term: 2, names: [name] });
  expect(log.mayKeep(command)).toBe(false);
  log.onMessage(b, { kind: "lost", term: 1, names: [name] });
  expect(log.mayKeep(command)).toBe(true);
  // Nobody but the leader of that term says so.
  env.taken();
  log.onMessage(b, { kind: "want", term: 1, names: [name] });
  expect(env.sent).toEqual([]);
});

it("what only a leader before named is not decided because the next one lacks it", () => {
  const { env, log, order } = follower(b, {}, "asks");
  log.start();
  const names = [eventOf(1, 1), eventOf(1, 2)].map((encoded) => ({
    ...{ dot: { origin, seq: 1 }, hash: shortHash(encoded) },
  }));
  const [former, latter] = names.map((name) =>
    encodeCommand({ kind: "batch", entries: [{ ...name, needs: [] }] }),
  );
  if (former === undefined || latter === undefined) throw new Error("two ids of one name");
  expect(log.mayKeep(former)).toBe(false);
  order.status = { ...order.status, term: 2 };
  expect(log.mayKeep(latter)).toBe(false);
  env.taken();
  env.advance(100, log);
  const asked = env.sent.filter(({ message }) => message.kind === "want");
  expect(asked).toMatchObject([{ to: b, message: { term: 2, names: names.slice(1) } }]);
  log.onMessage(b, { kind: "lost", term: 2, names });
  expect(log.mayKeep(latter)).toBe(true);
  expect(log.mayKeep(former)).toBe(false);
});

it("what the disk held is no reason to refuse: most of it has its place already", () => {
  const numbers = { pendingMaxCount: 10 };
  const { env, log } = follower(b, numbers);
  log.start();
  const events = Array.from({ length: 20 }, (_, at) => eventOf(at + 1, 1));
  log.onMessage(b, { kind: "push", way: "direct", events });
  expect(log.status).toMatchObject({ heldCount: 20, load: "overload" });
  const next = follower(b, numbers);
  next.log.recover(undefined, env.records);
  next.log.start();
  expect(next.log.status).toMatchObject({ pendingCount: 20, load: "normal" });
  for (let seq = 21; seq <= 30; seq += 1) {
    next.log.onMessage(b, { kind: "push", way: "direct", events: [eventOf(seq, 1)] });
  }
  expect(next.log.status.load).toBe("overload");
});

it("who waits for this disk hears of this disk, though a majority of others was faster", () => {
  const { env, log } = follower(b, {}, "asks");
  log.start();
  const told: AppendOutcome[] = [];
  log.listen({ onAppended: (_, outcome) => told.push(outcome) });
  log.append(EMPTY, "durable");
  const mine = makeOrigin("a", 1);
  const safe = new DotSet();
  safe.add({ origin: mine, seq: 1 });
  log.onMessage(b, { kind: "ack", noted: safe, safe, load: "normal" });
  expect(told).toEqual([]);
  env.sync(log);
  expect(told).toMatchObject([{ kind: "done", durable: true }]);
});

it("a leader calls safe nothing before it heard what others proposed, nor what it voids", () => {
  const { env, log } = follower(a, {}, "asks");
  log.start();
  const told: AppendOutcome[] = [];
  log.listen({ onAppended: (_, outcome) => told.push(outcome) });
  const haveBoth = (): void => {
    log.append(EMPTY, "majority");
    env.sync(log);
    const names = [...log.log.store.pendings()].map(({ dot, hash }) => ({ dot, hash }));
    log.onMessage(b, { kind: "announce", names });
  };
  haveBoth();
  expect(told).toEqual([]);
  log.onOutcome(1 as OrderRequest, { kind: "readable", position: 1 as OrderPosition });
  expect(told).toMatchObject([{ kind: "done", dot: { seq: 1 } }]);
  log.ordering.assurance.onVoiding([{ origin: makeOrigin("a", 1), seq: 2 }]);
  haveBoth();
  expect(told).toHaveLength(1);
  haveBoth();
  expect(told).toMatchObject([{ dot: { seq: 1 } }, { dot: { seq: 3 } }]);
});

it("asks for a later snapshot when the order was trimmed beyond the one that was coming", () => {
  const { env, log } = attached();
  const trimTo = (place: number): void => {
    const at = { place, orderIndex: place };
    const state = { lives: new Map(), trimmed: at, end: at, kept: [] };
    expect(log.restore(place as OrderPosition, encodeOrderState(state))).toBe(true);
  };
  trimTo(5);
  env.advance(1, log);
  const at = { place: 5, orderIndex: 5 };
  const states = new Map([["state", EMPTY]]);
  const whole = encodeAppSnapshot({ at, clocks: new Map(), states });
  const piece = { kind: "snapshotPiece", place: 5, totalBytes: whole.length } as const;
  const hash = shortHash(whole);
  log.onMessage(b, { ...piece, hash, offset: 0, bytes: whole.subarray(0, 4) });
  trimTo(9);
  log.onMessage(b, { ...piece, hash, offset: 4, bytes: whole.subarray(4) });
  expect(log.status.applied).toEqual(at);
  env.taken();
  env.advance(1_000, log);
  expect(env.sent.map(({ message }) => message)).toContainEqual(
    expect.objectContaining({ kind: "snapshotAsk", place: 9, offset: 0 }),
  );
});
