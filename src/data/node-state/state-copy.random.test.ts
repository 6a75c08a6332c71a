/**
 * Any order of writes, collections, half deltas and deltas that found no room: the copies come to
 * what their owner holds.
 */
import { expect, it } from "vitest";
import { at } from "../../core/collections/at.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { DeltaBudget } from "./delta-budget.ts";
import type { StateDelta } from "./node-state.messages.ts";
import { StateCopy } from "./state-copy.ts";

const owner = makeOrigin("A", 1);
const KEYS = ["a", "b", "c", "d"];

/** What `from` sends to whom `to` is: an entry or three, or all. */
function deltaOf(from: StateCopy, to: StateCopy, random: Random): StateDelta | undefined {
  const budgetBytes = random.chance(0.7) ? 14 + random.below(20) : 1_000;
  const budget = new DeltaBudget({ ordering: "depth", random, budgetBytes });
  budget.want(from, to.digest());
  return budget.take().deltas[0];
}

function live(copy: StateCopy): string {
  const entries = [...copy.after(0)].filter(({ status }) => status !== "deleted");
  return entries.map(({ key, version }) => `${key}${version}`).join(" ");
}

it.each([
  { room: "always room", refusedRatio: 0 },
  { room: "often no room", refusedRatio: 0.2 },
])("a thousand histories, $room", ({ refusedRatio }) => {
  let resetsCount = 0;
  for (let seed = 0; seed < 1_000; seed += 1) {
    const random = new Random(seed);
    const copies = Array.from({ length: 5 }, () => new StateCopy(owner));
    const mine = at(copies, 0);
    const late: { readonly to: StateCopy; readonly delta: StateDelta }[] = [];
    const rooms = Random.derive(seed, "rooms");
    const deliver = (to: StateCopy, delta: StateDelta, room = () => true): void => {
      const outcome = to.apply(delta, 0, room);
      if ("former" in outcome && outcome.former !== undefined) resetsCount += 1;
    };
    for (let step = 0; step < 120; step += 1) {
      const dice = random.real();
      const to = at(copies, 1 + random.below(4));
      if (dice < 0.2) {
        const status = random.chance(0.4) ? "deleted" : "set";
        mine.write({ key: at(KEYS, random.below(4)), value: new Uint8Array(0), status }, 0);
      } else if (dice < 0.35) {
        at(copies, random.below(5)).collect({ version: random.below(mine.maxVersion + 1) });
      } else {
        const delta = deltaOf(at(copies, random.below(5)), to, random);
        const room = (): boolean => !rooms.chance(refusedRatio);
        if (delta !== undefined && random.chance(0.5)) deliver(to, delta, room);
        if (delta !== undefined && random.chance(0.3)) late.push({ to, delta });
        const next = random.chance(0.2) ? random.pick(late) : undefined;
        if (next !== undefined) deliver(next.to, next.delta, room);
      }
    }
    for (let round = 0; round < 200; round += 1) {
      const to = at(copies, 1 + (round % 4));
      const delta = deltaOf(at(copies, round < 100 ? random.below(5) : 0), to, random);
      if (delta !== undefined) deliver(to, delta);
    }
    for (const copy of copies) expect(`${seed}: ${live(copy)}`).toBe(`${seed}: ${live(mine)}`);
  }
  expect(resetsCount).toBeGreaterThan(100);
});
