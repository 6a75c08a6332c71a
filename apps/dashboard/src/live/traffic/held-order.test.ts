import { expect, test } from "vitest";
import { heldOrder } from "./held-order.ts";

test("who is known keeps its place, who comes is added, and who went is left out", () => {
  expect(heldOrder(["a", "b", "c"], ["c", "d", "a"])).toEqual(["a", "c", "d"]);
  expect(heldOrder([], ["b", "a"])).toEqual(["b", "a"]);
});
