import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { CodedSymbols } from "./coded-symbols.ts";
import { diceOf } from "./index-sequence.ts";
import { KeyTable, keyText } from "./key-table.ts";
import { Peeler } from "./peeler.ts";
import { SymbolStream } from "./symbol-stream.ts";

interface Pair {
  readonly mine: KeyTable;
  readonly yours: KeyTable;
  readonly onlyMine: Set<string>;
  readonly onlyYours: Set<string>;
}

/** Two sets that share `shared` keys. */
function pairOf(random: Random, shared: number, onlyMine: number, onlyYours: number): Pair {
  const pair: Pair = {
    mine: new KeyTable(),
    yours: new KeyTable(),
    onlyMine: new Set(),
    onlyYours: new Set(),
  };
  for (let count = 0; count < shared + onlyMine + onlyYours; count += 1) {
    const [low, high] = [random.uint32(), random.uint32()];
    if (count < shared + onlyMine) pair.mine.add(low, high);
    if (count < shared || count >= shared + onlyMine) pair.yours.add(low, high);
    if (count >= shared && count < shared + onlyMine) pair.onlyMine.add(keyText(low, high));
    if (count >= shared + onlyMine) pair.onlyYours.add(keyText(low, high));
  }
  return pair;
}

function textsOf(table: KeyTable): Set<string> {
  const texts = new Set<string>();
  for (let key = 0; key < table.count; key += 1) {
    texts.add(keyText(table.lowOf(key), table.highOf(key)));
  }
  return texts;
}

/** Symbols of `yours` go over as bytes, `batch` at a time, until all is known. */
function reconcile({ mine, yours }: Pair, batch: number, maxCount = 1e6): Peeler {
  const [ours, theirs] = [new SymbolStream(mine), new SymbolStream(yours)];
  const peeler = new Peeler();
  while (peeler.state === "open" && peeler.symbolsCount < maxCount) {
    const first = peeler.symbolsCount;
    for (const stream of [ours, theirs]) while (!stream.extend(first + batch, 1_000));
    const bytes = theirs.slice(first, batch).toBytes(yours.count);
    const symbols = CodedSymbols.fromBytes(first, bytes, yours.count);
    if (symbols === undefined) throw new Error("symbols that cannot be read");
    symbols.subtract(ours.slice(first, batch));
    expect(peeler.add(symbols)).toBe(true);
    while (!peeler.isIdle) peeler.peel(100);
  }
  return peeler;
}

describe("rateless sketches", () => {
  it("find exactly what plain sets differ in, whatever the sets", () => {
    const random = new Random(1);
    for (let turn = 0; turn < 150; turn += 1) {
      const shared = random.below(500);
      const pair = pairOf(random, shared, random.below(60), random.below(60));
      const peeler = reconcile(pair, 1 + random.below(40));
      expect(peeler.state).toBe("done");
      expect(textsOf(peeler.added)).toEqual(pair.onlyYours);
      expect(textsOf(peeler.lacking)).toEqual(pair.onlyMine);
    }
  });

  it("take about 1.35 symbols a difference where there are many, as published", () => {
    const random = new Random(2);
    const ratios: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const peeler = reconcile(pairOf(random, 3_000, 1_000, 1_000), 20);
      ratios.push(peeler.symbolsCount / 2_000);
    }
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(mean).toBeGreaterThan(1.25);
    expect(mean).toBeLessThan(1.45);
  });

  it("hold key i with probability 1 / (1 + i/2)", () => {
    const random = new Random(3);
    const stream = new SymbolStream(pairOf(random, 20_000, 0, 0).mine);
    while (!stream.extend(64, 1_000));
    const { counts } = stream.slice(0, 64);
    for (const [index, held] of counts.entries()) {
      const share = 1 / (1 + index / 2);
      const deviation = Math.sqrt(20_000 * share * (1 - share));
      expect(Math.abs(held - 20_000 * share)).toBeLessThanOrEqual(5 * deviation);
    }
  });

  it("estimate the difference by their first symbols", () => {
    const random = new Random(4);
    for (const [onlyMine, onlyYours] of [
      [500, 500],
      [0, 1_000],
      [900, 100],
      [5_000, 5_000],
    ] as const) {
      let sum = 0;
      for (let turn = 0; turn < 20; turn += 1) {
        const peeler = reconcile(pairOf(random, 1_000, onlyMine, onlyYours), 43, 43);
        const estimate = peeler.estimatedCount / (onlyMine + onlyYours);
        expect(estimate).toBeGreaterThan(0.3);
        expect(estimate).toBeLessThan(2.2);
        sum += estimate;
      }
      expect(sum / 20).toBeGreaterThan(0.85);
      expect(sum / 20).toBeLessThan(1.2);
    }
  });

  it("part any two keys, also those whose dice fall alike at first", () => {
    const random = new Random(11);
    const byDice = new Map<number, readonly [number, number]>();
    let pairs = 0;
    for (let count = 0; count < 300_000; count += 1) {
      const key = [random.uint32(), random.uint32()] as const;
      const twin = byDice.get(diceOf(...key));
      byDice.set(diceOf(...key), key);
      if (twin === undefined) continue;
      pairs += 1;
      const [one, other] = [new KeyTable(), new KeyTable()];
      one.add(...key);
      other.add(...twin);
      const streams = [new SymbolStream(one), new SymbolStream(other)];
      for (const stream of streams) while (!stream.extend(10_000, 1));
      const [counts, twins] = streams.map((stream) => stream.slice(0, 10_000).counts);
      expect(counts).not.toEqual(twins);
    }
    expect(pairs).toBeGreaterThan(0);
  });

  it("are the same however they were asked for", () => {
    const { mine } = pairOf(new Random(5), 300, 0, 0);
    const [once, often] = [new SymbolStream(mine), new SymbolStream(mine)];
    while (!once.extend(200, 10_000));
    for (let length = 10; length <= 200; length += 10) while (!often.extend(length, 7));
    expect(often.slice(0, 200)).toEqual(once.slice(0, 200));
  });
});

describe("what a hostile peer sends", () => {
  it("is read as whole symbols or not at all", () => {
    const random = new Random(6);
    const stream = new SymbolStream(pairOf(random, 1_000, 0, 0).mine);
    while (!stream.extend(10, 10_000));
    const bytes = stream.slice(0, 10).toBytes(1_000);
    expect(CodedSymbols.fromBytes(0, bytes)).toEqual(stream.slice(0, 10));
    expect(CodedSymbols.fromBytes(0, bytes.subarray(0, bytes.length - 1))).toBeUndefined();
    expect(CodedSymbols.fromBytes(0, new Uint8Array(20).fill(255))).toBeUndefined();
    for (let turn = 0; turn < 500; turn += 1) {
      CodedSymbols.fromBytes(0, random.bytes(random.below(200)));
    }
  });

  it("ends peeling within its bound, however it was made", () => {
    const random = new Random(7);
    const seen = new Set<string>();
    for (let turn = 0; turn < 300; turn += 1) {
      const peeler = new Peeler();
      // Every symbol claims the same few keys with right checks, mostly where they do not belong.
      const forged = new KeyTable();
      for (let key = 0; key < 1 + random.below(4); key += 1) {
        forged.add(random.uint32(), random.uint32());
      }
      const stream = new SymbolStream(forged);
      while (!stream.extend(40, 100));
      const symbols = stream.slice(0, 40);
      for (let hit = 0; hit < random.below(40); hit += 1) {
        const [from, to] = [random.below(40), random.below(40)];
        for (const lane of [symbols.lows, symbols.highs, symbols.checks, symbols.counts]) {
          lane[to] = lane[from] ?? 0;
        }
        if (random.chance(0.3)) symbols.counts[to] = random.chance(0.5) ? 1 : -1;
      }
      peeler.add(symbols);
      let steps = 0;
      while (!peeler.isIdle) {
        peeler.peel(1);
        steps += 1;
      }
      expect(steps).toBeLessThan(64 * 40);
      expect(peeler.foundCount).toBeLessThanOrEqual(40);
      seen.add(peeler.state);
    }
    expect(seen).toContain("forged");
  });

  it("cannot leave symbols out", () => {
    const peeler = new Peeler();
    expect(peeler.add(new CodedSymbols(1, 5))).toBe(false);
    expect(peeler.state).toBe("open");
  });
});

describe("a table of keys", () => {
  it("finds each of its keys and no other", () => {
    const random = new Random(8);
    const { mine, yours } = pairOf(random, 0, 5_000, 5_000);
    while (!mine.indexSome(777));
    for (let key = 0; key < mine.count; key += 1) {
      expect(mine.find(mine.lowOf(key), mine.highOf(key))).toBe(key);
      expect(mine.find(yours.lowOf(key), yours.highOf(key))).toBe(-1);
    }
    expect(KeyTable.fromBytes(mine.toBytes(10, 20)).highOf(9)).toBe(mine.highOf(19));
  });
});
