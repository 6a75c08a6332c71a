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

  it("draws siblings and operations, and verifies a ledger in the browser", async () => {
    const cart = await conflict(agents[0]!, agents[1]!);
    await tellAgent(admin(), "POST", "/v1/logs/chat", { value: "hello" });
    await tellAgent(agents[1]!.admin, "POST", "/v1/logs/chat", { value: "hello back" });
    // A ledger begins when those who sign it have opened it.
    for (const { admin: url } of agents.slice(0, 3)) await fetch(new URL("/v1/ledgers/audit", url));
    for (const value of ["first entry", "second entry"]) {
      await tellAgent(admin(), "POST", "/v1/ledgers/audit", { value });
    }
    const { complaints, page } = await openPage(browser, `${admin()}#state`);
    const open = async (field: string, name: string): Promise<void> => {
      const form = page.locator("form", { has: page.getByLabel(field, { exact: true }) });
      await form.getByLabel(field, { exact: true }).fill(name);
      await form.getByRole("button", { name: "Open" }).click();
    };
    await open("Store", "cart");
    await page.getByRole("button", { name: `${cart} has siblings` }).click();
    await page.getByText(`2 siblings of ${cart}`).waitFor();
    const branches = page.locator("[data-sibling]");
    expect((await branches.allTextContents()).sort()).toEqual([
      expect.stringMatching(/^breadby p2/),
      expect.stringMatching(/^milkby p1/),
    ]);
    await open("Log", "chat");
    await page.getByRole("img", { name: /hello back/ }).waitFor();
    await open("Ledger", "audit");
    await page.getByRole("button", { name: "Verify in this browser" }).click();
    await page.getByText("every hash and signature checked").waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "dashboard-state-open");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows who talks most, as they say themselves", async () => {
    const { complaints, page } = await openPage(browser, `${admin()}#traffic`);
    await expect.poll(() => page.locator("[data-talker]").count(), { timeout: 15_000 }).toBe(5);
    const rate = page.locator("[data-talker] td", { hasText: /[0-9] KiB|[0-9] B/ });
    await expect.poll(() => rate.count(), { timeout: 30_000 }).toBeGreaterThanOrEqual(15);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows state that others write, with the rest of its life", async () => {
    const { complaints, page } = await openPage(browser, `${admin()}#state`);
    const body = { value: { load: 0.5 }, ttlMs: 60_000 };
    await tellAgent(agents[1]!.admin, "PUT", "/v1/infos/load:p2", body);
    const row = page.locator('[data-info="load:p2"]');
    await row.waitFor();
    expect(await row.textContent()).toContain('{"load":0.5}');
    expect(await row.locator("meter").count()).toBe(1);
    await page.getByText("raft, group main").waitFor();
    await screenshot(page, "dashboard-state-written");
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
    await row.getByText("failed").waitFor({ timeout: 30_000 });
    await page.getByRole("heading", { name: "Why it is failed" }).waitFor();
    expect(await page.getByRole("banner").textContent()).toContain("4 alive, 1 failed");
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

/** Two agents write one key at once, as often as it takes until neither had heard the other. */
async function conflict(one: RunningAgent, other: RunningAgent): Promise<string> {
  for (const { admin: url } of [one, other]) await fetch(new URL("/v1/versions/cart", url));
  for (let at = 0; at < 50; at += 1) {
    const path = `/v1/versions/cart/ann${at}`;
    const answers = await Promise.all([
      tellAgent(one.admin, "PUT", path, { value: "milk" }),
      tellAgent(other.admin, "PUT", path, { value: "bread" }),
    ]);
    const areBothWritten = answers.every((answer) => {
      return (answer as { readonly status: string }).status === "ok";
    });
    if (areBothWritten) return `ann${at}`;
  }
  throw new Error("each of 50 writes was heard of by the other agent before it wrote");
}
