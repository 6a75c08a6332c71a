import { expect, test } from "vitest";
import { resolveOptions } from "../../../core/options.ts";
import { rumorDefaults } from "../../../exchange/rumor/rumor.options.ts";
import { RumorTown } from "./rumor-town.ts";

/** Until all is quiet, and nothing is named any more. */
const REST_MS = rumorDefaults.namedForMs + rumorDefaults.idleIntervalMs;

interface Given {
  readonly lossRatio?: number;
  readonly namedForMs?: number;
}

/** Rumors told one after another among quiet nodes, each of which has rounds of its own. */
function residueOf(nodesCount: number, rumorsCount: number, given: Given): number {
  const { lossRatio = 0, namedForMs = rumorDefaults.namedForMs } = given;
  const options = resolveOptions("rumor", rumorDefaults, { namedForMs });
  const town = new RumorTown(nodesCount, nodesCount, options, lossRatio);
  let sum = 0;
  for (let at = 0; at < rumorsCount; at += 1) sum += town.spread("silent", REST_MS).residue;
  return sum / rumorsCount;
}

test.each([
  [3, 300],
  [10, 100],
  [100, 10],
])("of %i quiet nodes, whose rounds are not in step, all hear a seldom rumor", (nodes, rumors) => {
  expect(residueOf(nodes, rumors, {})).toBe(0);
  // Without names quiet nodes ask too seldom, and a rumor is as good as pushed.
  expect(residueOf(nodes, rumors, { namedForMs: 0 })).toBeGreaterThan(0.001);
});

test("where one packet in ten is lost nearly all do: who was not answered asks again", () => {
  // Asking once only, 43 of 10,000 were missed here.
  expect(residueOf(10, 300, { lossRatio: 0.1 })).toBeLessThan(0.001);
});
