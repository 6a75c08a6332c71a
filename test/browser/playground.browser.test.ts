/**
 * The playground as a static site in a real browser: what it shows is what `hearsay sim` counts in
 * Node, for the same seed.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hearsay, killStarted } from "../e2e/hearsay-process.ts";
import { accessibilityViolations, openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";
import {
  numberOf,
  type ServedPlayground,
  servePlayground,
  stepTo,
  untilAt,
} from "./playground-rig.ts";

const missing = chromiumMissing();
const SEED = 7;

interface Report {
  readonly values: readonly { readonly name: string; readonly mean: number }[];
  readonly curves: readonly { readonly points: readonly (readonly [number, number])[] }[];
}

type Given = Readonly<Record<string, number>>;

async function simulated(experiment: string, given: Given = {}): Promise<Report> {
  const sets = Object.entries(given).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const options = ["--seed", `${SEED}`, "--runs", "1", "--json", ...sets];
  // What is published of the usual parameters need not hold of others: only counts matter here.
  const { err, out } = await hearsay("sim", experiment, ...options);
  expect(err).not.toContain("Error");
  return JSON.parse(out) as Report;
}

describe.skipIf(missing !== undefined)(`the playground (${missing ?? "installed"})`, () => {
  let served: ServedPlayground;
  beforeAll(async () => {
    served = await servePlayground();
  });
  afterAll(async () => {
    await served?.close();
    await killStarted();
  });

  it("counts in two towns what hearsay sim counts, round by round", async () => {
    const [push, plumtree] = [
      await simulated("playground-push"),
      await simulated("playground-plumtree"),
    ];
    const address = `${served.url}#seed=${SEED}&a=push&b=plumtree&do=infect_0_0`;
    const { complaints, page } = await openPage(served.browser, address);
    await untilAt(page, 0);
    const last = push.curves[0]!.points.length - 1;
    for (let round = 1; round <= last; round += 1) {
      await stepTo(page, round, round);
      const share = push.curves[0]!.points[round]![1];
      expect(await numberOf(page, "A", "heard")).toBe(Math.round(share * 1_000));
    }
    const meanOf = (name: string) => push.values.find((one) => one.name === name)?.mean;
    expect(await numberOf(page, "A", "heard")).toBe(meanOf("heard (nodes)"));
    expect(await numberOf(page, "A", "messages")).toBe(meanOf("messages (by then)"));
    const trees = plumtree.values.find((one) => one.name === "heard (nodes)")?.mean;
    expect(await numberOf(page, "B", "heard")).toBe(trees);
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "playground-counts");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("is meddled with, travels back in time, and is shared by its address", async () => {
    const address = `${served.url}#seed=3&a=antiEntropy&b=pull&do=`;
    const { complaints, page } = await openPage(served.browser, address);
    await untilAt(page, 0);
    await page.getByRole("button", { name: "Split in halves" }).click();
    const town = page.getByRole("img", { name: /Town A/ });
    const box = (await town.boundingBox())!;
    await town.click({ position: { x: box.width * 0.8, y: box.height / 2 } });
    await stepTo(page, 12);
    const parted = await numberOf(page, "A", "heard");
    expect(parted).toBeGreaterThan(400);
    expect(parted).toBeLessThan(600);
    await page.getByRole("button", { name: "Back a round" }).click();
    await untilAt(page, 11_000);
    const before = await numberOf(page, "A", "heard");
    expect(before).toBeLessThanOrEqual(parted);
    await page.getByRole("button", { name: "Heal the network" }).click();
    await page.getByRole("button", { name: "Kill one in ten" }).click();
    await stepTo(page, 12, 12);
    const heard = await numberOf(page, "A", "heard");
    const shared = await openPage(served.browser, page.url());
    await untilAt(shared.page, 0);
    await stepTo(shared.page, 12);
    expect(await numberOf(shared.page, "A", "heard")).toBe(heard);
    expect(await numberOf(shared.page, "A", "messages")).toBe(
      await numberOf(page, "A", "messages"),
    );
    await screenshot(shared.page, "playground-meddled");
    expect([...complaints, ...shared.complaints]).toEqual([]);
    await page.close();
    await shared.page.close();
  });

  it.each<[string, Given]>([
    ["playground-pull", {}],
    ["heartbeat-levels", { subnetsCount: 4, membersCount: 4 }],
  ])("runs the experiment %s as Node does, in the dark", async (name, given) => {
    const report = await simulated(name, given);
    const { complaints, page } = await openPage(served.browser, `${served.url}#do=`, "dark");
    await untilAt(page, 0);
    await page.getByLabel("Experiment").selectOption(name);
    await page.getByLabel("First seed").fill(`${SEED}`);
    await page.getByLabel("Runs").fill("1");
    for (const [parameter, value] of Object.entries(given)) {
      await page.getByRole("spinbutton", { name: parameter }).fill(`${value}`);
    }
    await page.getByRole("button", { name: "Run it" }).click();
    await page.locator(`[data-report="${name}"]`).waitFor();
    for (const { mean, name: value } of report.values) {
      const shown = await page.locator(`[data-value="${value}"]`).getAttribute("data-mean");
      expect(Number(shown)).toBe(mean);
    }
    expect(report.values.length).toBeGreaterThan(2);
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.locator(`[data-report="${name}"]`).scrollIntoViewIfNeeded();
    await screenshot(page, `${name}-table-dark`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("runs a table with another parameter, and one run of it in the towns", async () => {
    const { complaints, page } = await openPage(served.browser, `${served.url}#do=`);
    await untilAt(page, 0);
    await page.getByLabel("Experiment").selectOption("demers-table-1");
    await page.getByLabel("Runs").fill("1");
    await page.getByRole("spinbutton", { name: "nodesCount" }).fill("-5");
    await page.getByRole("button", { name: "Run it" }).click();
    await page
      .getByRole("alert")
      .getByText(/nodesCount/)
      .waitFor();
    expect(page.url()).toContain("set=nodesCount_-5");
    expect(page.url()).toContain("runs=1");
    await page.reload();
    await untilAt(page, 0);
    await expect(page.getByRole("spinbutton", { name: "nodesCount" }).inputValue()).resolves.toBe(
      "-5",
    );
    await page.getByRole("button", { name: /Tables 1 and 3: k = 2/ }).click();
    await page.locator('[data-town="A"][data-busy="false"]').waitFor();
    await expect(page.locator('select[name="protocol-A"]').inputValue()).resolves.toBe("push");
    await expect(page.locator('select[name="protocol-B"]').inputValue()).resolves.toBe("pull");
    expect(page.url()).toContain("scenario=demers-table-1-k2");
    expect(complaints).toEqual([]);
    await page.close();
  });
});
