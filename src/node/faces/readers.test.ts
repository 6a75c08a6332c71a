import { expect, test } from "vitest";
import { Readers } from "./readers.ts";

test("every reader hears what comes after it was opened, until it closes", async () => {
  const readers = new Readers<number>(() => {});
  readers.push(1);
  const [first, second] = [readers.open({}), readers.open({})];
  readers.push(2);
  first.close();
  expect(readers.size).toBe(1);
  readers.push(3);
  expect(await second.next()).toEqual({ done: false, value: 2 });
  expect(await second.next()).toEqual({ done: false, value: 3 });
});

test("drops of slow readers are told", () => {
  let dropped = 0;
  const readers = new Readers<number>(() => {
    dropped += 1;
  });
  readers.open({ queueMax: 1 });
  for (const event of [1, 2, 3]) readers.push(event);
  expect(dropped).toBe(2);
});

test("the end of the node is the end of every reader, also of one opened later", async () => {
  const readers = new Readers<number>(() => {});
  const early = readers.open({});
  readers.close();
  const late = readers.open({});
  expect(await early.next()).toEqual({ done: true, value: undefined });
  expect(await late.next()).toEqual({ done: true, value: undefined });
  expect(readers.size).toBe(0);
});
