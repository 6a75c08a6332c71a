/**
 * Map, messages and timeline in a real browser: a message is replayed as it travelled, a page that
 * is opened late knows what was before, one whose connection broke misses nothing and shows nothing
 * twice, and a thousand members stay fluid.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/agent/run-agent.ts";
import { killStarted } from "../e2e/hearsay-process.ts";
import { type RunningAgent, startAgents } from "./agent-cluster.ts";
import { accessibilityViolations, launchChromium, openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";
import { CuttableLine } from "./cuttable-line.ts";
import { type Frames, framesDuring } from "./frames.ts";
import { startLargeAgent } from "./large-cluster.ts";

const missing = chromiumMissing();
/** Thirty times what a busy machine of two cores takes: a page that hangs so long is broken. */
const TASK_MAX_MS = 15_000;

describe.skipIf(missing !== undefined)(
  `map, messages, timeline (${missing ?? "installed"})`,
  () => {
    let agents: RunningAgent[] = [];
    let browser: Browser;
    const admin = (): string => agents[0]!.admin;

    beforeAll(async () => {
      browser = await launchChromium();
      agents = await startAgents(5, ["--overlay", "hyparview"]);
    });
    afterAll(async () => {
      await browser?.close();
      await killStarted();
    });

    it("replays a message to its end, with copies, and by steps", async () => {
      const { complaints, page } = await openPage(browser, `${admin()}#messages`);
      // It plays for seconds only: who looks for it begins before.
      const playing = page.locator('[data-replay="playing"]').waitFor();
      await publish(page, "to be replayed");
      await playing;
      await page.locator('[data-reached="5"]').waitFor();
      await page.locator('[data-replay="end"]').waitFor();
      await expect.poll(() => page.locator(".journey-reached").count()).toBe(5);
      await expect.poll(() => page.locator(".journey-news").count()).toBe(4);
      expect(await page.locator(".journey-copy").count()).toBe(0);
      await page.getByLabel("Copies").check();
      await expect.poll(() => page.locator(".journey-copy").count()).toBeGreaterThan(0);
      await screenshot(page, "journey-end");
      // All the way back nobody but the publisher has it; the slider leads anywhere.
      const back = page.getByRole("button", { name: "Step back" });
      await page.getByLabel("Time since it was published").fill("0");
      await page.locator('[data-replay="paused"]').waitFor();
      await expect.poll(() => page.locator(".journey-waiting").count()).toBe(4);
      await page.getByRole("button", { name: "Step on" }).click();
      await expect.poll(() => page.locator(".journey-waiting").count()).toBeLessThan(4);
      await back.click();
      await expect.poll(() => page.locator(".journey-waiting").count()).toBe(4);
      expect(await page.locator('[data-stop][data-means="broadcast"]').count()).toBe(5);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it("moves nothing where no motion is wanted: the end at once, and steps", async () => {
      const { complaints, page } = await openPage(browser, "about:blank", "dark");
      complaints.length = 0;
      await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "dark" });
      await page.goto(`${admin()}#messages`);
      await publish(page, "quietly");
      await page.locator('[data-replay="end"]').waitFor();
      await page.locator('[data-reached="5"]').waitFor();
      await expect.poll(() => page.locator(".journey-reached").count()).toBe(5);
      expect(await page.getByRole("button", { name: /^(Play|Pause)/ }).count()).toBe(0);
      await page.getByRole("button", { name: "Step back" }).click();
      await expect.poll(() => page.locator(".journey-waiting").count()).toBeGreaterThan(0);
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(complaints.filter((text) => !text.startsWith("asked "))).toEqual([]);
      await page.close();
    });

    it("tells of a large message that it came by stream, and from whom", async () => {
      const { complaints, page } = await openPage(browser, `${admin()}#messages`);
      await publish(page, "x".repeat(20_000));
      await page.locator('[data-reached="5"]').waitFor();
      const stops = page.locator('[data-stop][data-means="mail"]');
      await expect.poll(() => stops.count()).toBe(5);
      const hops = await stops.locator("td:nth-child(2)").allTextContents();
      expect(hops.filter((text) => text === "?")).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it("draws links with their direction, and HyParView's reserves as a choice", async () => {
      const { complaints, page } = await openPage(browser, `${admin()}#map`);
      const canvas = page.locator(".map-box canvas");
      await expect.poll(() => canvas.getAttribute("aria-label")).toMatch(/5 members and [1-9]/);
      await page.getByRole("combobox", { name: /^Links/ }).selectOption({ label: "both" });
      await page.locator('[data-member="p2"] button').click();
      await page.getByRole("heading", { name: "Why it is alive" }).waitFor();
      await screenshot(page, "journey-map");
      expect(complaints).toEqual([]);
      await page.close();
    });

    it("shows a page that is opened later what was before, with the evidence of then", async () => {
      agents[4]!.kill();
      await untilFailed(admin(), "p5");
      for (const theme of ["light", "dark"] as const) {
        const { complaints, page } = await openPage(browser, `${admin()}#timeline`, theme);
        await page.locator('[data-event="fail p5"]').waitFor();
        expect(await page.locator('[data-event="suspect p5"]').count()).toBeGreaterThan(0);
        expect(await page.locator('[data-event="join p2"]').count()).toBe(1);
        await page.locator('[data-lane="p5"] [data-stretch="suspect p5"]').first().click();
        const evidence = page.locator('[data-evidence-of="suspect p5"] ~ .evidence li');
        await evidence
          .filter({ hasText: /suspected p5|no answer/ })
          .first()
          .waitFor();
        // The evidence of that moment, not what came after.
        expect(await evidence.filter({ hasText: "dead" }).count()).toBe(0);
        await page.locator('[data-lane="p5"] [data-stretch="failed p5"]').click();
        await page.locator('[data-evidence-of="fail p5"]').waitFor();
        expect(await accessibilityViolations(page), theme).toEqual([]);
        await screenshot(page, `journey-timeline-${theme}`);
        expect(complaints).toEqual([]);
        await page.close();
      }
    });

    it("misses nothing while its connection is cut, and shows nothing twice", async () => {
      const line = new CuttableLine(admin());
      const { page } = await openPage(browser, `${await line.open()}#timeline`);
      await page.locator('[data-event="fail p5"]').waitFor();
      line.cut();
      await page.getByText("not connected").waitFor();
      agents[3]!.kill();
      await untilFailed(admin(), "p4");
      line.mend();
      await page.locator('[data-event="fail p4"]').waitFor();
      await page.getByText("live", { exact: true }).waitFor();
      const missingCount = async (): Promise<number> => {
        const { events } = await timelineOf(admin());
        return events.length - (await page.locator("[data-event]").count());
      };
      await expect.poll(missingCount).toBe(0);
      line.close();
      await page.close();
    });

    it("keeps a thousand members fluid", async () => {
      const large: Agent = await startLargeAgent(1_000);
      const { complaints, page } = await openPage(browser, "about:blank");
      complaints.length = 0;
      const laidOut = await framesDuring(page, async () => {
        await page.goto(`${large.adminUrl}#map`);
        await page.getByText("1,000 members").waitFor();
        await page.waitForTimeout(4_000);
      });
      const canvas = page.locator(".map-box canvas");
      const { x, y, width, height } = (await canvas.boundingBox())!;
      const panned = await framesDuring(page, async () => {
        await page.mouse.move(x + width / 2, y + height / 2);
        await page.mouse.down();
        for (let step = 1; step <= 40; step += 1) {
          await page.mouse.move(x + width / 2 + 4 * step, y + height / 2 + step);
        }
        await page.mouse.up();
        await page.waitForTimeout(500);
      });
      process.stderr.write(`1,000 members: laying out ${say(laidOut)}; panning ${say(panned)}\n`);
      for (const frames of [laidOut, panned]) {
        expect(frames.count).toBeGreaterThan(10);
        expect(frames.longestTaskMs).toBeLessThan(TASK_MAX_MS);
      }
      await page.getByRole("button", { name: "Show all" }).click();
      await screenshot(page, "journey-thousand");
      await page.getByLabel("Find a member by its name or address").fill("n0097");
      await page.locator('[data-member="n0097"] button').click();
      await page.getByRole("heading", { name: "n0097" }).waitFor();
      for (let times = 0; times < 5; times += 1) await page.getByLabel("Zoom in").click();
      await screenshot(page, "journey-thousand-near");
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(complaints.filter((text) => !text.startsWith("asked "))).toEqual([]);
      await page.close();
      await large.stop();
    });
  },
);

function say({ count, longestTaskMs, medianMs, p95Ms }: Frames): string {
  const ms = [medianMs, p95Ms, longestTaskMs].map((value) => `${Math.round(value)} ms`);
  return `${count} frames, median ${ms[0]}, 95 % within ${ms[1]}, longest task ${ms[2]}`;
}

async function publish(page: Page, text: string): Promise<void> {
  await page.getByText("listening to greetings").waitFor();
  await page.getByLabel("Message, as text or JSON").fill(text);
  await page.getByRole("button", { name: "Publish and follow" }).click();
}

interface Told {
  readonly events: readonly { readonly kind: string; readonly name: string }[];
}

async function timelineOf(url: string): Promise<Told> {
  return (await fetch(new URL("/v1/timeline", url))).json() as Promise<Told>;
}

async function untilFailed(url: string, name: string): Promise<void> {
  const hasFailed = async (): Promise<boolean> => {
    const { events } = await timelineOf(url);
    return events.some((event) => event.kind === "fail" && event.name === name);
  };
  await expect.poll(hasFailed, { message: `${name} is failed at ${url}` }).toBe(true);
}
