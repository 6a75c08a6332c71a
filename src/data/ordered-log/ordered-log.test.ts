import { expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import type { OrderPosition } from "../../core/orderer.ts";
import { makeOrigin } from "../../core/peer.ts";
import { a, b, eventOf, logOf, origin, shortHash } from "../../testing/ordered-log-rig.ts";
import { encodeAppSnapshot } from "./app-snapshot.ts";
import { encodeLogDisk } from "./log-disk.ts";
import { encodeCommand } from "./order-command.ts";
import { OrderState } from "./order-state.ts";
import { encodeOrderState } from "./order-state-bytes.ts";
import type { AppendOutcome, OrderedItem } from "./ordered-log.contract.ts";

const EMPTY = new Uint8Array(0);

function attached() {
  const { env, log } = logOf();
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
  const { log } = logOf();
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
  const next = logOf();
  next.log.recover(env.kept, env.records);
  expect(next.log.status.heldCount).toBe(100);
});

it("a peer that makes up lives without end fills a table of this size, and no more", () => {
  const { log } = logOf(a, { pendingMaxCount: 10 });
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

it("what the disk held is no reason to refuse: most of it has its place already", () => {
  const numbers = { pendingMaxCount: 10 };
  const { env, log } = logOf(b, numbers);
  log.start();
  const events = Array.from({ length: 20 }, (_, at) => eventOf(at + 1, 1));
  log.onMessage(b, { kind: "push", way: "direct", events });
  expect(log.status).toMatchObject({ heldCount: 20, load: "overload" });
  const next = logOf(b, numbers);
  next.log.recover(undefined, env.records);
  next.log.start();
  expect(next.log.status).toMatchObject({ pendingCount: 20, load: "normal" });
  for (let seq = 21; seq <= 30; seq += 1) {
    next.log.onMessage(b, { kind: "push", way: "direct", events: [eventOf(seq, 1)] });
  }
  expect(next.log.status.load).toBe("overload");
});

it("who waits for this disk hears of this disk, though a majority of others was faster", () => {
  const { env, log } = logOf(b, {}, "asks");
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
