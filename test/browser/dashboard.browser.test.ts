/**
 * The dashboard in a real browser, before a cluster of five real processes: what happens there
 * shows here, to everybody who looks at it in whichever way, and nothing is asked of anybody else.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killStarted } from "../e2e/hearsay-process.ts";
import { type RunningAgent, startAgents, tellAgent } from "./agent-cluster.ts";
import { accessibilityViolations, launchChromium, openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";

const missing = chromiumMissing();
const VIEWS = ["map", "messages", "timeline", "state", "traffic"];
const settings = [
  ["--overlay", "hyparview", "--aggregate", "load"],
  ["--voters", "p1,p2,p3", "--order-storage", "memory"],
].flat();

describe.skipIf(missing !== undefined)(`the dashboard (${missing ?? "installed"})`, () => {
  let agents: RunningAgent[] = [];
  let browser: Browser;
  const admin = (): string => agents[0]!.admin;

  beforeAll(async () => {
    agents = await startAgents(5, settings);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await killStarted();
  });

  it("shows all members, and every view without a complaint of browser or axe", async () => {
    for (const theme of ["light", "dark"] as const) {
      const { complaints, page } = await openPage(browser, admin(), theme);
      await page.getByText("5 members").waitFor();
      await expect.poll(() => page.locator("[data-member]").count()).toBe(5);
      for (const view of VIEWS) {
        await page.goto(`${admin()}#${view}`);
        await page.locator("h1").waitFor();
        // Something of each is there only when the agent has answered.
        await expect.poll(() => page.getByText("Asking the agent").count()).toBe(0);
        expect(await accessibilityViolations(page), `${view}, ${theme}`).toEqual([]);
        await screenshot(page, `dashboard-${view}-${theme}`);
      }
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  it("follows a message that is published on the page, and shows one from elsewhere", async () => {
    const { complaints, page } = await openPage(browser, `${admin()}#messages`);
    await page.getByText("listening to greetings").waitFor();
    await page.getByLabel("Message, as text or JSON").fill("from the page");
    await page.getByRole("button", { name: "Publish and follow" }).click();
    await page.locator('[data-message="from the page"]').waitFor();
    await page.locator('[data-reached="5"]').waitFor();
    expect(await page.locator('[data-stop="p1"]').textContent()).toContain("published it");
    for (const name of ["p2", "p3", "p4", "p5"]) {
      const hops = page.locator(`[data-stop="${name}"] td`).nth(1);
      expect(Number(await hops.textContent())).toBeGreaterThan(0);
    }
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "dashboard-journey");
    await tellAgent(agents[3]!.admin, "POST", "/v1/publish/greetings", { value: "from p4" });
    await page.locator('[data-message="from p4"]', { hasText: "p4" }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows who talks most, as they say themselves", async () => {
    const { complaints, page } = await openPage(browser, `${admin()}#traffic`);
    await expect.poll(() => page.locator("[data-talker]").count()).toBe(5);
    const rate = page.locator("[data-talker] td", { hasText: /[0-9] KiB|[0-9] B/ });
    await expect.poll(() => rate.count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(15);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("asks for the token of an agent that wants one, and for nothing else", async () => {
    const [guarded] = await startAgents(1, ["--token", "a-token-for-this-test"]);
    const { page } = await openPage(browser, guarded!.admin);
    let askedCount = 0;
    page.on("request", () => {
      askedCount += 1;
    });
    await page.getByRole("heading", { name: "This agent wants a token" }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    const show = async (token: string): Promise<void> => {
      await page.getByLabel("Token").fill(token);
      await page.getByRole("button", { name: "Open the dashboard" }).click();
    };
    await show("a-wrong-token-for-this");
    await page.getByText("The agent does not know that token").waitFor();
    // Nothing goes on asking with a token that is refused, or with none.
    askedCount = 0;
    await page.waitForTimeout(2_500);
    expect(askedCount).toBe(0);
    await show("a-token-for-this-test");
    await page.getByText("1 member").waitFor();
    expect(await page.evaluate("[localStorage.length, document.cookie]")).toEqual([0, ""]);
    await page.close();
  });

  it("shows a process that was killed: suspected, then failed, with the evidence", async () => {
    const { complaints, page } = await openPage(browser, admin());
    const row = page.locator('[data-member="p5"]');
    await row.getByText("alive").waitFor();
    // By keyboard alone, as some of its users do.
    await row.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Why it is alive" }).waitFor();
    agents[4]!.kill();
    await row.getByText("failed").waitFor();
    await page.getByRole("heading", { name: "Why it is failed" }).waitFor();
    const banner = page.getByRole("banner");
    await expect.poll(() => banner.textContent()).toContain("4 alive, 1 failed");
    await screenshot(page, "dashboard-killed");
    await page.getByRole("link", { name: "Timeline" }).click();
    await page.locator('[data-event="suspect p5"]').waitFor();
    await page.locator('[data-event="fail p5"]').waitFor();
    await page.locator(".evidence li").first().waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "dashboard-timeline-killed");
    expect(complaints).toEqual([]);
    await page.close();
  });
});
