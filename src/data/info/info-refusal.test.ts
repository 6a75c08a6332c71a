import { expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { FakeJournalChannel } from "../../testing/fake-journal-channel.ts";
import { StateFile } from "../state-file.ts";
import type { InfoUpdate } from "./info.messages.ts";
import { infoDefaults } from "./info.options.ts";
import { InfoStore } from "./info.ts";
import { infoCodec } from "./info.wire.ts";

const nowMs = 1_700_000_000_000;

interface About {
  readonly clockMs?: number;
  readonly refuses?: string;
  readonly file?: StateFile<InfoUpdate>;
}

function storeOf(name: string, { clockMs = nowMs, file, refuses }: About = {}): InfoStore {
  const wiring = {
    origin: () => makeOrigin(name, 1),
    wallClock: () => clockMs,
    afterStep: (body: () => void) => body(),
    counters: { add: () => {} },
    isValid: (_: string, value: Uint8Array) => decodeUtf8(value) !== refuses,
  };
  const journal = file === undefined ? {} : { journal: file };
  return new InfoStore({ ...wiring, ...journal }, infoDefaults);
}

/** All of one to the other, as an exchange brings it. */
function send(from: InfoStore, to: InfoStore): void {
  const theirs = to.seen.clone();
  const delta = from.collect(from.seen.difference(theirs), theirs, 2 ** 40);
  for (const [dot, update] of delta.updates) to.apply(dot, update);
  to.cover(delta.covers, delta.forgotten);
}

function read(store: InfoStore, key: string): string | undefined {
  const value = store.entry(key)?.update.value;
  return value && decodeUtf8(value);
}

const unfit: readonly (readonly [string, About])[] = [
  ["has another schema", { refuses: "new" }],
  ["has a clock in 1970", { clockMs: 1_000 }],
];

it.each(unfit)("what a node refuses that %s still reaches those who take it", (_, about) => {
  const [writer, strict, third] = [storeOf("w"), storeOf("s", about), storeOf("t")];
  writer.set("k", encodeUtf8("new"));
  send(writer, strict);
  expect([strict.seen.size, read(strict, "k")]).toEqual([1, undefined]);
  send(strict, third);
  send(writer, third);
  expect(read(third, "k")).toBe("new");
});

it("what was refused in the place of a write speaks for nobody else", () => {
  const [writer, strict, third] = [storeOf("w"), storeOf("s", { refuses: "new" }), storeOf("t")];
  writer.set("k", encodeUtf8("old"));
  const wanted = writer.seen.clone();
  writer.set("k", encodeUtf8("new"));
  const { updates } = writer.collect(wanted, new DotSet(), 2 ** 40);
  for (const [dot, update] of updates) expect(strict.apply(dot, update)).toBe("rejected");
  send(strict, third);
  expect(third.seen.isEmpty).toBe(true);
});

it("a later life asks again for what an earlier one refused", () => {
  const channel = new FakeJournalChannel("crowded");
  const writer = storeOf("w");
  writer.set("j", encodeUtf8("fine"));
  writer.set("k", encodeUtf8("new"));
  const live = (refuses?: string): { store: InfoStore; file: StateFile<InfoUpdate> } => {
    const file = new StateFile(channel, infoCodec, infoDefaults.snapshotAfterCount);
    const store = storeOf("s", refuses === undefined ? { file } : { file, refuses });
    file.open(store);
    return { store, file };
  };
  const first = live("new");
  send(writer, first.store);
  first.file.compact();
  const second = live();
  expect([second.store.seen.size, read(second.store, "j")]).toEqual([1, "fine"]);
  send(writer, second.store);
  expect(read(second.store, "k")).toBe("new");
});
