import { expect, test } from "vitest";
import { resolveOptions } from "../core/options.ts";
import { exchanges } from "./catalog.ts";

test.each(Object.entries(exchanges))(
  "%s is listed under its channel, with sane defaults",
  (name, entry) => {
    expect(entry.channel).toBe(name);
    expect(Object.keys(resolveOptions(name, entry.defaults))).toEqual(Object.keys(entry.defaults));
  },
);

test("no two exchanges share a channel of the frame", () => {
  const numbers = Object.values(exchanges).map((entry) => entry.channelNumber);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers.every((number) => Number.isInteger(number) && number > 0)).toBe(true);
});
