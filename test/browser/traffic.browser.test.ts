/**
 * The dashboard's traffic view before five real processes: what is published shows as its
 * protocol's bytes, the links as those that the agents themselves tell of.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LinksAnswer } from "../../src/agent/routes/links.messages.ts";
import { killStarted } from "../e2e/hearsay-process.ts";
import { type RunningAgent, startAgents, tellAgent } from "./agent-cluster.ts";
import { accessibilityViolations, launchChromium, openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";

const missing = chromiumMissing();
const settings = ["--via", "Tree=plumtree", "--aggregate", "load"];
const BYTES = 4_000;

describe.skipIf(missing !== undefined)(`the traffic view (${missing ?? "installed"})`, () => {
  let agents: RunningAgent[] = [];
  let browser: Browser;

  beforeAll(async () => {
    agents = await startAgents(5, settings);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await killStarted();
  });

  /** One message a call from each agent in turn. */
  async function publish(count: number): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      const value = "x".repeat(BYTES);
      await tellAgent(agents[at % 5]!.admin, "POST", "/v1/publish/Tree", { value });
    }
  }

  it("says that it measures until there is something to draw", async () => {
    const { complaints, page } = await openPage(browser, "about:blank");
    let askedCount = 0;
    let open = (): void => {};
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    await page.route("**/v1/metrics", async (route) => {
      askedCount += 1;
      if (askedCount > 1) await isOpen;
      await route.continue();
    });
    await page.goto(`${agents[0]!.admin}#traffic`);
    await page.getByRole("region", { name: "Protocols", exact: true }).waitFor();
    // Both charts of protocols, and the two below.
    await expect.poll(() => page.getByText("measuring …").count()).toBeGreaterThanOrEqual(4);
    expect(await page.locator(".uplot").count()).toBe(0);
    open();
    await expect.poll(() => page.locator(".uplot").count()).toBe(4);
    expect(await page.getByText("measuring …").count()).toBe(0);
    expect(complaints.filter((one) => !one.startsWith("asked "))).toEqual([]);
    await page.close();
  });

  it("raises the row of a tree's protocol when a topic is published to", async () => {
    const { complaints, page } = await openPage(browser, `${agents[0]!.admin}#traffic`);
    await page.locator('[data-protocol="swim"]').waitFor();
    const before = await carriedBytes(page, "plumtree");
    await publish(40);
    // All of it comes here, or is sent from here, once at least.
    await expect.poll(() => carriedBytes(page, "plumtree")).toBeGreaterThan(before + 40 * BYTES);
    const share = page.locator('[data-protocol="plumtree"] td').nth(4);
    await expect.poll(() => share.textContent()).toMatch(/^\d+(\.\d)? %$/);
    // News and copies of them: every node hears all of it at least once.
    const copies = page.locator('[data-protocol="plumtree"] td').nth(5);
    await expect.poll(() => copies.textContent()).toMatch(/^\d+ \(\d/);
    // Each protocol opens to its kinds of messages, by keyboard too.
    const swim = page.locator('[data-protocol="swim"]').getByRole("button");
    await swim.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("rowheader", { name: "ping, by packets", exact: true }).waitFor();
    expect(await swim.getAttribute("aria-expanded")).toBe("true");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("lists the links with what they carried, as the agent tells them", async () => {
    const { complaints, page } = await openPage(browser, `${agents[0]!.admin}#traffic`);
    await publish(5);
    const told = async (): Promise<LinksAnswer["links"]> => {
      const response = await fetch(new URL("/v1/links", agents[0]!.admin));
      return ((await response.json()) as LinksAnswer).links;
    };
    const up = (await told()).filter(({ state }) => state === "up").map(({ peer }) => peer);
    expect(up.length).toBeGreaterThan(0);
    for (const peer of up) {
      const row = page.locator(`[data-link="${peer}"]`);
      await row.waitFor();
      expect(await row.textContent()).toMatch(/(dialled|accepted)/);
      await expect.poll(() => row.locator("td").nth(4).textContent()).toMatch(/iB, \d+ frames/);
    }
    const shown = () => {
      return page.locator("[data-link]").evaluateAll((rows) => {
        return rows.map((row) => row.getAttribute("data-link") ?? "");
      });
    };
    // Links come and go meanwhile; the page follows.
    const differing = async (): Promise<string[]> => {
      const [theirs, ours] = [(await told()).map(({ peer }) => peer), await shown()];
      return [...theirs, ...ours].filter((one) => !theirs.includes(one) || !ours.includes(one));
    };
    await expect.poll(differing).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("is without a complaint of axe, in both themes, with traffic on it", async () => {
    for (const theme of ["light", "dark"] as const) {
      const { complaints, page } = await openPage(browser, `${agents[0]!.admin}#traffic`, theme);
      await page.locator('[data-protocol="plumtree"]').waitFor();
      for (let second = 0; second < 4; second += 1) {
        await publish(6 * (1 + (second % 3)));
        await tellAgent(agents[1]!.admin, "PUT", `/v1/infos/load:${second}`, { value: second });
        await tellAgent(agents[2]!.admin, "POST", "/v1/logs/chat", { value: `line ${second}` });
        await page.waitForTimeout(500);
      }
      await page.getByRole("button", { name: "Messages" }).click();
      await page.getByRole("heading", { name: "Messages a second, by protocol" }).waitFor();
      await page.getByRole("button", { name: "Bytes" }).click();
      await page.locator('[data-protocol="swim"]').getByRole("button").click();
      expect(await accessibilityViolations(page), theme).toEqual([]);
      await page.setViewportSize({ width: 1_360, height: 1_700 });
      await page.waitForTimeout(300);
      await screenshot(page, `traffic-${theme}`);
      // Nothing but the tables is wider than a phone, and these are scrolled by themselves.
      await page.setViewportSize({ width: 400, height: 800 });
      await expect.poll(() => page.evaluate("document.documentElement.scrollWidth")).toBe(400);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });
});

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576 };

/** What the table says that a protocol has carried since the agent began; 0 without a row. */
async function carriedBytes(page: Page, protocol: string): Promise<number> {
  const row = page.locator(`[data-protocol="${protocol}"]`);
  if ((await row.count()) === 0) return 0;
  const text = (await row.locator("td").nth(6).textContent()) ?? "";
  const [number = "", unit = ""] = text.replace(/,/g, "").split(" ");
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}
