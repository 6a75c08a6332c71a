import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "./heap.ts";

test("a heap gives out what a sorted list would, whatever is put in between", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(50), { nil: undefined })), (steps) => {
      const heap = new Heap<{ value: number }>((one, other) => one.value - other.value);
      const sorted: number[] = [];
      for (const value of steps) {
        if (value === undefined) expect(heap.takeFirst()?.value).toBe(sorted.shift());
        else {
          heap.put({ value });
          sorted.push(value);
          sorted.sort((a, b) => a - b);
        }
        expect([heap.size, heap.first?.value]).toEqual([sorted.length, sorted[0]]);
      }
      heap.clear();
      expect(heap.takeFirst()).toBeUndefined();
    }),
  );
});
