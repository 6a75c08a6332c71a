import { expect, test } from "vitest";
import { resolveOptions } from "../../core/options.ts";
import { experiments } from "./catalog.ts";

test("each experiment has its own name, says what it shows, and its numbers have units", () => {
  const names = experiments.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, parameters, proves, runsCount, source } of experiments) {
    expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(proves).toMatch(/^[A-Z0-9]/);
    expect(source).not.toBe("");
    expect(runsCount).toBeGreaterThan(0);
    expect(() => resolveOptions(name, parameters)).not.toThrow();
  }
});
