import { expect, test } from "vitest";
import type { MemberStatus } from "../../node/api.ts";
import { Census, msText, type Subject } from "./census.ts";

function subject(
  name: string,
  fate: Subject["fate"],
  view: Readonly<Record<string, MemberStatus>>,
): Subject {
  const forEachStatus = (visit: (name: string, status: MemberStatus) => void): void => {
    for (const [seen, status] of Object.entries(view)) visit(seen, status);
  };
  return { name, fate, endedAtMs: 62_014.4, node: { members: { forEachStatus } } };
}

function censusOf(...subjects: Subject[]): Census {
  return new Census(new Map(subjects.map((one) => [one.name, one])));
}

test("all agree when each sees exactly those that run, alive", () => {
  const view = { a: "alive", b: "alive", c: "failed", d: "left" } as const;
  const gone = [subject("c", "crashed", {}), subject("d", "stopped", {})];
  const census = censusOf(subject("a", "runs", view), subject("b", "runs", view), ...gone);
  expect(census.isConverged(census.running)).toBe(true);
  expect(census.convergenceReport(census.running)).toEqual([]);
  expect(census.isDetected("c", census.running)).toBe(true);
  expect(census.isDetected("d", census.running)).toBe(false);
});

test("a report groups those who are wrong about the same, and says how it is", () => {
  const census = censusOf(
    subject("a", "runs", { a: "alive", b: "suspect", c: "alive", e: "alive", x: "alive" }),
    subject("b", "runs", { b: "alive", c: "alive", a: "alive" }),
    subject("c", "crashed", {}),
    subject("e", "paused", {}),
  );
  expect(census.isConverged(census.running)).toBe(false);
  expect(census.convergenceReport(census.running)).toEqual([
    "b (runs) is suspect to a",
    "c (crashed at 62,014 ms) is alive to a, b",
    "e (paused) is alive to a",
    "x (not of this cluster) is alive to a",
  ]);
  expect(census.detectionReport("e", census.running)).toEqual([
    "e (paused) is alive to a",
    "e (paused) is unknown to b",
  ]);
});

test("a view that came right is looked at again, and one that went wrong is found", () => {
  const view: Record<string, MemberStatus> = { a: "alive" };
  const right = subject("b", "runs", { a: "alive", b: "alive" });
  const census = censusOf(subject("a", "runs", view), right);
  expect(census.isConverged(census.running)).toBe(false);
  view["b"] = "alive";
  expect(census.isConverged(census.running)).toBe(true);
  view["b"] = "leaving";
  expect(census.isConverged(census.running)).toBe(false);
});

test("a report has a bound", () => {
  const names = Array.from({ length: 20 }, (_, at) => `n${at}`);
  const subjects = names.map((name) => subject(name, "runs", {}));
  const census = censusOf(...subjects);
  const lines = census.convergenceReport(census.running);
  expect(lines).toHaveLength(13);
  expect(lines[0]).toBe("n0 (runs) is unknown to n0, n1, n2, n3, n4, n5 and 14 more");
  expect(lines.at(-1)).toBe("and 8 more such lines");
});

test("times are written the same everywhere", () => {
  expect([0, 999.6, 12_345, 1_234_567].map(msText)).toEqual([
    "0 ms",
    "1,000 ms",
    "12,345 ms",
    "1,234,567 ms",
  ]);
});
