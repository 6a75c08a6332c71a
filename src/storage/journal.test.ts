import { describe, expect, it } from "vitest";
import type { JournalPosition } from "../core/env.ts";
import type { HearsayError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import type { JournalOptions } from "./journal.options.ts";
import { Journal, type JournalListener } from "./journal.ts";
import { MemoryDisk } from "./memory-disk.ts";

/** A disk whose operations end when the test says so. */
class Bench implements JournalListener {
  readonly disk: MemoryDisk;
  readonly waiting: (() => void)[] = [];
  readonly durable: number[] = [];
  readonly failures: HearsayError[] = [];
  readonly options: Partial<JournalOptions>;
  journal: Journal;

  constructor(random: Random, options: Partial<JournalOptions> = {}) {
    this.disk = new MemoryDisk(random, (body) => this.waiting.push(body));
    this.options = options;
    this.journal = new Journal(this.disk, this, options);
  }

  onDurable(position: JournalPosition): void {
    this.durable.push(position);
  }

  onFailure(error: HearsayError): void {
    this.failures.push(error);
  }

  /** Ends `count` operations of the disk, or as many as there are. */
  turn(count = Number.POSITIVE_INFINITY): void {
    for (let ended = 0; ended < count; ended += 1) {
      const body = this.waiting.shift();
      if (body === undefined) return;
      body();
    }
  }

  crash(): void {
    this.waiting.length = 0;
    this.disk.crash();
    this.reopen();
  }

  reopen(): void {
    this.journal = new Journal(this.disk, this, this.options);
  }

  tail(channel: string): string[] {
    const { tail } = this.journal.takeRecovered(channel);
    return tail.map(({ bytes, position }) => `${position}:${textOf(bytes)}`);
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const bench = (options?: Partial<JournalOptions>): Bench => new Bench(new Random(1), options);

describe("a journal", () => {
  it("gives back what it was given, per channel, oldest first", () => {
    const it = bench();
    expect(it.journal.append("a", bytesOf("one"))).toBe(1);
    expect(it.journal.append("b", bytesOf("two"))).toBe(2);
    expect(it.journal.append("a", bytesOf(""))).toBe(3);
    it.journal.flush();
    expect(it.durable).toEqual([]);
    it.turn();
    expect(it.durable).toEqual([3]);
    it.crash();
    expect(it.tail("a")).toEqual(["1:one", "3:"]);
    expect(it.tail("b")).toEqual(["2:two"]);
    expect(it.tail("a")).toEqual([]);
    expect(it.journal.append("c", bytesOf("next"))).toBe(4);
  });

  it("begins no sync for what can wait, and takes it along with the next record, in order", () => {
    const it = bench();
    it.journal.appendLater("a", bytesOf("data"));
    it.turn();
    expect(it.waiting).toEqual([]);
    it.journal.append("b", bytesOf("id"));
    it.journal.flush();
    it.turn(1);
    // Nor when a sync ends.
    it.journal.appendLater("a", bytesOf("more"));
    it.turn();
    expect(it.durable).toEqual([2]);
    it.crash();
    expect(it.tail("a")).toEqual(["1:data"]);
    expect(it.tail("b")).toEqual(["2:id"]);
    it.journal.appendLater("a", bytesOf("last"));
    it.journal.flush();
    it.turn();
    it.journal.appendLater("a", bytesOf("at the end"));
    it.journal.close(() => {});
    it.turn();
    it.reopen();
    expect(it.tail("a")).toEqual(["1:data", "3:last", "4:at the end"]);
  });

  it("makes all that is appended during a sync durable by the next one", () => {
    const it = bench();
    it.journal.append("a", bytesOf("0"));
    it.journal.flush();
    for (let step = 1; step <= 100; step += 1) {
      it.journal.append("a", bytesOf(`${step}`));
      it.journal.flush();
    }
    it.turn();
    expect(it.durable).toEqual([1, 101]);
  });

  it("syncs what a killed process left unsynced: a crash after that finds it", () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const it = new Bench(new Random(seed));
      it.journal.append("a", bytesOf("synced"));
      it.journal.flush();
      it.turn();
      it.journal.append("a", bytesOf("unsynced".repeat(300)));
      it.journal.flush();
      it.turn(1);
      it.waiting.length = 0;
      it.disk.abandon();
      it.reopen();
      expect(it.journal.durable).toBe(2);
      it.journal.append("a", bytesOf("of the next process"));
      it.journal.flush();
      it.turn();
      it.crash();
      expect(it.journal.takeRecovered("a").tail).toHaveLength(3);
    }
  });

  it("drops the records behind a truncation, and goes on with larger positions", () => {
    const it = bench();
    for (const text of ["one", "two", "three"]) it.journal.append("a", bytesOf(text));
    it.journal.truncateAfter("a", 1 as JournalPosition);
    it.journal.append("a", bytesOf("other"));
    it.journal.flush();
    it.turn();
    it.crash();
    expect(it.tail("a")).toEqual(["1:one", "5:other"]);
  });

  it("keeps a snapshot and what came after it, and drops the files before it", () => {
    const it = bench({ segmentMaxBytes: 1 });
    for (let step = 1; step <= 20; step += 1) {
      it.journal.append("a", bytesOf(`${step}`));
      it.journal.flush();
      it.turn();
    }
    expect(it.disk.list()).toHaveLength(20);
    it.journal.snapshot("a", bytesOf("1 to 18"), 18 as JournalPosition);
    it.turn();
    // Two with records, the one with the snapshot's mark, the one that drops the rest.
    expect(it.disk.list().filter((name) => name.startsWith("journal"))).toHaveLength(4);
    it.crash();
    const found = it.journal.takeRecovered("a");
    expect(textOf(found.snapshot)).toBe("1 to 18");
    expect(found.tail.map(({ position }) => position)).toEqual([19, 20]);
    it.journal.append("a", bytesOf("again"));
    it.journal.flush();
    it.turn();
    it.journal.snapshot("a", bytesOf("all"), it.journal.last);
    it.turn();
    expect(it.disk.list().filter((name) => name.startsWith("snapshot"))).toHaveLength(1);
    it.crash();
    expect(textOf(it.journal.takeRecovered("a").snapshot)).toBe("all");
  });

  it("refuses what is too large, and snapshots of what was not appended", () => {
    const it = bench({ recordMaxBytes: 3, snapshotMaxBytes: 3, pendingMaxBytes: 40 });
    expect(() => it.journal.append("a", bytesOf("four"))).toThrow("at most 3");
    expect(() => it.journal.snapshot("a", bytesOf("four"), 1 as JournalPosition)).toThrow("most 3");
    expect(() => it.journal.snapshot("a", bytesOf("x"), 1 as JournalPosition)).toThrow("last");
    while (it.journal.hasRoom) it.journal.append("a", bytesOf("abc"));
    expect(it.journal.last).toBe(2);
  });

  it.each([
    ["is full", (disk: MemoryDisk) => (disk.faults.capacityBytes = 30), "ENOSPC"],
    ["fails", (disk: MemoryDisk) => (disk.faults.errorRatio = 1), "EIO"],
  ])("says so once when its disk %s, and nothing more becomes durable", (_, plant, text) => {
    const it = bench();
    it.journal.append("a", bytesOf("fits"));
    plant(it.disk);
    it.journal.flush();
    it.turn();
    it.journal.append("a", bytesOf("more"));
    it.journal.flush();
    it.turn();
    expect(it.durable).toEqual([]);
    expect(it.failures.map(({ code }) => code)).toEqual(["DATA_DIR"]);
    expect(it.failures[0]?.message).toContain(text);
    expect(it.failures[0]?.message).toContain("memory/journal-0000000000000001.log");
  });

  it("ends when what was pending is durable", () => {
    const it = bench();
    let isClosed = false;
    it.journal.append("a", bytesOf("last words"));
    it.journal.close(() => {
      isClosed = true;
    });
    expect(isClosed).toBe(false);
    it.turn();
    expect(isClosed).toBe(true);
    it.crash();
    expect(it.tail("a")).toEqual(["1:last words"]);
  });
});

describe("a damaged journal", () => {
  function written(): Bench {
    const it = bench();
    for (const text of ["one", "two", "three"]) {
      it.journal.append("a", bytesOf(text));
      it.journal.flush();
      it.turn();
    }
    return it;
  }

  it("is refused when a later batch proves that what is broken had been durable", () => {
    const it = written();
    it.disk.flipBit("journal-0000000000000001.log", 8 * 40);
    expect(() => it.reopen()).toThrow(/journal-0000000000000001.log is damaged at byte \d+/);
  });

  it("is cut where its last batch is broken, for a crash may have torn that", () => {
    const it = written();
    const length = it.disk.read("journal-0000000000000001.log").length;
    it.disk.flipBit("journal-0000000000000001.log", 8 * (length - 1));
    it.reopen();
    expect(it.journal.tornBytes).toBeGreaterThan(0);
    expect(it.tail("a")).toEqual(["1:one", "2:two"]);
  });

  it.each([
    ["foreign", 0, "no file of Hearsay's"],
    ["newer", 8 * 9 + 1, "newer release"],
  ])("is refused when it is %s", (_, bit, text) => {
    const it = written();
    it.disk.flipBit("journal-0000000000000001.log", bit);
    expect(() => it.reopen()).toThrow(text);
  });

  it("is refused when it cannot be read, or a file in the middle is gone", () => {
    const it = new Bench(new Random(1), { segmentMaxBytes: 1 });
    for (const text of ["one", "two", "three"]) {
      it.journal.append("a", bytesOf(text));
      it.journal.flush();
      it.turn();
    }
    it.disk.remove("journal-0000000000000002.log", () => {});
    it.turn();
    expect(() => it.reopen()).toThrow("is damaged at byte 0");
    it.disk.faults.unreadable.add("journal-0000000000000001.log");
    expect(() => it.reopen()).toThrow("cannot be read");
  });

  it("is refused when its snapshot is damaged", () => {
    const it = written();
    it.journal.snapshot("a", bytesOf("all of it"), it.journal.last);
    it.turn();
    const name = it.disk.list().find((file) => file.startsWith("snapshot")) ?? "";
    it.disk.flipBit(name, 8 * 20);
    expect(() => it.reopen()).toThrow(`${name} is damaged`);
  });
});

describe("a journal on a disk that loses power at random moments", () => {
  const runs = Array.from({ length: 150 }, (_, seed) => seed);
  it.each(runs)("never loses what was durable, never tells what was not said (%i)", (seed) => {
    const random = new Random(seed);
    const story = new Story(new Bench(random, { segmentMaxBytes: 200 }), random);
    for (let step = 0; step < 400; step += 1) story.step();
    expect(story.crashes).toBeGreaterThan(0);
  });

  it("tells a disk that lied about syncs, or stays consistent", () => {
    let refusedCount = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const random = new Random(seed);
      const it = new Bench(random, { segmentMaxBytes: 200 });
      it.disk.faults.lostSyncRatio = 0.3;
      const story = new Story(it, random);
      try {
        for (let step = 0; step < 400; step += 1) story.step("lying");
      } catch (error) {
        expect(String(error)).toContain("[DATA_DIR]");
        refusedCount += 1;
      }
    }
    expect(refusedCount).toBeGreaterThan(0);
  });
});

/** What was asked of a journal, in order, and what of it may be found again. */
class Story {
  crashes = 0;
  private readonly it: Bench;
  private readonly random: Random;
  /** By position; position 1 first. */
  private history: (
    | { channel: string; kind: "record"; text: string }
    | { channel: string; kind: "truncate"; after: number }
    | { kind: "other" }
  )[] = [];
  private floors = new Map<string, number>();

  constructor(it: Bench, random: Random) {
    this.it = it;
    this.random = random;
  }

  step(honesty: "honest" | "lying" = "honest"): void {
    const { it, random } = this;
    const channel = `c${random.below(3)}`;
    const dice = random.real();
    if (dice < 0.45) this.append(channel);
    else if (dice < 0.5) this.truncate(channel);
    else if (dice < 0.55) this.snapshot(channel);
    else if (dice < 0.75) it.journal.flush();
    else if (dice < 0.98) it.turn(1 + random.below(4));
    else this.crash(honesty);
    this.fill();
  }

  private append(channel: string): void {
    const text = `${this.it.journal.last}`.padEnd(this.random.below(60), ".");
    this.it.journal.append(channel, bytesOf(text));
    this.history.push({ channel, kind: "record", text });
  }

  private truncate(channel: string): void {
    const { last } = this.it.journal;
    const least = this.floors.get(channel) ?? 0;
    const after = least + this.random.below(last - least + 1);
    this.it.journal.truncateAfter(channel, after as JournalPosition);
    this.history.push({ channel, kind: "truncate", after });
  }

  private snapshot(channel: string): void {
    const { last } = this.it.journal;
    if (last === 0) return;
    this.floors.set(channel, last);
    const state = JSON.stringify(this.stateAt(channel, last));
    this.it.journal.snapshot(channel, bytesOf(state), last);
  }

  /** Marks of snapshots have positions too. */
  private fill(): void {
    while (this.history.length < this.it.journal.last) this.history.push({ kind: "other" });
  }

  private stateAt(channel: string, position: number): string[] {
    let state: [number, string][] = [];
    for (const [index, event] of this.history.slice(0, position).entries()) {
      if (event.kind === "other" || event.channel !== channel) continue;
      if (event.kind === "record") state.push([index + 1, event.text]);
      else state = state.filter(([at]) => at <= event.after);
    }
    return state.map(([at, text]) => `${at}:${text}`);
  }

  private crash(honesty: "honest" | "lying"): void {
    const { it } = this;
    const { durable } = it.journal;
    it.crash();
    this.crashes += 1;
    const { last } = it.journal;
    if (honesty === "honest") expect(last).toBeGreaterThanOrEqual(durable);
    this.history.length = Math.min(this.history.length, last);
    for (const channel of ["c0", "c1", "c2"]) {
      const { snapshot, tail } = it.journal.takeRecovered(channel);
      const before = snapshot === undefined ? [] : (JSON.parse(textOf(snapshot)) as string[]);
      const after = tail.map(({ bytes, position }) => `${position}:${textOf(bytes)}`);
      expect([...before, ...after]).toEqual(this.stateAt(channel, last));
      this.floors.delete(channel);
      this.floors.set(channel, last);
    }
  }
}
