import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./browser-page.ts";
import { buildSite, serveFolder } from "./static-site.ts";

export interface ServedPlayground {
  readonly browser: Browser;
  /** The page; behind a `#` it takes what is to be played. */
  readonly url: string;
  close(): Promise<void>;
}

/** The playground of the static site, under some path of a web server. */
export async function servePlayground(): Promise<ServedPlayground> {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-site-"));
  await buildSite(folder);
  const { server, url } = await serveFolder(folder);
  const browser = await launchChromium();
  return {
    browser,
    url: `${url}playground.html`,
    close: async () => {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type TownName = "A" | "B";

/** What the page says of a town: `heard`, `messages`, `now` (ms), `tick` (ms). */
export async function numberOf(page: Page, town: TownName, name: string): Promise<number> {
  return Number(await page.locator(`[data-town="${town}"]`).getAttribute(`data-${name}`));
}

/** Both towns are shown as they are at this moment. */
export async function untilAt(page: Page, ms: number): Promise<void> {
  for (const town of ["A", "B"]) {
    const place = page.locator(`[data-town="${town}"][data-now="${ms}"][data-busy="false"]`);
    await place.waitFor({ timeout: 120_000 });
  }
}

/** On by so many rounds (of a second), one at a time. */
export async function stepTo(page: Page, lastRound: number, firstRound = 1): Promise<void> {
  for (let round = firstRound; round <= lastRound; round += 1) {
    await page.getByRole("button", { name: "One round" }).click();
    await untilAt(page, round * 1_000);
  }
}
