import { expect, test } from "vitest";
import type { InfoAnswer } from "../../../../../src/agent/admin.messages.ts";
import { FADE_MS, withVanished } from "./vanished-infos.ts";

function info(key: string, expiresAt?: number): InfoAnswer {
  const dot = { origin: "p1#1", seq: 1 };
  const plain = { key, value: 1, from: "p1", dot, clock: { ms: 1, counter: 0 } };
  return expiresAt === undefined ? plain : { ...plain, expiresAt };
}
const shape = (shown: ReturnType<typeof withVanished>) =>
  shown.map((one) => `${one.info.key} ${one.gone?.how ?? "there"}`);

test("what is gone fades, expired or deleted, and comes back when it is set again", () => {
  const first = withVanished([], [info("a"), info("b", 1_000), info("c")], 0);
  expect(shape(first)).toEqual(["a there", "b there", "c there"]);
  const later = withVanished(first, [info("c")], 2_000);
  expect(shape(later)).toEqual(["a deleted", "b expired", "c there"]);
  const again = withVanished(later, [info("a"), info("c")], 3_000);
  expect(shape(again)).toEqual(["a there", "b expired", "c there"]);
  expect(shape(withVanished(again, [], 2_000 + FADE_MS))).toEqual(["a deleted", "c deleted"]);
});
