/**
 * The dashboard shows other people's words: names with markup in them, text that runs from right to
 * left, values of ten thousand letters, thousands of infos, answers of agents that are older. None
 * of it is run, none of it breaks the page. A real agent serves it; what is absurd, a real agent
 * would not say, is put into its answers on their way.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killStarted } from "../e2e/hearsay-process.ts";
import { type RunningAgent, startAgents } from "./agent-cluster.ts";
import { accessibilityViolations, launchChromium, openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";

const missing = chromiumMissing();
const MARKUP = `<img src=x onerror="globalThis.wasRun=true"><script>wasRun=true</script>`;
const TURNED = "\u202Eabc\u05D0\u05D1";
const LONG = "w".repeat(10_000);
const PHONE = { width: 390, height: 844 };

function member(name: string, more: object = {}): object {
  const common = { address: "10.0.0.1:7946", status: "alive", tags: {}, incarnation: 1 };
  return { name, ...common, hearsay: true, rttMs: 1.5, ...more };
}

describe.skipIf(missing !== undefined)(`words of others (${missing ?? "installed"})`, () => {
  let agent: RunningAgent | undefined;
  let browser: Browser;

  beforeAll(async () => {
    [agent] = await startAgents(1, []);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await killStarted();
  });

  async function pageWhere(answers: Readonly<Record<string, object>>, view: string) {
    const opened = await openPage(browser, "about:blank");
    for (const [path, json] of Object.entries(answers)) {
      await opened.page.route(`**/v1/${path}`, (route) => route.fulfill({ json }));
    }
    opened.complaints.length = 0;
    await opened.page.goto(`${agent!.admin}#${view}`);
    return opened;
  }
  /** But not that an agent refuses what it was not started with. */
  const complaintsOf = ({ complaints }: { readonly complaints: readonly string[] }) =>
    complaints.filter((text) => !/^asked |status of 40[04]/.test(text));
  const overflow = (page: Page) =>
    page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");

  it("shows members with absurd names and tags, and those that are degraded", async () => {
    const degraded = { since: 1, delayMs: 20_083, gcMs: 42 };
    const members = [
      member("p1", { tags: { role: MARKUP, dir: TURNED, long: LONG } }),
      member(MARKUP),
      member(TURNED),
      member("n".repeat(128), { status: "suspect", degraded }),
    ];
    const opened = await pageWhere({ members: { local: "p1", members } }, "map");
    const { page } = opened;
    await page.setViewportSize(PHONE);
    await expect.poll(() => page.locator("[data-member]").count()).toBe(4);
    await page.locator("[data-degraded]", { hasText: "degraded" }).first().waitFor();
    await page.locator("[data-member=p1] button").click();
    await page.getByRole("heading", { name: "Why it is alive" }).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "dashboard-absurd-members");
    expect(await page.evaluate(() => Reflect.get(globalThis, "wasRun"))).toBeUndefined();
    expect(complaintsOf(opened)).toEqual([]);
    await page.close();
  });

  it("shows what agents say that know less, and says what it does not know", async () => {
    const { name, address } = agent!;
    const older = { members: { local: name, members: [{ name, address, status: "alive" }] } };
    for (const view of ["map", "timeline", "state", "traffic", "messages"]) {
      const opened = await pageWhere({}, view);
      const gone = { code: "ADMIN_NOT_FOUND", message: "There is no such thing here." };
      await opened.page.route(/\/v1\/(?!members$|status$|watch)/, (route) => {
        return route.fulfill({ status: 404, json: gone });
      });
      await opened.page.route("**/v1/members", (route) => route.fulfill({ json: older.members }));
      await opened.page.reload();
      await opened.page.locator("h1").or(opened.page.getByText(gone.message)).first().waitFor();
      await opened.page.waitForTimeout(200);
      expect(complaintsOf(opened), view).toEqual([]);
      await opened.page.close();
    }
  });

  it("shows infos that are long, turned around, full of markup, and many", async () => {
    const words = [MARKUP, TURNED, LONG, ...Array.from({ length: 3_000 }, (_, at) => `${at}`)];
    const infos = words.map((value) => {
      const path = { hops: 1 };
      return { key: `k${value.slice(0, 200)}`, value, from: value, clock: { ms: 1 }, path };
    });
    const opened = await pageWhere({ infos: { infos } }, "state");
    const { page } = opened;
    await page.setViewportSize(PHONE);
    await page.getByText("2,503 more infos not shown").waitFor();
    await screenshot(page, "dashboard-absurd-infos");
    expect(await overflow(page)).toBe(0);
    expect(await page.evaluate(() => Reflect.get(globalThis, "wasRun"))).toBeUndefined();
    expect(complaintsOf(opened)).toEqual([]);
    await page.close();
  });
});
