import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumPath } from "./chromium.ts";

const SCREENSHOTS = fileURLToPath(new URL("screenshots/", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** A page of a browser of ours, and all that it complained of. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors, exceptions, refused requests, and requests to anywhere but `origin`. */
  readonly complaints: string[];
}

/** The sandbox needs rights that a container does not have; the pages are our own. */
export function launchChromium(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];
  return chromium.launch({ executablePath: chromiumPath(), args });
}

export async function openPage(
  browser: Browser,
  url: string,
  colorScheme: "light" | "dark" = "light",
): Promise<WatchedPage> {
  const viewport = { width: 1_360, height: 850 };
  const page = await browser.newPage({ viewport, colorScheme });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  const { origin } = new URL(url);
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}

/** Kept as an artefact of the run, for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
}

/** What axe-core finds at WCAG 2.1 A and AA, one line a violation. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  // Not by addScriptTag: the page's own policy allows no inline script.
  await page.evaluate(readFileSync(AXE, "utf8"));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
    const { violations } = await axe.run({ runOnly: tags });
    return violations.map(({ help, id, nodes }) => {
      return `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`;
    });
  });
}

interface Axe {
  run(options: { readonly runOnly: readonly string[] }): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly help: string;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  }>;
}
