import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { Journal } from "../../storage/journal.ts";
import { MemoryDisk } from "../../storage/memory-disk.ts";
import { FakeJournalChannel } from "../../testing/fake-journal-channel.ts";
import { type HistoryOptions, historyDefaults } from "./history.options.ts";
import { History } from "./history.ts";
import { historyCodec } from "./history.wire.ts";
import { HistoryFile } from "./history-file.ts";

function open(channel: JournalChannel, boot: number, options: Partial<HistoryOptions> = {}) {
  const all = { ...historyDefaults, ...options };
  const file = new HistoryFile(channel, historyCodec, all);
  const wiring = {
    origin: () => makeOrigin("a", boot),
    wallClock: () => 1_000,
    afterStep: (body: () => void) => body(),
    journal: file,
  };
  const history = new History(wiring, all);
  const strangeCount = file.open(history);
  return { history, file, strangeCount };
}

const contentOf = (history: History): string =>
  JSON.stringify({
    held: [...history.entries()]
      .map(([dot, { payload }]) => [dot.origin, dot.seq, ...payload])
      .sort((a, b) => (String(a) < String(b) ? -1 : 1)),
    seen: [...history.seen].length,
    forgotten: [...history.forgotten].length,
    hash: history.seen.hash(),
  });

describe("a history on disk", () => {
  it("is after each restart what it was before, with snapshots or without", () => {
    const channel = new FakeJournalChannel();
    const random = new Random(3);
    const options = { keptMaxCount: 50, snapshotAfterCount: 20 };
    let before = "";
    let snapshotsCount = 0;
    for (let boot = 1; boot <= 30; boot += 1) {
      const { file, history, strangeCount } = open(channel, boot, options);
      if (before !== "") expect(contentOf(history)).toBe(before);
      expect(strangeCount).toBe(0);
      for (let step = 0; step < 20; step += 1) {
        history.append(Uint8Array.of(random.below(256)));
        const other = { origin: makeOrigin("b", 1), seq: 1 + random.below(1_000) };
        history.apply(other, { atMs: 900, payload: Uint8Array.of(1) });
      }
      const taken = channel.snapshotBytes;
      file.compact();
      if (taken !== channel.snapshotBytes) snapshotsCount += 1;
      before = contentOf(history);
    }
    expect(snapshotsCount).toBeGreaterThan(2);
    expect(channel.tail.length).toBeLessThan(400);
  });

  it("counts records that are none of its own, and keeps the others", () => {
    const channel = new FakeJournalChannel();
    open(channel, 1).history.append(Uint8Array.of(5));
    channel.append(Uint8Array.of(99, 1, 2));
    channel.append(new Uint8Array());
    const { history, strangeCount } = open(channel, 2);
    expect(strangeCount).toBe(2);
    expect(history.size).toBe(1);
  });

  it("that is quiet does not keep the files that a busy one fills", () => {
    const tasks: (() => void)[] = [];
    const disk = new MemoryDisk(new Random(1), (body) => tasks.push(body));
    const onFailure = (error: Error): never => {
      throw error;
    };
    const listener = { onDurable: () => {}, onFailure };
    const begin = () => {
      const journal = new Journal(disk, listener, { segmentMaxBytes: 100, segmentsMaxCount: 4 });
      const options = { keptMaxCount: 5, snapshotAfterCount: 5 };
      const quiet = open(journal.channel("quiet"), 1, options);
      return { journal, quiet, busy: open(journal.channel("busy"), 1, options) };
    };
    const { busy, journal, quiet } = begin();
    quiet.history.append(Uint8Array.of(7));
    for (let step = 0; step < 200; step += 1) {
      busy.history.append(new Uint8Array(100));
      quiet.file.compact();
      busy.file.compact();
      journal.flush();
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
    }
    expect(disk.list().length).toBeLessThan(30);
    const again = begin();
    expect(contentOf(again.quiet.history)).toBe(contentOf(quiet.history));
    expect(contentOf(again.busy.history)).toBe(contentOf(busy.history));
  });

  it("reads back whatever it wrote, with more lives and holes than a peer may send", () => {
    const forgotten = new DotSet();
    for (let boot = 1; boot <= 65_537; boot += 1)
      forgotten.add({ origin: makeOrigin("b", boot), seq: 1 });
    const seen = forgotten.clone();
    const origin = makeOrigin("c", 1);
    for (let seq = 1; seq <= 600_000; seq += 2) seen.add({ origin, seq });
    const found = historyCodec.decodeSnapshot(historyCodec.encodeSnapshot(seen, forgotten, []));
    expect(found?.seen.size).toBe(65_537 + 300_000);
    expect(found?.forgotten.size).toBe(65_537);
    const record = historyCodec.encodeRecord({ kind: "forgotten", dots: forgotten });
    expect(historyCodec.decodeRecord(record)).toMatchObject({ kind: "forgotten" });
  });

  it("keeps aside a snapshot that it cannot read, before another takes its place", () => {
    const [channel, aside] = [new FakeJournalChannel(), new FakeJournalChannel()];
    const strange = Uint8Array.of(9, 9, 9);
    channel.snapshotBytes = strange;
    const options = { ...historyDefaults, snapshotAfterCount: 1 };
    const file = new HistoryFile(channel, historyCodec, options, aside);
    const history = new History(
      {
        origin: () => makeOrigin("a", 1),
        wallClock: () => 1_000,
        afterStep: (body) => body(),
        journal: file,
      },
      options,
    );
    expect(file.open(history)).toBe(1);
    for (let at = 0; at < 9; at += 1) history.append(Uint8Array.of(at));
    history.discard();
    file.compact();
    expect(channel.snapshotBytes).not.toEqual(strange);
    expect(aside.snapshotBytes).toEqual(strange);
    expect(aside.tail).toEqual([]);
  });

  it("forgets what was discarded, over a restart too", () => {
    const channel = new FakeJournalChannel();
    const before = open(channel, 1);
    for (let at = 0; at < 5; at += 1) before.history.append(Uint8Array.of(at));
    before.history.discard();
    before.history.append(Uint8Array.of(7));
    const after = open(channel, 2).history;
    expect([...after.entries()].map(([, { payload }]) => [...payload])).toEqual([[7]]);
    expect(after.seen.size).toBe(1);
  });
});
