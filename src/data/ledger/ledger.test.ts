import { expect, test } from "vitest";
import { encodeUtf8 } from "../../core/text.ts";
import { emptyLedgerDisk } from "../../testing/fake-ledger-store.ts";
import { LedgerTown } from "../../testing/ledger-town-rig.ts";

function appendAll(town: LedgerTown, count: number, everyMs = 20): void {
  for (let at = 0; at < count; at += 1) {
    town.append(at % 3, encodeUtf8(`event ${at}`));
    town.simulator.runForMs(everyMs);
  }
}

test("founders agree on a genesis, and all nodes make and keep the same chain", () => {
  const town = new LedgerTown({ seed: 1, nodesCount: 5, signersCount: 3 });
  town.simulator.runForMs(5_000);
  expect(new Set(town.heads()).size).toBe(1);
  expect(town.heads()[0]).toMatch(/^0 /);
  appendAll(town, 200);
  town.simulator.runForMs(5_000);
  expect(town.isSettled()).toBe(true);
  const chains = town.town.map((one) => town.chainOf(one).join());
  expect(new Set(chains).size).toBe(1);
  const [first] = town.town;
  expect(first?.final.length).toBe(town.town[0]?.ledger.height);
  expect(first?.final.length).toBeGreaterThan(4);
  expect(first?.ledger.isSigning()).toBe(true);
  expect(town.town[4]?.ledger.isSigning()).toBe(false);
});

test("a lone event is in a final block at once, whatever the interval is", () => {
  const town = new LedgerTown({
    seed: 2,
    nodesCount: 3,
    signersCount: 3,
    numbers: { blockIntervalMs: 60_000, blockPauseMs: 60_000 },
  });
  town.simulator.runForMs(5_000);
  town.append(0, encodeUtf8("one"));
  town.simulator.runForMs(100);
  expect(town.isSettled()).toBe(true);
});

test("a fifth of all packets lost, nodes that crash and come back: the chain goes on", () => {
  const town = new LedgerTown({ seed: 3, nodesCount: 6, signersCount: 5, lossRatio: 0.2 });
  town.simulator.runForMs(5_000);
  for (let round = 0; round < 10; round += 1) {
    const victim = town.town[round % 6];
    if (victim === undefined) throw new Error("six");
    town.simulator.crash(victim.node);
    appendAll(town, 30, 15);
    town.restart(victim);
    town.simulator.runForMs(500);
  }
  town.simulator.runForMs(60_000);
  expect(town.isSettled()).toBe(true);
  expect(new Set(town.town.map((one) => town.chainOf(one).join())).size).toBe(1);
  for (const { halts } of town.town) expect(halts).toEqual([]);
});

test("all crash at once before anybody has told its signature: the same blocks are signed", () => {
  const town = new LedgerTown({ seed: 4, nodesCount: 3, signersCount: 3 });
  town.simulator.runForMs(5_000);
  for (let round = 0; round < 12; round += 1) {
    town.append(round % 3, encodeUtf8(`event ${round}`));
    // Somewhere between the order, the record of what is signed, and the signatures.
    town.simulator.runForMs(8 + round);
    for (const { node } of town.town) town.simulator.crash(node);
    for (const one of town.town) town.restart(one);
    town.simulator.runForMs(1_500);
  }
  town.simulator.runForMs(10_000);
  expect(town.isSettled()).toBe(true);
  for (const { halts } of town.town) expect(halts).toEqual([]);
});

test("a newcomer gets a long chain from peers, with the order from a snapshot", () => {
  const town = new LedgerTown({
    seed: 5,
    nodesCount: 4,
    signersCount: 3,
    lossRatio: 0.1,
    numbers: { blockIntervalMs: 1, blockPauseMs: 1 },
  });
  town.simulator.runForMs(5_000);
  appendAll(town, 400, 10);
  town.simulator.runForMs(3_000);
  const [, second] = town.town;
  if (second === undefined) throw new Error("four");
  town.snapshot = { bytes: second.ledger.snapshot(), at: second.told };
  appendAll(town, 20, 10);
  const newcomer = town.addNode(emptyLedgerDisk());
  town.simulator.runForMs(20_000);
  expect(newcomer.ledger.height).toBeGreaterThan(100);
  expect(town.isSettled()).toBe(true);
  appendAll(town, 20, 10);
  town.simulator.runForMs(5_000);
  expect(town.isSettled()).toBe(true);
});

test("who does not hear the order follows the chain all the same", () => {
  const town = new LedgerTown({ seed: 6, nodesCount: 5, signersCount: 3 });
  town.simulator.runForMs(5_000);
  town.hearsOrder = (index) => index !== 4;
  appendAll(town, 100);
  town.simulator.runForMs(20_000);
  expect(town.isSettled()).toBe(true);
  town.hearsOrder = () => true;
  appendAll(town, 10);
  town.simulator.runForMs(5_000);
  expect(town.isSettled()).toBe(true);
  expect(town.town[4]?.halts).toEqual([]);
});

test("without enough signers nothing is final; the order waits, and goes on afterwards", () => {
  const town = new LedgerTown({
    seed: 7,
    nodesCount: 3,
    signersCount: 3,
    numbers: { candidatesMaxCount: 4, blockIntervalMs: 1, blockPauseMs: 1 },
  });
  town.simulator.runForMs(5_000);
  const [, second, third] = town.town;
  if (second === undefined || third === undefined) throw new Error("three");
  town.simulator.crash(second.node);
  town.simulator.crash(third.node);
  appendAll(town, 30);
  town.simulator.runForMs(5_000);
  expect(town.town[0]?.ledger.height).toBe(1);
  expect(town.town[0]?.isPaused).toBe(true);
  expect(town.town[0]?.ledger.waiting.candidatesCount).toBeLessThan(20);
  town.restart(second);
  town.restart(third);
  town.simulator.runForMs(30_000);
  expect(town.isSettled()).toBe(true);
});

test("clocks that are set back hold nothing up: the chain counts on from its time", () => {
  const town = new LedgerTown({ seed: 14, nodesCount: 3, signersCount: 3 });
  town.simulator.runForMs(5_000);
  town.append(0, encodeUtf8("one"));
  town.simulator.runForMs(1_000);
  for (const { node } of town.town) node.wallClockSkewMs = -3_600_000;
  town.append(0, encodeUtf8("two"));
  town.simulator.runForMs(5_000);
  expect(town.isSettled()).toBe(true);
});

test("an order that begins anew under an old chain stops the ledger", () => {
  const old = new LedgerTown({ seed: 11, nodesCount: 3, signersCount: 3 });
  old.simulator.runForMs(5_000);
  for (let at = 0; at < 20; at += 1) old.append(at % 3, encodeUtf8(`event ${at}`));
  old.simulator.runForMs(5_000);
  expect(old.isSettled()).toBe(true);
  const blocks = old.town[0]?.disk.blocks ?? [];
  const anew = new LedgerTown({ seed: 12, nodesCount: 0, signersCount: 3 });
  for (let at = 0; at < 3; at += 1) anew.addNode({ ...emptyLedgerDisk(), blocks: [...blocks] });
  anew.simulator.runForMs(5_000);
  anew.append(7, encodeUtf8("of another order"));
  anew.simulator.runForMs(5_000);
  for (const { halts } of anew.town) expect(halts).toMatchObject([{ reason: "diverged" }]);
});

test("a newcomer that begins with an import takes the rest of the order and of the chain", () => {
  const town = new LedgerTown({ seed: 13, nodesCount: 4, signersCount: 3 });
  town.simulator.runForMs(5_000);
  for (let at = 0; at < 20; at += 1) {
    town.append(at % 3, encodeUtf8(`event ${at}`));
    town.simulator.runForMs(200);
  }
  const blocks = town.town[0]?.disk.blocks.slice(0, 9) ?? [];
  const newcomer = town.addNode({ ...emptyLedgerDisk(), blocks });
  for (let at = 0; at < 20; at += 1) town.append(at % 3, encodeUtf8(`more ${at}`));
  town.simulator.runForMs(10_000);
  expect(town.isSettled()).toBe(true);
  expect(newcomer.halts).toEqual([]);
});
