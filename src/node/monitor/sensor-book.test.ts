import { expect, it } from "vitest";
import { checkAlertRule } from "./alert-rule.ts";
import { checkBuiltIn } from "./built-in.ts";
import type { Sensor } from "./monitor.api.ts";
import { ProcessSensors } from "./process-sensors.ts";
import { SensorBook } from "./sensor-book.ts";

function bookOf(maxCount = 10) {
  const counts: string[] = [];
  const errors: string[] = [];
  const book = new SensorBook({
    maxCount,
    count: (name) => counts.push(name),
    onCallbackError: (where) => errors.push(where),
  });
  return { book, counts, errors };
}
const gauge = (name: string, read: () => number | undefined): Sensor => {
  return { name, unit: "", kind: "gauge", read };
};

it("reads methods of classes, and leaves out what fails or has nothing to tell", () => {
  class Queue implements Sensor {
    readonly name = "queue";
    readonly unit = "";
    readonly kind = "gauge";
    private readonly length = 3;
    read(): number {
      return this.length;
    }
  }
  const { book, counts, errors } = bookOf();
  book.add(new Queue());
  book.add(gauge("nothing", () => undefined));
  book.add(gauge("nan", () => Number.NaN));
  book.add(
    gauge("broken", () => {
      throw new Error("no");
    }),
  );
  expect(book.sample()).toEqual([{ name: "queue", unit: "", kind: "gauge", value: 3 }]);
  expect(counts).toEqual(["monitor.input.refused", "monitor.input.refused"]);
  expect(errors).toEqual(['sensor "broken"']);
});

it("tells what a histogram was, though its owner goes on counting, in typed arrays too", () => {
  const { book } = bookOf();
  const counts = new Uint32Array([1, 2]);
  const value = { bounds: [1], counts: counts as unknown as number[], sum: 3 };
  book.add({ name: "h", unit: "", kind: "histogram", read: () => value });
  const [reading] = book.sample();
  counts[0] = 7;
  expect(reading?.value).toEqual({ bounds: [1], counts: [1, 2], sum: 3 });
});

it("a read that waits is refused, and what it rejects with is told", async () => {
  const { book, counts, errors } = bookOf();
  const read = (): Promise<number> => Promise.reject(new Error("no"));
  book.add({ ...gauge("async", () => 1), read: read as unknown as Sensor["read"] });
  expect(book.sample()).toEqual([]);
  await Promise.resolve();
  expect(counts).toEqual(["monitor.input.refused"]);
  expect(new Set(errors)).toEqual(new Set(['sensor "async"']));
  expect(errors).toHaveLength(2);
});

it("holds so many of different names, and gives them up", () => {
  const { book } = bookOf(1);
  const remove = book.add(gauge("a", () => 1));
  expect(() => book.add(gauge("a", () => 2))).toThrow(/CONFIG_OPTION/);
  expect(() => book.add(gauge("b", () => 2))).toThrow(/STORE_FULL/);
  remove();
  book.add(gauge("b", () => 2));
  remove();
  expect(book.sample().map(({ name }) => name)).toEqual(["b"]);
});

it("refuses rules and choices that make no sense, and says why", () => {
  const rule = { name: "x", sensor: "load" };
  const bad = [
    rule,
    { ...rule, above: 1, below: 0 },
    { ...rule, above: Number.NaN },
    { ...rule, above: 1, clear: 2 },
    { ...rule, below: 1, clear: 0 },
    { ...rule, above: 1, for: 1.5 },
    { ...rule, above: 1, name: "" },
  ];
  for (const one of bad) expect(() => checkAlertRule(one)).toThrow(/CONFIG_OPTION/);
  expect(checkAlertRule({ ...rule, below: 1, clear: 1 })).toMatchObject({ forCount: 3 });
  expect(() => checkBuiltIn(["load", "load"])).toThrow(/monitor.sensors/);
  expect(() => checkBuiltIn(["moon"])).toThrow(/diskFree/);
});

it("a process knows what it takes of its machine", async () => {
  const sensors = new ProcessSensors(undefined);
  const names = ["load", "cpu", "memory", "heap", "diskFree", "uptime"] as const;
  // Time passes, or there is nothing to divide by.
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const name of names) {
    const value = sensors.sensor(name)?.read();
    expect(Number.isFinite(value)).toBe(true);
    expect(Number(value)).toBeGreaterThanOrEqual(0);
  }
  const delay = sensors.sensor("loopDelay");
  expect(delay?.read()).toBeUndefined();
  expect([delay?.unit, sensors.sensor("members")]).toEqual(["seconds", undefined]);
  sensors.close();
});
