import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkerCatalog } from "../../src/sim/checkers/catalog.ts";
import { faultVerbs } from "../../src/sim/faults/read-faults.ts";
import { readScenario } from "../../src/sim/scenario/read-scenario.ts";
import { runScenario } from "../../src/sim/scenario/run-scenario.ts";

/** docs/simulator.md is written by hand; what it says of the format is held to the code. */
const page = readFileSync(new URL("../../docs/simulator.md", import.meta.url), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| `"));
const rowOf = (name: string): string | undefined =>
  rows.find((row) => row.split("|")[1]?.includes(`\`${name}\``));

describe("the page on the simulator", () => {
  test.each(Object.entries(checkerCatalog))("has checker %s with its numbers", (name, kind) => {
    const row = rowOf(name) ?? "";
    for (const [option, value] of Object.entries(kind.defaults)) {
      expect(row).toContain(`\`${option}\``);
      expect(row).toContain(value.toLocaleString("en-US"));
    }
  });

  test.each(faultVerbs)("has fault %s", (verb) => {
    expect(rowOf(verb)).toBeDefined();
  });

  test("shows a scenario that runs", () => {
    const json = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect(runScenario(readScenario(JSON.parse(json))).passed).toBe(true);
  });
});
