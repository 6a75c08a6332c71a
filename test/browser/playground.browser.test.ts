/**
 * The playground as a static site in a real browser: what it shows is what `hearsay sim` counts in
 * Node, for the same seed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hearsay, killStarted } from "../e2e/hearsay-process.ts";
import { accessibilityViolations, launchChromium, openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";
import { buildSite, serveFolder } from "./static-site.ts";

const missing = chromiumMissing();
const SEED = 7;

interface Report {
  readonly values: readonly { readonly name: string; readonly mean: number }[];
  readonly curves: readonly { readonly points: readonly (readonly [number, number])[] }[];
}

async function simulated(experiment: string): Promise<Report> {
  const { code, err, out } = await hearsay("sim", experiment, "--seed", `${SEED}`, "--json");
  expect([code, err.includes("Error")]).toEqual([0, false]);
  return JSON.parse(out) as Report;
}

async function numberOf(page: Page, town: "A" | "B", name: string): Promise<number> {
  return Number(await page.locator(`[data-town="${town}"]`).getAttribute(`data-${name}`));
}

async function untilAt(page: Page, ms: number): Promise<void> {
  for (const town of ["A", "B"]) {
    await page.locator(`[data-town="${town}"][data-now="${ms}"][data-busy="false"]`).waitFor();
  }
}

describe.skipIf(missing !== undefined)(`the playground (${missing ?? "installed"})`, () => {
  let folder = "";
  let server: Server;
  let url = "";
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hearsay-site-"));
    await buildSite(folder);
    ({ server, url } = await serveFolder(folder));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await killStarted();
    rmSync(folder, { recursive: true, force: true });
  });

  it("counts in two towns what hearsay sim counts, round by round", async () => {
    const [push, plumtree] = [
      await simulated("playground-push"),
      await simulated("playground-plumtree"),
    ];
    const address = `${url}#seed=${SEED}&a=push&b=plumtree&do=infect_0_0`;
    const { complaints, page } = await openPage(browser, address);
    await untilAt(page, 0);
    const last = push.curves[0]!.points.length - 1;
    for (let round = 1; round <= last; round += 1) {
      await page.getByRole("button", { name: "One round" }).click();
      await untilAt(page, round * 1_000);
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
    const { complaints, page } = await openPage(browser, `${url}#seed=3&a=antiEntropy&b=pull`);
    await untilAt(page, 0);
    await page.getByRole("button", { name: "Split in halves" }).click();
    const town = page.getByRole("img", { name: /Town A/ });
    const box = (await town.boundingBox())!;
    await town.click({ position: { x: box.width * 0.8, y: box.height / 2 } });
    for (let round = 1; round <= 12; round += 1) {
      await page.getByRole("button", { name: "One round" }).click();
      await untilAt(page, round * 1_000);
    }
    const parted = await numberOf(page, "A", "heard");
    expect(parted).toBeGreaterThan(400);
    expect(parted).toBeLessThan(600);
    await page.getByRole("button", { name: "Back a round" }).click();
    await untilAt(page, 11_000);
    const before = await numberOf(page, "A", "heard");
    expect(before).toBeLessThanOrEqual(parted);
    await page.getByRole("button", { name: "Heal the network" }).click();
    await page.getByRole("button", { name: "Kill one in ten" }).click();
    await page.getByRole("button", { name: "One round" }).click();
    await untilAt(page, 12_000);
    const heard = await numberOf(page, "A", "heard");
    const shared = await openPage(browser, page.url());
    await untilAt(shared.page, 0);
    for (let round = 1; round <= 12; round += 1) {
      await shared.page.getByRole("button", { name: "One round" }).click();
      await untilAt(shared.page, round * 1_000);
    }
    expect(await numberOf(shared.page, "A", "heard")).toBe(heard);
    await screenshot(shared.page, "playground-meddled");
    expect([...complaints, ...shared.complaints]).toEqual([]);
    await page.close();
    await shared.page.close();
  });

  it("runs a published table, in the dark", async () => {
    const report = await simulated("playground-pull");
    const { complaints, page } = await openPage(browser, `${url}#seed=1`, "dark");
    await untilAt(page, 0);
    await page.getByLabel("Experiment").selectOption("playground-pull");
    await page.getByLabel("First seed").fill(`${SEED}`);
    await page.getByLabel("Runs").fill("1");
    await page.getByRole("button", { name: "Run it" }).click();
    await page.locator('[data-report="playground-pull"]').waitFor();
    for (const { mean, name } of report.values) {
      const shown = await page.locator(`[data-value="${name}"]`).getAttribute("data-mean");
      expect(Number(shown)).toBe(mean);
    }
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "playground-table-dark");
    expect(complaints).toEqual([]);
    await page.close();
  });
});
