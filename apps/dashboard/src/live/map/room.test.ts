import { expect, test } from "vitest";
import { Room } from "./room.ts";

const at = (left: number, top: number, width: number, height = 15) => {
  return { left, top, right: left + width, bottom: top + height };
};

test("what is taken is free no more, across squares too; what only touches is free", () => {
  const room = new Room();
  room.take(at(10, 10, 200));
  expect(room.isFree(at(150, 12, 20))).toBe(false);
  expect(room.isFree(at(210, 10, 20))).toBe(true);
  expect(room.isFree(at(10, 25, 200))).toBe(true);
  expect(room.isFree(at(-500, -500, 20))).toBe(true);
  room.take(at(-500, -500, 20));
  expect(room.isFree(at(-490, -495, 20))).toBe(false);
});

test("a name of absurd length ends the search for room, not the page", () => {
  const room = new Room();
  room.take(at(0, 0, 1e9));
  expect(room.isFree(at(1, 1, 10))).toBe(false);
});
