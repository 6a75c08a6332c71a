import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Clock } from "./clock.ts";

let clock: Clock;
let fired: string[];

beforeEach(() => {
  clock = new Clock(100, () => 0);
  fired = [];
});

afterEach(() => {
  clock.stop();
});

function due(name: string, then?: () => void): { fire(): void } {
  return {
    fire: () => {
      fired.push(name);
      then?.();
    },
  };
}

it("fires what has no delay at the end of the turn, and what that sets in the next", async () => {
  clock.set(
    due("first", () => clock.set(due("third"), 0)),
    0,
  );
  clock.set(due("second"), 0);
  expect(fired).toEqual([]);
  await turn();
  expect(fired).toEqual(["first", "second"]);
  await turn();
  expect(fired).toEqual(["first", "second", "third"]);
});

it("forgets what has no delay and is cleared, also by what fires before it", async () => {
  const keys = [-1, -1];
  clock.set(
    due("first", () => clock.clear(keys[1] ?? 0)),
    0,
  );
  keys[0] = clock.set(due("cleared"), 0);
  keys[1] = clock.set(due("cleared by the first"), 0);
  clock.clear(keys[0]);
  await turn();
  expect(fired).toEqual(["first"]);
});

it("fires no more of them in one turn than it may, and none once it is stopped", async () => {
  const narrow = new Clock(2, () => 0);
  for (const name of ["a", "b", "c", "d"]) narrow.set(due(name), 0);
  await turn();
  expect(fired).toEqual(["a", "b"]);
  narrow.stop();
  await turn();
  expect(fired).toEqual(["a", "b"]);
});
