import { expect, test } from "vitest";
import { placesFor } from "./use-layout.ts";

test("who comes or goes moves nobody else", () => {
  const layout = { names: ["a", "b", "c"], places: new Float32Array([1, 2, 3, 4, 5, 6]) };
  expect(placesFor(layout.names, layout)).toBe(layout.places);
  // As many as before, and still not the same ones.
  expect([...placesFor(["b", "c", "d"], layout)].slice(0, 4)).toEqual([3, 4, 5, 6]);
  expect([...placesFor(["a", "c"], layout)]).toEqual([1, 2, 5, 6]);
  expect(placesFor(["a", "b", "c", "d"], layout)).toHaveLength(8);
});
