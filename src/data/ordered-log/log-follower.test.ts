import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { Counters } from "../../core/metrics.ts";
import { peerId } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { LogTown } from "../../sim/ordered-log/log-town.ts";
import { simHash } from "../../sim/ordered-log/sim-hash.ts";
import { RecordingDurableEnv } from "../../testing/recording-env.ts";
import { CommittedPrefix } from "./committed-prefix.ts";
import { FollowerReplica } from "./follower-replica.ts";
import { LogFollower } from "./log-follower.ts";
import type { OrderedApplication, OrderedItem } from "./ordered-log.contract.ts";
import type { LogRecord, OrderedLogMessage, OrderedLogTimer } from "./ordered-log.messages.ts";
import { type OrderedLogOptions, orderedLogOptions } from "./ordered-log.options.ts";

class FollowerEnv extends RecordingDurableEnv<OrderedLogMessage, OrderedLogTimer, LogRecord> {}
const MEMBER = peerId("member");
const TRIMMING = {
  trailingCount: 5,
  trimStepCount: 1,
  snapshotAfterCount: 5,
  reportIntervalMs: 100,
};

function ordered(count: number, log = {}) {
  const town = new LogTown({ seed: 4, votersCount: 3, log });
  town.simulator.runUntil(() => town.leader?.raft.raft.isSettled === true, 10_000);
  town.simulator.runForMs(500);
  const [one] = town.servers;
  if (one === undefined) throw new Error("three servers");
  for (let left = count; left > 0; left -= 1) {
    for (const server of town.servers) town.append(server);
    town.simulator.runForMs(30);
  }
  town.call(one, () => one.note("a note"));
  town.simulator.runForMs(3_000);
  const { assembly, log: context } = one.log;
  return { one, prefix: new CommittedPrefix("orders", { assembly, store: context.store }) };
}

/** A life of a follower, on what its last one left on disk. */
function live(env: FollowerEnv, options: Partial<OrderedLogOptions> = {}) {
  const wiring = { log: "orders", counters: new Counters(), sha256: simHash };
  const made = new LogFollower(env, wiring, { ...orderedLogOptions(), ...options });
  made.recover(env.kept, env.records);
  made.start();
  return { env, made, replica: new FollowerReplica("orders", made) };
}

function follower(options: Partial<OrderedLogOptions> = {}, env = new FollowerEnv({ self: "f" })) {
  const items: OrderedItem[] = [];
  const gaps: number[] = [];
  const life = live(env, options);
  life.made.attach("reader", {
    onItems: (more) => {
      items.push(...more);
      return "more";
    },
    onGap: ({ place }) => gaps.push(place),
  });
  return { ...life, items, gaps };
}

/** A state that is the places it was told. */
function fold(): OrderedApplication & { places: string } {
  return {
    places: "",
    onItems(items) {
      for (const { place } of items) this.places += ` ${place}`;
      return "more";
    },
    snapshot() {
      return encodeUtf8(this.places);
    },
    restore(_, state) {
      this.places = decodeUtf8(state) ?? "";
      return true;
    },
  };
}

/** One round of anti-entropy, in a budget. */
function exchange(
  from: Pick<FollowerReplica, "seen" | "collect">,
  to: FollowerReplica,
  budgetBytes = 200,
): void {
  const wanted = from.seen.difference(to.seen);
  const delta = from.collect(wanted, to.seen, budgetBytes);
  const verdicts = delta.updates.map(([dot, update]) => to.apply(dot, update, MEMBER));
  if (!verdicts.includes("deferred")) to.cover(delta.covers, delta.forgotten);
}

function exchangeAll(from: Pick<FollowerReplica, "seen" | "collect">, to: FollowerReplica): void {
  for (let round = 0; round < 100; round += 1) exchange(from, to);
}

describe("whoever is outside the group", () => {
  it("gets the same items in the same order, from a member or from another one outside", () => {
    const { one, prefix } = ordered(10);
    const near = follower();
    const far = follower();
    for (let round = 0; round < 100; round += 1) {
      exchange(prefix, near.replica);
      exchange(near.replica, far.replica);
    }
    const told = one.log.assembly.itemsAfter(0, 1_000);
    expect(told).toHaveLength(31);
    expect(near.items).toEqual(told);
    expect(far.items).toEqual(told);
    expect(far.replica.seen.equals(prefix.seen)).toBe(true);
    expect(far.made.status).toMatchObject({
      ordered: { place: 31, orderIndex: 30 },
      applied: { place: 31, orderIndex: 30 },
    });
  });

  it("is told in order what comes in any order, twice, or as no item", () => {
    const { one, prefix } = ordered(5);
    const { items, replica } = follower();
    const { updates } = prefix.collect(prefix.seen, new DotSet(), 1_000_000);
    for (const [dot, update] of [...updates].reverse()) {
      expect(replica.apply(dot, Uint8Array.of(7, 7))).toBe("deferred");
      expect(replica.apply({ ...dot, seq: dot.seq + 100_000 }, update)).toBe("deferred");
      expect(replica.apply(dot, update)).toBe("news");
      expect(replica.apply(dot, update)).toBe("known");
    }
    expect(items).toEqual(one.log.assembly.itemsAfter(0, 1_000));
  });

  it("is told of a gap where nobody has the beginning any more, however far that reaches", () => {
    const { one, prefix } = ordered(20, TRIMMING);
    const { place } = one.log.assembly.base;
    expect(place).toBeGreaterThan(5);
    const { gaps, items, replica } = follower({ fetchAheadCount: 3 });
    exchangeAll(prefix, replica);
    expect(gaps).toEqual([place]);
    expect(items.map((item) => item.place)).toEqual(
      one.log.assembly.itemsAfter(place, 1_000).map((item) => item.place),
    );
    // Whoever asks it hears of the gap too.
    const far = follower();
    exchangeAll(replica, far.replica);
    expect(far.gaps).toEqual([place]);
    expect(far.items).toEqual(items);
  });

  it("begins with the state of another one where its application takes one", () => {
    const { one, prefix } = ordered(20, TRIMMING);
    const { place } = one.log.assembly.base;
    const far = live(new FollowerEnv({ self: "far" }));
    const state = fold();
    far.made.attach("fold", state);
    exchangeAll(prefix, far.replica);
    expect(far.made.status.stalled).toMatchObject({ at: { place: 0 } });
    expect(state.places).toBe("");
    far.env.taken();
    far.env.advance(0, far.made);
    const [asked] = far.env.sent;
    expect(asked).toMatchObject({ to: MEMBER, message: { kind: "snapshotAsk", place } });
    // In the place of the member: a follower that was told all from the beginning.
    const whole = live(new FollowerEnv({ self: "member" }));
    const other = fold();
    whole.made.attach("fold", other);
    const all = ordered(20);
    exchangeAll(all.prefix, whole.replica);
    whole.env.advance(10_000, whole.made);
    if (asked !== undefined) whole.made.onMessage(peerId("far"), asked.message);
    for (const { message } of whole.env.sent) far.made.onMessage(MEMBER, message);
    expect(state.places).toBe(other.places);
    expect(state.places.split(" ").at(-1)).toBe("61");
    expect(far.made.status.stalled).toBeUndefined();
  });

  it("says that there is a gap when nobody who gives items has a state", () => {
    const { one, prefix } = ordered(20, TRIMMING);
    const { env, made, replica } = live(new FollowerEnv({ self: "far" }));
    const gaps: number[] = [];
    made.attach("fold", { ...fold(), onGap: ({ place }) => gaps.push(place) });
    exchangeAll(prefix, replica);
    for (let times = 0; times < 20; times += 1) {
      env.taken();
      env.advance(5_000, made);
      for (const { message } of env.sent) {
        if (message.kind === "snapshotAsk")
          made.onMessage(MEMBER, { kind: "snapshotNone", place: 0 });
      }
    }
    expect(gaps).toEqual([one.log.assembly.base.place]);
  });

  it("has after a crash what it had on disk, in its bounds, and its state whole", () => {
    const { prefix } = ordered(20);
    const env = new FollowerEnv({ self: "f" });
    const options = { trailingCount: 10, fetchAheadCount: 64, snapshotAfterCount: 20 };
    const before = live(env, options);
    const state = fold();
    before.made.attach("fold", state);
    for (let round = 0; round < 100; round += 1) {
      exchange(prefix, before.replica);
      env.sync(before.made);
    }
    expect(env.kept).toBeDefined();
    const after = live(env, options);
    const again = fold();
    after.made.attach("fold", again);
    expect(again.places).toBe(state.places);
    expect(after.replica.seen.equals(prefix.seen)).toBe(true);
  });

  it("holds so much and no more while a reader is slow, and loses nothing", () => {
    const { one, prefix } = ordered(20);
    const options = { trailingCount: 2, fetchAheadCount: 4 };
    const { made, replica } = live(new FollowerEnv(), options);
    const items: OrderedItem[] = [];
    const slow: OrderedApplication = {
      onItems: (more) => {
        items.push(...more);
        return "pause";
      },
    };
    made.attach("slow", slow);
    exchangeAll(prefix, replica);
    expect(items).toHaveLength(1);
    expect(made.status.heldCount).toBe(7);
    for (let times = 0; times < 200; times += 1) {
      exchange(prefix, replica);
      made.resume("slow");
    }
    expect(items).toEqual(one.log.assembly.itemsAfter(0, 1_000));
  });
});

it("a member takes nothing by its prefix", () => {
  const { prefix } = ordered(1);
  const [dot] = [...prefix.seen];
  if (dot === undefined) throw new Error("an item");
  expect(prefix.apply(dot)).toBe("known");
  expect(prefix.apply({ ...dot, seq: 1_000 })).toBe("deferred");
  expect(prefix.apply({ ...dot, origin: "other#1" as typeof dot.origin })).toBe("rejected");
});
