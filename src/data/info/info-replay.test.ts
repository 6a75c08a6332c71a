import { expect, test } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { FakeJournalChannel } from "../../testing/fake-journal-channel.ts";
import { StateFile } from "../state-file.ts";
import type { InfoUpdate } from "./info.messages.ts";
import { type InfoOptions, infoDefaults } from "./info.options.ts";
import { InfoStore } from "./info.ts";
import { infoCodec } from "./info.wire.ts";

const options: InfoOptions = { ...infoDefaults, supersededMaxCount: 10, snapshotAfterCount: 5 };

interface Life {
  readonly store: InfoStore;
  readonly file: StateFile<InfoUpdate> | undefined;
}

function begin(name: string, boot: number, channel?: FakeJournalChannel): Life {
  const file = channel && new StateFile(channel, infoCodec, options.snapshotAfterCount);
  const wiring = {
    origin: () => makeOrigin(name, boot),
    wallClock: () => 1_700_000_000_000,
    afterStep: (body: () => void) => body(),
    counters: { add: () => {} },
    isValid: (_: string, value: Uint8Array) => name !== "here" || value[0] !== 0,
  };
  const store = new InfoStore(file === undefined ? wiring : { ...wiring, journal: file }, options);
  expect(file?.open(store) ?? 0).toBe(0);
  return { store, file };
}

const contentOf = ({ store }: Life): unknown => ({
  entries: [...store.allEntries()]
    .map(({ dot, update }) => `${update.key} ${dot.origin} ${dot.seq} ${update.value?.join()}`)
    .sort(),
  seen: store.snapshot().seen.hash(),
});

function write({ store }: Life, random: Random): void {
  const key = `k${random.below(6)}`;
  if (random.chance(0.3)) store.delete(key);
  else store.set(key, new Uint8Array([random.below(4)]));
}

function send(from: InfoStore, to: InfoStore, random: Random): void {
  const theirs = to.seen.clone();
  const budgetBytes = random.chance(0.5) ? 150 : 2 ** 30;
  const delta = from.collect(from.seen.difference(theirs), theirs, budgetBytes);
  for (const [dot, update] of delta.updates) to.apply(dot, update);
  to.cover(delta.covers, delta.forgotten);
}

test("what a journal gives back is what was in memory, and what it lost is brought again", () => {
  const random = new Random(5);
  for (let round = 0; round < 60; round += 1) {
    const channel = new FakeJournalChannel();
    const other = begin("there", 1);
    let boot = 1;
    let here = begin("here", boot, channel);
    for (let step = 0; step < 60; step += 1) {
      const dice = random.below(10);
      if (dice < 3) write(other, random);
      else if (dice < 5) write(here, random);
      else if (dice < 7) send(other.store, here.store, random);
      else if (dice === 7) here.file?.compact();
      else if (dice === 8 && random.chance(0.2)) {
        // An evicted life discards, and goes on as another.
        here.store.discard();
        boot += 1;
        here = begin("here", boot, channel);
      } else {
        const before = contentOf(here);
        const lostCount = random.chance(0.3) ? random.below(3) : 0;
        channel.tail = channel.tail.slice(0, channel.tail.length - lostCount);
        boot += 1;
        here = begin("here", boot, channel);
        if (lostCount === 0) expect(contentOf(here)).toEqual(before);
      }
    }
    for (let time = 0; time < 50; time += 1) send(here.store, other.store, random);
    for (let time = 0; time < 50; time += 1) send(other.store, here.store, random);
    expect(other.store.seen.equals(here.store.seen)).toBe(true);
    for (const { dot, update } of other.store.entries()) {
      if (update.value?.[0] !== 0) expect(here.store.entry(update.key)?.dot).toEqual(dot);
    }
  }
});
