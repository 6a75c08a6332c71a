import { describe, expect, it } from "vitest";
import type { OrdererChange, OrderOutcome } from "../../core/orderer.ts";
import { peerId } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import type { EtcdEar } from "./etcd-ear.ts";
import { EtcdTown, type EtcdTownOptions } from "./etcd-town.ts";

const LIMIT_MS = 30_000;

function townOf(more: Partial<EtcdTownOptions> = {}): EtcdTown {
  const town = new EtcdTown({ seed: 7, nodesCount: 3, ...more });
  until(town, () => town.all.every(({ status }) => status.leader !== undefined));
  return town;
}

function until(town: EtcdTown, holds: () => boolean): void {
  expect(town.simulator.runUntil(holds, LIMIT_MS)).toBe(true);
}

function earOf(town: EtcdTown, index: number): EtcdEar {
  const ear = town.earOf(index);
  if (ear === undefined) throw new Error(`node ${index} is down`);
  return ear;
}

function propose(town: EtcdTown, index: number, text: string): OrderOutcome {
  const ended: OrderOutcome[] = [];
  const ear = earOf(town, index);
  town.nodes[index]?.step(() => ear.propose(text, (outcome) => ended.push(outcome)));
  until(town, () => ended.length > 0);
  return ended[0] ?? { kind: "uncertain" };
}

function change(town: EtcdTown, wish: OrdererChange): OrderOutcome | undefined {
  let outcome: OrderOutcome | undefined;
  const orderer = town.orderer(0);
  town.nodes[0]?.step(() => {
    const request = orderer?.change(wish);
    orderer?.listen({
      onOutcome: (ended, how) => {
        if (ended === request) outcome = how;
      },
      onStatus: () => {},
    });
  });
  until(town, () => outcome !== undefined);
  return outcome;
}

const textsOf = (ear: EtcdEar): string[] => ear.lines.map(([, text]) => text);

describe("keys that others touch", () => {
  it("says that the order is lost when the head is gone, and tells nothing more", () => {
    const town = townOf();
    propose(town, 0, "before");
    town.etcd.store.deleteForeign("town/head", "town/heae");
    until(town, () => town.all.every(({ status }) => status.state === "lost"));
    expect(propose(town, 1, "after")).toEqual({ kind: "refused", reason: "stopped" });
    expect(town.all.some(({ status }) => status.isLeader)).toBe(false);
    expect(town.troubles.some((line) => line.includes("its head is gone"))).toBe(true);
  });

  it("knows another group that began in an emptied namespace", () => {
    const town = townOf();
    for (let count = 0; count < 3; count += 1) propose(town, 0, `old ${count}`);
    town.simulator.crash(town.nodes[2] ?? raise());
    town.etcd.store.deleteForeign("town/", "town0");
    town.simulator.restart(town.nodes[2] ?? raise());
    until(town, () => town.orderer(0)?.status.state === "lost");
    until(town, () => town.orderer(2)?.status.state === "running");
    expect(propose(town, 2, "new").kind).toBe("ordered");
    expect(textsOf(earOf(town, 0))).not.toContain("new");
  });

  it("passes over a batch that nobody here has written, on all nodes alike", () => {
    const town = townOf();
    propose(town, 0, "one");
    town.etcd.store.putForeign("town/log/00000000000000000002", encodeUtf8("nonsense"));
    until(town, () => town.all.every(({ position }) => position === 2));
    expect(town.counters.snapshot()["etcd.dropped.unreadableBatch"]).toBe(3);
    expect(textsOf(earOf(town, 1))).toEqual(["one"]);
  });

  it("is lost where it must read what is not there", () => {
    const town = townOf();
    for (let count = 0; count < 5; count += 1) propose(town, 0, `number ${count}`);
    const [first, second] = ["town/log/00000000000000000002", "town/log/00000000000000000003"];
    town.etcd.store.deleteForeign(first, second);
    town.simulator.crash(town.nodes[1] ?? raise());
    town.simulator.restart(town.nodes[1] ?? raise());
    until(town, () => town.orderer(1)?.status.state === "lost");
    expect(town.troubles.at(-1)).toContain("what was ordered at 2 is not there any more");
    expect(town.orderer(0)?.status.state).toBe("running");
  });
});

describe("bounds", () => {
  it("refuses what is too large, and what is too much", () => {
    const town = townOf({ etcd: { commandMaxBytes: 10, requestsMaxCount: 2 } });
    const refused = { kind: "refused", reason: "tooLarge" };
    expect(propose(town, 0, "eleven bytes")).toEqual(refused);
    const ended: OrderOutcome[] = [];
    town.nodes[0]?.step(() => {
      for (const text of ["a", "b", "c"]) earOf(town, 0).propose(text, (one) => ended.push(one));
    });
    until(town, () => ended.length === 3);
    expect(ended.filter(({ kind }) => kind === "refused")).toEqual([
      { kind: "refused", reason: "full" },
    ]);
  });

  it("keeps the log when its state is too large, and says so", () => {
    const town = townOf({ etcd: { snapshotAfterCount: 3, stateMaxBytes: 10 } });
    for (let count = 0; count < 10; count += 1) propose(town, 0, `number ${count}`);
    expect(town.counters.snapshot()["etcd.compact.tooLarge"]).toBeGreaterThan(0);
    expect(town.troubles.some((line) => line.includes("stateMaxBytes is 10"))).toBe(true);
    expect(town.etcd.store.keys().some((key) => key.startsWith("town/state/"))).toBe(false);
  });

  it("keeps one state, and the log behind it", () => {
    const town = townOf({
      etcd: { snapshotAfterCount: 10, trailingCount: 3, stateChunkBytes: 50 },
    });
    for (let count = 0; count < 60; count += 1) propose(town, count % 3, `number ${count}`);
    town.simulator.runForMs(2_000);
    const keys = town.etcd.store.keys();
    const states = new Set(keys.flatMap((key) => key.match(/state\/[^/]+/)?.[0] ?? []));
    expect(states.size).toBe(1);
    expect(keys.filter((key) => key.includes("/log/")).length).toBeLessThan(15);
  });
});

describe("who leads", () => {
  it("hands over to whom it is asked to", () => {
    const town = townOf();
    const before = town.all.findIndex(({ status }) => status.isLeader);
    const to = (before + 1) % 3;
    const { term } = town.all[before]?.status ?? { term: 0 };
    const wished = peerId(to + 1);
    town.nodes[before]?.step(() => town.orderer(before)?.transferTo(wished));
    expect(town.orderer(before)?.status.isLeader).toBe(false);
    until(town, () => town.all.every(({ status }) => status.leader === wished));
    expect(town.orderer(to)?.status.isLeader).toBe(true);
    expect(town.orderer(to)?.status.term).toBeGreaterThan(term);
  });

  it("gives its lease back when it stops, so that another leads at once", () => {
    const town = townOf({ etcd: { leaseTtlMs: 60_000 } });
    const before = town.all.findIndex(({ status }) => status.isLeader);
    town.nodes[before]?.step(() => town.orderer(before)?.stop());
    until(town, () => town.all.some(({ status }) => status.isLeader));
    expect(town.simulator.nowMs).toBeLessThan(5_000);
    expect(town.orderer(before)?.status).toMatchObject({ state: "stopped", isLeader: false });
  });

  it("steps down in time when nothing is heard of the store", () => {
    const town = townOf({ etcd: { leaseTtlMs: 5_000 } });
    const before = town.all.findIndex(({ status }) => status.isLeader);
    const node = town.nodes[before] ?? raise();
    town.simulator.partition([node]);
    town.simulator.runForMs(3_999);
    until(town, () => town.orderer(before)?.status.isLeader === false);
    expect(town.all.some(({ status }) => status.isLeader)).toBe(false);
    until(town, () => town.all.some(({ status }) => status.isLeader));
  });

  it("leads nowhere where it is no candidate", () => {
    const town = new EtcdTown({ seed: 7, nodesCount: 2, etcd: { candidate: "no" } });
    town.simulator.runForMs(10_000);
    expect(town.all.map(({ status }) => status.leader)).toEqual([undefined, undefined]);
    expect(propose(town, 0, "without a leader").kind).toBe("ordered");
  });
});

describe("the list of voters", () => {
  it("is kept from the first node's word, and changed by hand", () => {
    const town = townOf();
    const stranger = peerId(9);
    expect(change(town, { kind: "promote", peer: stranger })).toEqual({ kind: "changed" });
    until(town, () => town.all.every(({ members }) => members.voters.includes(stranger)));
    expect(change(town, { kind: "remove", peer: peerId(1) })).toEqual({ kind: "changed" });
    until(town, () => town.all.every(({ members }) => members.voters.length === 3));
    for (const peer of [2, 3]) change(town, { kind: "remove", peer: peerId(peer) });
    const last = change(town, { kind: "remove", peer: stranger });
    expect(last).toEqual({ kind: "refused", reason: "absurd" });
    const kept = town.etcd.store.answer(
      { kind: "look", reads: [{ from: "town/log.voters", limitCount: 1 }] },
      0,
    );
    const [found] = kept.kind === "looked" ? kept.found : [];
    expect(decodeUtf8(found?.items[0]?.value ?? new Uint8Array(0))).toBe("[9]");
  });
});

function raise(): never {
  throw new Error("there is no such node");
}
