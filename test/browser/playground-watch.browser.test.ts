/** Towns whose nodes watch each other: the page shows what Node counts, for the same seed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { watchDefaults } from "../../src/sim/playground/watch.options.ts";
import type { WatchDetectorName } from "../../src/sim/playground/watch-detectors.ts";
import { WatchTown } from "../../src/sim/playground/watch-town.ts";
import { accessibilityViolations, openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";
import { numberOf, type ServedPlayground, servePlayground, untilAt } from "./playground-rig.ts";

const missing = chromiumMissing();
const NODES = 24;
const SEED = 7;
const SECONDS = 12;

describe.skipIf(missing !== undefined)(
  `detectors in the playground (${missing ?? "installed"})`,
  () => {
    let served: ServedPlayground;
    beforeAll(async () => {
      served = await servePlayground();
    });
    afterAll(() => served?.close());

    const towns = `town=watch&seed=${SEED}&nodesCount=${NODES}`;
    const addressOf = (rest: string): string => `${served.url}#${towns}&${rest}`;

    it("learn of a death when they do in Node, and are looked back at", async () => {
      const address = addressOf("a=swim&b=phiDirect&lossRatio=0.1&do=kill_2000_5");
      const { complaints, page } = await openPage(served.browser, address);
      await untilAt(page, 0);
      for (let second = 1; second <= SECONDS; second += 1) {
        await page.getByRole("button", { name: "One second" }).click();
        await untilAt(page, second * 1_000);
      }
      const inNode = (protocol: WatchDetectorName): WatchTown => {
        const numbers = { ...watchDefaults, nodesCount: NODES, lossRatio: 0.1 };
        const town = new WatchTown({ seed: SEED, protocol, numbers });
        town.advanceTo(2_000);
        town.act({ do: "kill", node: 5 });
        town.advanceTo(SECONDS * 1_000);
        return town;
      };
      const counted = { A: inNode("swim"), B: inNode("phiDirect") };
      for (const side of ["A", "B"] as const) {
        const count = counted[side].countAt(SECONDS * 1_000);
        expect(count.knownCount).toBeGreaterThan(NODES - 4);
        expect(await numberOf(page, side, "known")).toBe(count.knownCount);
        expect(await numberOf(page, side, "suspicions")).toBe(count.suspicionsCount);
        expect(await numberOf(page, side, "messages")).toBe(count.messagesCount);
      }
      const [death] = counted.A.course.deathsAt(SECONDS * 1_000);
      const shown = page.locator('[data-moment="halfKnewMs"] td').first();
      expect(await shown.textContent()).toBe(`${((death?.halfKnewMs ?? 0) / 1_000).toFixed(2)} s`);
      await page.getByText("Who learnt of it, and when").click();
      expect(await accessibilityViolations(page)).toEqual([]);
      await screenshot(page, "playground-watch-times");
      await page.evaluate("scrollTo(0, 0)");
      await screenshot(page, "playground-watch");
      await page.getByRole("button", { name: "Back a second" }).click();
      await untilAt(page, (SECONDS - 1) * 1_000);
      const before = counted.B.course.countAt((SECONDS - 1) * 1_000);
      expect(await numberOf(page, "B", "known")).toBe(before.knownCount);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it("are meddled with by keyboard alone, and shared by their address, in the dark", async () => {
      const address = addressOf("a=swim&b=swimPlain&do=");
      const { complaints, page } = await openPage(served.browser, address, "dark");
      await untilAt(page, 0);
      await page.getByRole("spinbutton", { name: "Node", exact: true }).focus();
      await page.keyboard.type("9");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: /The death of node 9/ }).waitFor();
      await page.getByRole("button", { name: "Split in halves" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "One second" }).focus();
      for (let second = 1; second <= 4; second += 1) {
        await page.keyboard.press("Enter");
        await untilAt(page, second * 1_000);
      }
      const suspicions = await numberOf(page, "A", "suspicions");
      expect(suspicions).toBeGreaterThan(0);
      expect(page.url()).toContain("look=9");
      expect(await accessibilityViolations(page)).toEqual([]);
      await page.evaluate("scrollTo(0, 0)");
      await screenshot(page, "playground-watch-dark");
      const shared = await openPage(served.browser, page.url());
      await shared.page.setViewportSize({ width: 390, height: 844 });
      await untilAt(shared.page, 0);
      for (let second = 1; second <= 4; second += 1) {
        await shared.page.getByRole("button", { name: "One second" }).click();
        await untilAt(shared.page, second * 1_000);
      }
      expect(await numberOf(shared.page, "A", "suspicions")).toBe(suspicions);
      expect(await shared.page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      await screenshot(shared.page, "playground-watch-telephone");
      expect([...complaints, ...shared.complaints]).toEqual([]);
      await page.close();
      await shared.page.close();
    });

    it("are one of two kinds of towns, between which one goes by links", async () => {
      const { complaints, page } = await openPage(served.browser, `${served.url}#do=`);
      await untilAt(page, 0);
      await page.getByRole("link", { name: "Failure detectors" }).click();
      await page.getByRole("region", { name: "Detection curve" }).waitFor();
      await page
        .getByText("everybody knows who is dead")
        .or(page.getByText(/^Second [1-9]/))
        .waitFor();
      expect(page.url()).toContain("town=watch");
      await page.getByRole("link", { name: "News that spreads" }).click();
      await page.getByRole("region", { name: "Infection curve" }).waitFor();
      expect(page.url()).not.toContain("town=watch");
      expect(complaints).toEqual([]);
      await page.close();
    });
  },
);
