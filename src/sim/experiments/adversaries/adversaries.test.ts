import { describe, expect, it } from "vitest";
import type { Experiment } from "../experiment.ts";
import { runExperiment } from "../run-experiment.ts";
import {
  adversaryBias,
  adversaryCrash,
  adversaryFlooding,
  adversaryForgery,
  adversaryFreeRiders,
  adversaryPoisoning,
} from "./adversaries.ts";

/** One run at a smaller size, by name. */
function measure(experiment: Experiment, given: Readonly<Record<string, number>>) {
  const parameters = { nodesCount: 30, attackMs: 2_000, publicationsCount: 20, ...given };
  const { values } = runExperiment(experiment, { runsCount: 1, parameters });
  const byName = new Map(values.map(({ mean, name }) => [name, mean]));
  return (name: string): number => byName.get(name) ?? Number.NaN;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

describe("budgets", () => {
  const flood = once(() =>
    measure(adversaryFlooding, { adversaryRatio: 0.07, updatesPerSecond: 400 }),
  );

  it.each(["rumor", "plumtree"])("bound what a flood costs the honest: %s", (stack) => {
    const value = flood();
    const cost = (budgets: string): number =>
      value(`${stack}, budgets ${budgets}: sent (per second)`);
    // Two flooders, 400 a second each; the budget of an origin is 50 a second, and as many at once.
    expect(cost("off")).toBeGreaterThan(800);
    expect(cost("on")).toBeLessThan(cost("off") / 3);
    const taken = (budgets: string): number =>
      value(`${stack}, budgets ${budgets}: taken (per second)`);
    expect(taken("off")).toBeGreaterThan(600);
    expect(taken("on")).toBeLessThan(taken("off") / 2);
    expect(value(`${stack}, budgets on: delivered`)).toBeGreaterThan(0.95);
    expect(value(`${stack}, budgets on: isolated nodes`)).toBe(0);
  });

  it("keep poisoners from writing the views of the honest", () => {
    const value = measure(adversaryPoisoning, { nodesCount: 60, siegeMs: 30_000 });
    const share = (budgets: string): number =>
      value(`plumtree, budgets ${budgets}: poisoned share of views`);
    expect(share("off")).toBeGreaterThan(0.35);
    expect(share("on")).toBeLessThan(0.75 * share("off"));
    expect(value("plumtree, budgets on: isolated nodes after their crash")).toBe(0);
    expect(value("plumtree, budgets on: delivered after their crash")).toBeGreaterThan(0.95);
  });

  it("keep victims of many who always choose them among the others", () => {
    const value = measure(adversaryBias, { nodesCount: 60, attackMs: 5_000 });
    expect(value("plumtree, budgets off: delivered to victims")).toBeLessThan(0.7);
    expect(value("plumtree, budgets on: delivered to victims")).toBeGreaterThan(0.9);
    const victims = value("rumor, budgets on: messages to a victim (per second)");
    expect(victims).toBeGreaterThan(
      10 * value("rumor, budgets on: messages to others (per second)"),
    );
    expect(value("rumor, budgets on: delivered to victims")).toBeGreaterThan(0.95);
  });

  it("do not help against forgeries of what is not signed", () => {
    const value = measure(adversaryForgery, { adversaryRatio: 0.07 });
    for (const budgets of ["off", "on"]) {
      expect(value(`rumor, budgets ${budgets}: delivered`)).toBeLessThan(0.9);
    }
  });
});

describe("the honest reach each other", () => {
  it("although others pass nothing on", () => {
    const value = measure(adversaryFreeRiders, {});
    for (const share of [10, 20, 30]) {
      expect(value(`rumor, budgets on: delivered at ${share} %`)).toBeGreaterThan(0.9);
      expect(value(`plumtree, budgets on: delivered at ${share} %`)).toBeGreaterThan(0.9);
    }
  });

  it("although most of them crash at once", () => {
    const value = measure(adversaryCrash, {});
    expect(value("rumor, budgets on: delivered at 60 %")).toBeGreaterThan(0.9);
    expect(value("plumtree, budgets on: delivered at 60 %")).toBeGreaterThan(0.9);
  });
});
