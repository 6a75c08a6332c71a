/**
 * The simulator is a module like any other: bundled for a browser it gives, for the same seed, the
 * same trace to the last byte. A missing browser is a named skip here and a failure in CI.
 */
import { describe, expect, it } from "vitest";
import { bundleForBrowser } from "./bundle.ts";
import { chromiumMissing, evaluateInChromium } from "./chromium.ts";
import { playScene } from "./sim-scene.ts";

const SEEDS = [1, 2];
const missing = chromiumMissing();
const scene = new URL("sim-scene.ts", import.meta.url);

describe("the simulator's graph", () => {
  it("bundles for browsers, with nothing of Node and nothing but our own source", async () => {
    const { inputs } = await bundleForBrowser(scene, "scene");
    expect(inputs).toContain("src/sim/simulator.ts");
    expect(inputs).toContain("src/peers/swim/swim.ts");
    expect(inputs.filter((input) => !/^(src|test)\//.test(input))).toEqual([]);
  });

  it("is refused with its reason where something needs Node", async () => {
    const entry = new URL("bundle.ts", import.meta.url);
    await expect(bundleForBrowser(entry, "bundle")).rejects.toThrow("node:module");
  });
});

describe.skipIf(missing !== undefined)(`a real browser (${missing ?? "installed"})`, () => {
  it("gives the trace that Node gives, for the same seed, with all faults on", async () => {
    const { code } = await bundleForBrowser(scene, "scene");
    const expression = `${JSON.stringify(SEEDS)}.map((seed) => scene.playScene(seed))`;
    const theirs = await evaluateInChromium(code, expression);
    const ours = SEEDS.map(playScene);
    expect(theirs).toEqual(ours);
    expect(new Set(ours.map(({ hash }) => hash)).size).toBe(SEEDS.length);
    for (const { linesCount } of ours) expect(linesCount).toBeGreaterThan(20_000);
  });

  it("says what went wrong in the page", async () => {
    const page = evaluateInChromium("", "thisIsNotThere()");
    await expect(page).rejects.toThrow("thisIsNotThere");
  });
});
