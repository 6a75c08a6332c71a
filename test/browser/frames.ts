import type { Page } from "playwright-core";

/** How a page kept up with what was asked of it. */
export interface Frames {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  /** 0 when no task took longer than 50 ms. [W3C Long Tasks] */
  readonly longestTaskMs: number;
}

interface Noted {
  readonly gaps: number[];
  readonly tasks: number[];
}

/** Runs in the page, from its beginning on. */
const NOTING = `(() => {
  const noted = { gaps: [], tasks: [] };
  globalThis.notedFrames = noted;
  let last = performance.now();
  const onFrame = (now) => {
    noted.gaps.push(now - last);
    last = now;
    requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) noted.tasks.push(duration);
  }).observe({ type: "longtask" });
})()`;

/** What frames and long tasks there were while `body` ran, in whatever pages it went to. */
export async function framesDuring(page: Page, body: () => Promise<void>): Promise<Frames> {
  if (page.url() === "about:blank") await page.addInitScript(NOTING);
  else await page.evaluate("notedFrames.gaps.length = notedFrames.tasks.length = 0");
  await body();
  const { gaps, tasks } = await page.evaluate<Noted>("notedFrames");
  gaps.sort((a, b) => a - b);
  const at = (share: number): number => gaps[Math.floor(share * (gaps.length - 1))] ?? 0;
  const longestTaskMs = Math.max(0, ...tasks);
  return { count: gaps.length, medianMs: at(0.5), p95Ms: at(0.95), longestTaskMs };
}
