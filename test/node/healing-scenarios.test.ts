/** The scenarios of healing, with several seeds, and what their checkers cannot see. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readScenario } from "../../src/sim/scenario/read-scenario.ts";
import { runScenario } from "../../src/sim/scenario/run-scenario.ts";

function scenario(name: string, change: object = {}) {
  const file = new URL(`../../scenarios/${name}.json`, import.meta.url);
  return readScenario({ ...JSON.parse(readFileSync(file, "utf8")), ...change });
}

describe.each([
  "long-partition",
  "total-isolation",
  "no-ghosts",
  "foreign-cluster",
  "one-way-link",
  "mass-restart",
  "changed-addresses",
])("%s", (name) => {
  test.each([1, 2, 3])("holds with seed %i", (seed) => {
    const { broken, checkers } = runScenario(scenario(name), { seed });
    expect(broken).toBeUndefined();
    for (const checker of checkers) expect(checker).toMatchObject({ passed: true });
    expect(checkers.length).toBeGreaterThan(2);
  });
});

test("foreign-cluster: the meeting is counted by who dials, and goes on at a long distance", () => {
  const { counters } = runScenario(scenario("foreign-cluster"));
  const of = (name: string): number => counters[name] ?? 0;
  expect(of("reconnect.foreign")).toBeGreaterThanOrEqual(4);
  expect(of("reconnect.dials")).toBeLessThan(8 * of("reconnect.foreign"));
});

test("foreign-cluster with one label is one cluster: nothing but the label parts it", () => {
  const { faults } = JSON.parse(
    readFileSync(new URL("../../scenarios/foreign-cluster.json", import.meta.url), "utf8"),
  );
  const unlabelled = faults.map(({ label: _label, ...rest }: { label?: string }) => rest);
  const { checkers, counters } = runScenario(scenario("foreign-cluster", { faults: unlabelled }));
  expect(counters["reconnect.foreign"] ?? 0).toBe(0);
  const [convergence] = checkers.filter(({ name }) => name === "convergence");
  expect(convergence).toMatchObject({ passed: true, metrics: { running: 12 } });
});

test("no-ghosts fails where reaped members leave no grave, as memberlist's do", () => {
  const options = {
    swim: { gravesMaxCount: 0 },
    serf: { reconnectTimeoutMs: 120_000, tombstoneTimeoutMs: 120_000 },
  };
  const failed = [1, 2, 3].filter((seed) => {
    return !runScenario(scenario("no-ghosts", { options }), { seed }).passed;
  });
  expect(failed.length).toBeGreaterThan(0);
});

test("long-partition does not heal where nobody is looked for", () => {
  const options = { reconnect: { intervalMs: 1e9 } };
  const heal = { withinMs: 120_000 };
  expect(runScenario(scenario("long-partition", { options, heal })).passed).toBe(false);
});
