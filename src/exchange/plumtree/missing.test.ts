import { expect, test } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { Missing } from "./missing.ts";
import { plumtreeDefaults } from "./plumtree.options.ts";

const far = makeOrigin("far", 1);
const p1 = peerId("p1");

/** Looks at it each time that something is due. @returns what was asked for, as first-last */
function asksOf(missing: Missing, nowMs: number, seen: DotSet) {
  const { lostCount, requests } = missing.takeDue(nowMs, seen);
  const wanted = requests.flatMap((one) => one.wanted);
  return { lostCount, asked: wanted.map(({ first, last }) => `${first}-${last}`).join() };
}

test("while answers bring some of a run, the only one who has it is asked for the rest", () => {
  const missing = new Missing({ ...plumtreeDefaults, trees: "shared" });
  const seen = new DotSet();
  missing.note(p1, { origin: far, first: 1, last: 10, round: 3 }, 0);
  const told: string[] = [];
  let lostCount = 0;
  let until = 0;
  for (const upTo of [4, 8, 8, 8]) {
    const now = Math.max(until, missing.nextDueMs);
    if (now === Number.POSITIVE_INFINITY) break;
    const asks = asksOf(missing, now, seen);
    lostCount += asks.lostCount;
    told.push(asks.asked);
    // An answer is bounded: it brings four of them at most.
    seen.addRange(far, 1, upTo);
    until = now + 1;
  }
  expect(told).toEqual(["1-10", "5-10", "9-10", ""]);
  const end = asksOf(missing, missing.nextDueMs, seen);
  expect([end.asked, lostCount + end.lostCount, missing.size]).toEqual(["", 2, 0]);
});
