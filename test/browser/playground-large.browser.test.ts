/** 20,000 nodes in each town: the page stays with its reader, and counts what Node counts. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spreadDefaults } from "../../src/sim/playground/spread.options.ts";
import type { SpreadProtocolName } from "../../src/sim/playground/spread-protocols.ts";
import { SpreadTown } from "../../src/sim/playground/spread-town.ts";
import { openPage, screenshot } from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";
import { numberOf, type ServedPlayground, servePlayground, untilAt } from "./playground-rig.ts";

const missing = chromiumMissing();
const NODES = 20_000;
const SEED = 5;
const ROUNDS = 14;

function countedInNode(protocol: SpreadProtocolName) {
  const numbers = { ...spreadDefaults, nodesCount: NODES };
  const town = new SpreadTown({ seed: SEED, protocol, numbers });
  town.act({ do: "infect", node: 0 });
  town.advanceTo(ROUNDS * spreadDefaults.roundIntervalMs);
  return town;
}

/** By the slider, also to rounds that nobody has seen yet. */
async function travelTo(page: Page, round: number): Promise<void> {
  await page.getByRole("slider").evaluate((element, to) => {
    Object.assign(element, { max: to, value: to });
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }, `${round}`);
}

/** In the page: clicks, and tells whether the button was pressed before the towns were done. */
const ANSWERS_WHILE_BUSY = `(async () => {
  const buttons = [...document.querySelectorAll("button")];
  const kills = buttons.find((one) => one.textContent.includes("Click kills"));
  kills.click();
  while (kills.getAttribute("aria-pressed") !== "true") {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return document.querySelector('[data-town][data-busy="true"]') !== null;
})()`;

describe.skipIf(missing !== undefined)(`a large town (${missing ?? "installed"})`, () => {
  let served: ServedPlayground;
  beforeAll(async () => {
    served = await servePlayground();
  });
  afterAll(() => served?.close());

  function addressOf(a: SpreadProtocolName, b: SpreadProtocolName, nodesCount: number): string {
    const towns = `a=${a}&b=${b}&nodesCount=${nodesCount}`;
    return `${served.url}#seed=${SEED}&${towns}&do=infect_0_0`;
  }

  it("counts what Node counts, answers meanwhile, and is looked back at for nothing", async () => {
    const address = addressOf("push", "pushPull", NODES);
    const { complaints, page } = await openPage(served.browser, address);
    await untilAt(page, 0);
    await travelTo(page, ROUNDS);
    // Whatever the towns compute, a button answers before they are there. Looked at in the page,
    // for who asks from outside may come late.
    expect(await page.evaluate(ANSWERS_WHILE_BUSY)).toBe(true);
    await untilAt(page, ROUNDS * 1_000);
    const inNode = { A: countedInNode("push"), B: countedInNode("pushPull") };
    for (const town of ["A", "B"] as const) {
      const { heardCount, messagesCount } = inNode[town].count();
      expect(await numberOf(page, town, "heard")).toBe(heardCount);
      expect(await numberOf(page, town, "messages")).toBe(messagesCount);
    }
    await screenshot(page, "playground-large");
    await page.getByRole("button", { name: "Back a round" }).click();
    await untilAt(page, (ROUNDS - 1) * 1_000);
    for (const town of ["A", "B"] as const) {
      const { heardCount } = inNode[town].countAt((ROUNDS - 1) * 1_000);
      expect(await numberOf(page, town, "heard")).toBe(heardCount);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("is stopped on its way, and goes on from there to the same counts", async () => {
    const address = addressOf("flooding", "antiEntropy", 4_000);
    const { complaints, page } = await openPage(served.browser, address);
    await untilAt(page, 0);
    await travelTo(page, 60);
    await page.getByText(/computing round [1-9]/).waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.locator('[data-town="B"][data-busy="false"]').waitFor();
    const stoppedMs = await numberOf(page, "B", "now");
    expect(stoppedMs).toBeGreaterThan(0);
    expect(stoppedMs).toBeLessThan(60_000);
    expect(await numberOf(page, "A", "now")).toBe(stoppedMs);
    const rounds = Math.floor(stoppedMs / 1_000) + 1;
    await page.getByRole("button", { name: "One round" }).click();
    await untilAt(page, rounds * 1_000);
    const numbers = { ...spreadDefaults, nodesCount: 4_000 };
    const town = new SpreadTown({ seed: SEED, protocol: "antiEntropy", numbers });
    town.act({ do: "infect", node: 0 });
    town.advanceTo(rounds * 1_000);
    expect(await numberOf(page, "B", "messages")).toBe(town.count().messagesCount);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
