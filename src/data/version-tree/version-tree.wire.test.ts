import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { FakeJournalChannel } from "../../testing/fake-journal-channel.ts";
import { StateFile } from "../state-file.ts";
import type { VersionUpdate } from "./version-tree.messages.ts";
import { versionTreeDefaults } from "./version-tree.options.ts";
import {
  decodeVersionUpdate,
  encodeVersionUpdate,
  versionCodec,
  versionUpdateBytes,
  versionUpdateCodec,
} from "./version-tree.wire.ts";
import { dots, rig, stateText } from "./version-tree-rig.ts";

const [a, b] = [makeOrigin("a", 1), makeOrigin("b", 1)];
const seenByAuthor = dots([a, 1], [a, 2], [b, 7]);
const plain = { stamp: { ms: 1, counter: 2 }, parents: new DotSet(), first: 1 };

const updates: readonly (readonly [string, VersionUpdate])[] = [
  ["a value", { ...plain, key: "k", value: Uint8Array.of(1, 2) }],
  ["an empty value", { ...plain, key: "ключ", value: new Uint8Array(0), first: 2 ** 40 }],
  ["a tombstone", { ...plain, key: "gone", value: undefined, parents: seenByAuthor }],
  ["a merge", { ...plain, key: "k", value: Uint8Array.of(9), parents: seenByAuthor }],
  [
    "one in the place of another",
    {
      ...plain,
      key: "k",
      value: undefined,
      parents: dots([a, 7]),
      writtenAs: { origin: b, seq: 3 },
    },
  ],
];

/** Sets that hold the same may differ within. */
const plainOf = (update: VersionUpdate | undefined) =>
  update && { ...update, parents: [...update.parents.ranges()] };

describe("a version on the wire", () => {
  it.each(updates)("makes the round trip: %s", (_, update) => {
    const bytes = encodeVersionUpdate(update);
    expect(plainOf(decodeVersionUpdate(bytes))).toEqual(plainOf(update));
    expect(versionUpdateCodec.encode(versionUpdateCodec.decode(bytes))).toEqual(bytes);
    expect(versionUpdateBytes(update)).toBeGreaterThanOrEqual(bytes.length);
  });

  it("is told from any other bytes, and never throws", () => {
    const random = new Random(5);
    for (const [, update] of updates) {
      const bytes = encodeVersionUpdate(update);
      for (let end = 0; end < bytes.length; end += 1) decodeVersionUpdate(bytes.subarray(0, end));
      for (let round = 0; round < 400; round += 1) {
        const wrong = bytes.slice();
        wrong[random.below(wrong.length)] = random.below(256);
        const read = decodeVersionUpdate(wrong);
        // One form only: what was read is written as it was.
        if (read !== undefined) expect(encodeVersionUpdate(read)).toEqual(wrong);
      }
    }
    expect(decodeVersionUpdate(Uint8Array.of(4, 0, 0, 1, 1, 107, 0))).toBeUndefined();
    expect(decodeVersionUpdate(Uint8Array.of(0, 0, 0, 1, 1, 107, 0, 9))).toBeUndefined();
    expect(decodeVersionUpdate(Uint8Array.of(1, 0, 0, 1, 1, 0xff, 0))).toBeUndefined();
    expect(decodeVersionUpdate(Uint8Array.of(1, 0, 0, 1, 1, 107, 0))).toBeDefined();
  });
});

function open(channel: FakeJournalChannel, boot: number) {
  const options = { ...versionTreeDefaults, conflict: "siblings", snapshotAfterCount: 20 } as const;
  const file = new StateFile(channel, versionCodec, options.snapshotAfterCount);
  const made = rig(makeOrigin("a", boot), options, file);
  return { ...made, strangeCount: file.open(made.tree), file };
}

describe("versions on disk", () => {
  it("are all there in the next life, with what was seen, deleted and superseded", () => {
    const channel = new FakeJournalChannel();
    const random = new Random(9);
    for (let boot = 1; boot <= 4; boot += 1) {
      const { file, strangeCount, tree } = open(channel, boot);
      expect(strangeCount).toBe(0);
      for (let round = 0; round < 60; round += 1) {
        const key = `k${random.below(8)}`;
        const request = random.below(3) === 0 ? {} : { context: tree.read(key).context };
        if (random.below(4) === 0) tree.delete(key, request);
        else tree.put(key, Uint8Array.of(round), request);
        const other = { origin: b, seq: 1 + random.below(50) };
        if (random.below(3) === 0) tree.cover(DotSet.of(other), new DotSet());
        if (random.below(10) === 0) file.compact();
      }
      const again = open(channel, boot + 1).tree;
      expect(stateText(again)).toBe(stateText(tree));
      expect(again.seen.equals(tree.seen)).toBe(true);
      for (const key of tree.keys()) {
        expect(again.read(key).context.equals(tree.read(key).context)).toBe(true);
      }
    }
    expect(channel.snapshotBytes).toBeDefined();
  });

  it("that were discarded stay so", () => {
    const channel = new FakeJournalChannel();
    const { file, tree } = open(channel, 1);
    for (let round = 0; round < 30; round += 1) tree.put(`k${round}`, Uint8Array.of(1));
    file.compact();
    tree.put("k", Uint8Array.of(1));
    tree.discard();
    expect([tree.keysCount, tree.seen.size, tree.heldBytes]).toEqual([0, 0, 0]);
    tree.put("new", Uint8Array.of(2));
    expect([...open(channel, 2).tree.keys()]).toEqual(["new"]);
  });

  it("that were refused are asked for again in the next life", () => {
    const channel = new FakeJournalChannel();
    const { tree } = open(channel, 1);
    const dot = { origin: b, seq: 1 };
    tree.apply(dot, { ...plain, key: "x".repeat(2_000), value: undefined });
    expect([tree.seen.has(dot), open(channel, 2).tree.seen.has(dot)]).toEqual([true, false]);
  });

  it("that cannot be understood are counted, and the rest is read", () => {
    const channel = new FakeJournalChannel();
    open(channel, 1).tree.put("k", Uint8Array.of(1));
    channel.append(Uint8Array.of(9, 9));
    const { strangeCount, tree } = open(channel, 2);
    expect([strangeCount, tree.keysCount]).toEqual([1, 1]);
    channel.snapshotBytes = Uint8Array.of(1);
    expect(open(channel, 3).strangeCount).toBe(2);
  });

  it("with a byte that is wrong are read or refused, and nothing throws", () => {
    const channel = new FakeJournalChannel();
    const { file, tree } = open(channel, 1);
    for (let round = 0; round < 60; round += 1) {
      const { context } = tree.read(`k${round % 4}`);
      tree.put(`k${round % 4}`, Uint8Array.of(round), { context });
    }
    file.compact();
    const { snapshotBytes: kept } = channel;
    if (kept === undefined) throw new Error("no snapshot");
    const random = new Random(3);
    let refusedCount = 0;
    for (let round = 0; round < 500; round += 1) {
      const wrong = kept.slice(0, random.below(2) === 0 ? kept.length : random.below(kept.length));
      if (wrong.length > 0) wrong[random.below(wrong.length)] = random.below(256);
      if (versionCodec.decodeSnapshot(wrong) === undefined) refusedCount += 1;
    }
    expect(refusedCount).toBeGreaterThan(250);
  });
});
