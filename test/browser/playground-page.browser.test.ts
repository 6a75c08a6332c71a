/** The playground's page, as a newcomer finds it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessibilityViolations, openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";
import { numberOf, type ServedPlayground, servePlayground, untilAt } from "./playground-rig.ts";

const missing = chromiumMissing();

describe.skipIf(missing !== undefined)(`the playground (${missing ?? "installed"})`, () => {
  let served: ServedPlayground;
  beforeAll(async () => {
    served = await servePlayground();
  });
  afterAll(() => served?.close());

  it("begins by itself, towns and curve on one screen, and ends when all have heard", async () => {
    const { complaints, page } = await openPage(served.browser, served.url);
    await page.getByLabel("Speed").selectOption("fast");
    await page.getByText("everybody has heard").or(page.getByText("nobody has heard it")).waitFor({
      timeout: 60_000,
    });
    await page.getByRole("button", { name: "Run", exact: true }).waitFor();
    expect(await numberOf(page, "B", "heard")).toBeGreaterThan(990);
    for (const name of ["Town A", "Town B", "Infection curve"]) {
      const box = (await page.getByRole("region", { name }).boundingBox())!;
      expect(box.y + box.height, name).toBeLessThan(850);
    }
    const curve = page.getByRole("img", { name: /Infection curve/ });
    const said = await curve.getAttribute("aria-label");
    expect(said).toMatch(/A: Rumor: push: .*A: Rumor: push, theory: .*in the end: 94 %/);
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "playground-first");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("does not begin by itself for those who want no movement", async () => {
    const context = await served.browser.newContext({ reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(served.url);
    await untilAt(page, 0);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText(/^Round 1/).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Run", exact: true }).waitFor();
    await context.close();
  });

  it("stops running when both towns fail, and tries again when it is told to", async () => {
    const page = await served.browser.newPage();
    await page.addInitScript(() => {
      const shown = { count: 0 };
      class FailingWorker {
        onmessage: ((event: object) => void) | undefined;
        postMessage({ kind, round }: { kind: string; round: number }): void {
          if (kind !== "show") return;
          shown.count += 1;
          const data = { kind: "failure", round, text: "no memory" };
          setTimeout(() => this.onmessage?.({ data }));
        }
        terminate(): void {}
      }
      Object.assign(globalThis, { Worker: FailingWorker, shown });
    });
    const asked = () => page.evaluate("shown.count");
    await page.goto(served.url);
    const run = page.getByRole("button", { name: "Run", exact: true });
    await page.getByText("no memory").nth(1).waitFor();
    await run.waitFor();
    const before = Number(await asked());
    expect(before).toBeLessThanOrEqual(6);
    await run.click();
    await page.waitForFunction(`shown.count > ${before}`);
    await run.waitFor();
    expect(await asked()).toBeLessThanOrEqual(before + 4);
    await page.close();
  });

  it("says what is wrong with an address, and plays the rest of it", async () => {
    const address = `${served.url}#seed=-1&a=gossip&nodesCount=300&lossRatio=7&do=jump_1`;
    const { complaints, page } = await openPage(served.browser, address);
    await untilAt(page, 0);
    const said = (await page.getByRole("alert").textContent()) ?? "";
    for (const one of ["seed “-1”", "protocol “gossip”", "lossRatio “7”", "deed “jump_1”"]) {
      expect(said).toContain(one);
    }
    await expect(page.locator('input[name="nodesCount"]').inputValue()).resolves.toBe("300");
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "playground-bad-address");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows the numbers that matter, tells time in hops where there are no rounds", async () => {
    const address = `${served.url}#scenario=flood-or-tree&do=infect_0_0`;
    const { complaints, page } = await openPage(served.browser, address);
    await untilAt(page, 0);
    expect(await page.locator('input[name="fanoutCount"]').count()).toBe(0);
    await page.getByText("Neither Flooding nor Plumtree has any.").waitFor();
    const tick = await numberOf(page, "A", "tick");
    for (let hop = 1; hop <= 20; hop += 1) {
      await page.getByRole("button", { name: "One hop" }).click();
      await untilAt(page, hop * tick);
    }
    const flooded = await numberOf(page, "A", "heard");
    expect(flooded).toBeGreaterThan(800);
    expect(flooded).toBeLessThan(980);
    await screenshot(page, "playground-hops");
    await page.locator('select[name="protocol-A"]').selectOption("pushPull");
    await page.locator('input[name="fanoutCount"]').waitFor();
    await page.getByRole("button", { name: "One round" }).waitFor();
    expect(page.url()).not.toContain("scenario");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("fits on a telephone", async () => {
    const { complaints, page } = await openPage(served.browser, `${served.url}#do=infect_0_0`);
    await page.setViewportSize({ width: 390, height: 844 });
    await untilAt(page, 0);
    const width = await page.evaluate("document.documentElement.scrollWidth");
    expect(width).toBe(390);
    const [a, b] = await Promise.all(
      ["Town A", "Town B"].map((name) => page.getByRole("region", { name }).boundingBox()),
    );
    expect(a!.y).toBe(b!.y);
    await screenshot(page, "playground-telephone");
    expect(complaints).toEqual([]);
    await page.close();
  });
});
