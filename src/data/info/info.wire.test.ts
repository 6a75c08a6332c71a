import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { FakeJournalChannel } from "../../testing/fake-journal-channel.ts";
import { StateFile } from "../state-file.ts";
import type { InfoUpdate } from "./info.messages.ts";
import { infoDefaults } from "./info.options.ts";
import { InfoStore } from "./info.ts";
import { decodeInfoUpdate, encodeInfoUpdate, infoCodec, infoUpdateCodec } from "./info.wire.ts";

const updates: readonly InfoUpdate[] = [
  { key: "k", stamp: { ms: 1, counter: 2 }, expiresAtMs: undefined, value: Uint8Array.of(1, 2) },
  { key: "ключ", stamp: { ms: 2 ** 45, counter: 0 }, expiresAtMs: 7, value: new Uint8Array(0) },
  { key: "gone", stamp: { ms: 0, counter: 65_535 }, expiresAtMs: undefined, value: undefined },
  { key: "over", stamp: { ms: 3, counter: 1 }, expiresAtMs: 2 ** 50, value: undefined },
  {
    key: "k",
    stamp: { ms: 1, counter: 2 },
    expiresAtMs: 5,
    value: Uint8Array.of(1),
    writtenAs: { origin: makeOrigin("a", 1), seq: 7 },
  },
];

describe("an info on the wire", () => {
  it.each(updates)("makes the round trip: $key", (update) => {
    expect(decodeInfoUpdate(encodeInfoUpdate(update))).toEqual(update);
    expect(infoUpdateCodec.decode(infoUpdateCodec.encode(update))).toEqual(update);
  });

  it("is told from any other bytes, and never throws", () => {
    const random = new Random(5);
    for (const update of updates) {
      const bytes = encodeInfoUpdate(update);
      for (let end = 0; end < bytes.length; end += 1) decodeInfoUpdate(bytes.subarray(0, end));
      for (let round = 0; round < 300; round += 1) {
        const wrong = bytes.slice();
        wrong[random.below(wrong.length)] = random.below(256);
        const read = decodeInfoUpdate(wrong);
        if (read !== undefined) expect(decodeInfoUpdate(encodeInfoUpdate(read))).toEqual(read);
      }
    }
    expect(decodeInfoUpdate(Uint8Array.of(8, 0, 0, 1, 107))).toBeUndefined();
    expect(decodeInfoUpdate(Uint8Array.of(0, 0, 0, 1, 107, 9))).toBeUndefined();
    expect(decodeInfoUpdate(Uint8Array.of(1, 0, 0, 1, 0xff))).toBeUndefined();
  });
});

function open(channel: FakeJournalChannel, boot: number) {
  const options = { ...infoDefaults, snapshotAfterCount: 20 };
  const file = new StateFile(channel, infoCodec, options.snapshotAfterCount);
  const wiring = {
    origin: () => makeOrigin("a", boot),
    wallClock: () => 5_000,
    afterStep: (body: () => void) => body(),
    counters: { add: () => {} },
    journal: file,
  };
  const store = new InfoStore(wiring, options);
  return { store, strangeCount: file.open(store), file };
}

const heldIn = (store: InfoStore): string =>
  JSON.stringify([...store.allEntries()].sort((a, b) => (a.update.key < b.update.key ? -1 : 1)));

describe("infos on disk", () => {
  it("are all there in the next life, with what was seen, deleted and superseded", () => {
    const channel = new FakeJournalChannel();
    const random = new Random(9);
    for (let boot = 1; boot <= 4; boot += 1) {
      const { file, store, strangeCount } = open(channel, boot);
      expect(strangeCount).toBe(0);
      for (let round = 0; round < 60; round += 1) {
        const key = `k${random.below(8)}`;
        if (random.below(4) === 0) store.delete(key);
        else store.set(key, Uint8Array.of(round), random.below(2) === 0 ? 9_000 : undefined);
        const other = { origin: makeOrigin("b", 1), seq: 1 + random.below(50) };
        if (random.below(3) === 0) store.cover(DotSet.of(other), new DotSet());
        if (random.below(10) === 0) file.compact();
      }
      const again = open(channel, boot + 1);
      expect(heldIn(again.store)).toBe(heldIn(store));
      expect(again.store.seen.equals(store.seen)).toBe(true);
    }
    expect(channel.snapshotBytes).toBeDefined();
  });

  it("that were discarded stay so", () => {
    const channel = new FakeJournalChannel();
    const { file, store } = open(channel, 1);
    for (let round = 0; round < 30; round += 1) store.set(`k${round}`, Uint8Array.of(1));
    file.compact();
    store.set("k", Uint8Array.of(1));
    store.discard();
    expect([store.survivingCount, store.seen.size, store.heldBytes]).toEqual([0, 0, 0]);
    store.set("new", Uint8Array.of(2));
    const { store: again } = open(channel, 2);
    expect([...again.entries()].map(({ update }) => update.key)).toEqual(["new"]);
  });

  it("that cannot be understood are counted, and the rest is read", () => {
    const channel = new FakeJournalChannel();
    open(channel, 1).store.set("k", Uint8Array.of(1));
    channel.append(Uint8Array.of(9, 9));
    const { store, strangeCount } = open(channel, 2);
    expect([strangeCount, store.survivingCount]).toEqual([1, 1]);
    channel.snapshotBytes = Uint8Array.of(1);
    expect(open(channel, 3).strangeCount).toBe(2);
  });
});
