/**
 * The dashboard's State page in a real browser, before three real processes with an order: what
 * came after what, what was written side by side, who leads and how far the others are, and that a
 * chain which was tampered with is found out in the page.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killStarted } from "../e2e/hearsay-process.ts";
import { type RunningAgent, startAgents, tellAgent } from "./agent-cluster.ts";
import {
  accessibilityViolations,
  launchChromium,
  openPage,
  screenshot,
  type WatchedPage,
} from "./browser-page.ts";
import { chromiumMissing } from "./chromium.ts";

const missing = chromiumMissing();
const settings = ["--voters", "p1,p2,p3", "--order-storage", "memory"];
const WIDE = { width: 1_600, height: 1_000 };
const PHONE = { width: 390, height: 844 };

interface Written {
  readonly after: string;
}

describe.skipIf(missing !== undefined)(`the State page (${missing ?? "installed"})`, () => {
  let agents: RunningAgent[] = [];
  let browser: Browser;
  const url = (at: number): string => agents[at]!.admin;
  const state = (at = 0): string => `${url(at)}#state`;

  beforeAll(async () => {
    agents = await startAgents(3, settings);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await killStarted();
  });

  const append = async (at: number, value: string, after?: string): Promise<Written> => {
    const body = after === undefined ? { value } : { value, after };
    return (await tellAgent(url(at), "POST", "/v1/logs/chat", body)) as Written;
  };
  const overflow = (page: Page) =>
    page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
  async function look(page: Page, name: string): Promise<void> {
    const whole = page.locator("main");
    for (const [size, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
      await page.setViewportSize(viewport);
      expect(await overflow(page), size).toBe(0);
      const height = await whole.evaluate((element) => element.scrollHeight);
      await page.setViewportSize({ ...viewport, height: Math.min(height + 80, 6_000) });
      await screenshot(page, `state-${name}-${size}`);
    }
    await page.setViewportSize(WIDE);
  }

  it("says to a newcomer what each part is, and the command to begin with", async () => {
    for (const theme of ["light", "dark"] as const) {
      const { complaints, page } = await openPage(browser, state(), theme);
      for (const command of [
        "hearsay info set load:p1 0.3 --ttl 60s",
        "hearsay state set role db",
        "hearsay log append chat hello",
        "hearsay versions put cart ann bread",
        "hearsay order append orders 1",
        "hearsay ledger append audit paid",
      ]) {
        await page.getByText(command).waitFor();
      }
      expect(await accessibilityViolations(page)).toEqual([]);
      await look(page, `empty-${theme}`);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  it("draws an arrow from each direct cause, and none between concurrent ones", async () => {
    const root = await append(0, "root");
    const one = await append(0, "one", root.after);
    const other = await append(1, "other", root.after);
    for (const { after } of [one, other]) await fetch(`${url(2)}/v1/logs/chat?after=${after}`);
    await append(2, "both");
    const { complaints, page } = await openPage(browser, state());
    await page.locator('[data-log="chat"]').waitFor();
    const arrows = page.locator("[data-arrow]");
    await expect.poll(() => arrows.count()).toBe(4);
    const names = await arrows.evaluateAll((all) =>
      all.map((one) => one.getAttribute("data-arrow") ?? ""),
    );
    const wanted = ["p1:1 > p1:2", "p1:1 > p2:1", "p1:2 > p3:1", "p2:1 > p3:1"];
    expect(new Set(names)).toEqual(new Set(wanted));
    // What is drawn ends where the circles of these two stand.
    expect(await endsOfArrows(page)).toBe(4);
    await page.getByRole("button", { name: /p1: one/ }).click();
    const told = page.locator("[data-chosen]");
    await told
      .getByText(/It came directly after 0\. Written without knowing of each other: \d\./)
      .waitFor();
    // Live: nobody reloads, and there is one more.
    await append(1, "next");
    await expect.poll(() => arrows.count()).toBe(5);
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "state-causal");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("turns the pages of a long log, from its end back to its beginning", async () => {
    for (let at = 0; at < 60; at += 1) {
      await tellAgent(url(0), "POST", "/v1/logs/long", { value: `entry ${at}` });
    }
    const { complaints, page } = await openPage(browser, state());
    const log = page.getByLabel("Operation log", { exact: true });
    await log.locator('[data-name="long"]').click();
    await page.locator('[data-shown="10-59"]').waitFor();
    // The cause of the first that is shown stands before it.
    await page.getByRole("button", { name: /^10 .*↑1/ }).waitFor();
    await log.getByRole("button", { name: "Older" }).click();
    await page.locator('[data-shown="0-49"]').waitFor();
    await log.getByRole("button", { name: "Newer" }).click();
    await page.locator('[data-shown="10-59"]').waitFor();
    // An agent that was started again, and has nothing where somebody was looking.
    const nothing = { entries: [], next: 0, first: 0, end: 0 };
    await page.route("**/v1/logs/long?*from=0", (route) => route.fulfill({ json: nothing }));
    const asked = page.waitForResponse(/from=0$/);
    await log.getByRole("button", { name: "Older" }).click();
    await asked;
    await page.locator('[data-shown="10-59"]').waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("draws siblings as branches, and what joins them when somebody merges", async () => {
    const key = await conflict(agents[0]!, agents[1]!);
    const { complaints, page } = await openPage(browser, state());
    await page.getByRole("button", { name: `${key} has siblings` }).click();
    await page.getByText(`2 siblings of ${key}`).waitFor();
    // Nothing that is kept came before: both branch from one point.
    await expect.poll(() => page.locator("[data-branch]").count()).toBe(2);
    const heads = page.locator('[data-kind="head"]');
    expect((await heads.allTextContents()).sort()).toEqual([
      expect.stringMatching(/^breadp2/),
      expect.stringMatching(/^milkp1/),
    ]);
    await look(page, "siblings");
    await page.getByLabel("One value in the place of all 2").fill("bread and milk");
    await page.getByRole("button", { name: "Merge" }).click();
    await page.getByText(`${key} has one version.`).waitFor();
    expect(await heads.allTextContents()).toEqual([expect.stringMatching(/^bread and milkp1/)]);
    const edges = await page
      .locator("[data-edge]")
      .evaluateAll((all) => all.map((one) => one.getAttribute("data-edge")));
    const [merged] = await heads.evaluateAll((all) =>
      all.map((one) => one.getAttribute("data-version")),
    );
    expect(edges.filter((edge) => edge?.endsWith(`> ${merged}`))).toHaveLength(2);
    expect(await page.locator('[data-kind="remembered"]').count()).toBe(2);
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "state-merged");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows infos that run down, who holds them, and what was just deleted", async () => {
    const { complaints, page } = await openPage(browser, state());
    const set = (at: number, key: string, body: object) =>
      tellAgent(url(at), "PUT", `/v1/infos/${key}`, body);
    await set(1, "load:p2", { value: { load: 0.5 }, ttlMs: 60_000 });
    await set(0, "short", { value: 1, ttlMs: 6_000 });
    await set(0, "kept", { value: "no end" });
    await tellAgent(url(1), "PUT", "/v1/state/role", { value: "db" });
    const row = (key: string) => page.locator(`[data-info="${key}"]`);
    // What is gone before the page has seen it is not shown.
    for (const key of ["short", "kept"]) await row(key).waitFor();
    await row("load:p2").getByText('{"load":0.5}').waitFor();
    expect(await row("load:p2").locator("meter").count()).toBe(1);
    const share = () =>
      row("load:p2")
        .locator("meter")
        .evaluate((one) => Reflect.get(one, "value"));
    const before = await share();
    await expect.poll(share).toBeLessThan(Number(before));
    await row("short").getByText("expired").waitFor();
    await fetch(`${url(0)}/v1/infos/kept`, {
      method: "DELETE",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    await row("kept").getByText("deleted").waitFor();
    await row("load:p2").getByRole("button", { name: "Is load:p2 everywhere?" }).click();
    await row("load:p2").getByText("● all 3 hold it").waitFor();
    expect(await page.locator('[data-state-of="p2"]').textContent()).toContain("role");
    await page.getByLabel("Keys with").fill("LOAD");
    await expect.poll(() => page.locator("[data-info]").count()).toBe(1);
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "state-infos");
    expect(complaints).toEqual([]);
    await page.close();
  });

  /** Only who leads knows how far the others are; on a busy machine it may soon be another. */
  async function pageOfLeader(): Promise<WatchedPage & { readonly lastIndex: number }> {
    const lead = async () => {
      const answers = await Promise.all(agents.map(({ admin }) => fetch(`${admin}/v1/order`)));
      const orders = (await Promise.all(answers.map((one) => one.json()))) as readonly Leading[];
      const at = orders.findIndex(({ isLeader }) => isLeader);
      return { at, lastIndex: orders[at]?.log.lastIndex ?? 0 };
    };
    for (;;) {
      await expect.poll(async () => (await lead()).at).toBeGreaterThanOrEqual(0);
      const { at, lastIndex } = await lead();
      const opened = await openPage(browser, state(at));
      const row = opened.page.locator(`[data-order-member="p${at + 1}"]`);
      try {
        await row.getByText("leader").waitFor();
        return { ...opened, lastIndex };
      } catch (error) {
        if ((await lead()).at === at) throw error;
        await opened.page.close();
      }
    }
  }

  it("shows who leads, how far the others are, and who holds a lock", async () => {
    await tellAgent(url(0), "POST", "/v1/order/logs/orders", { value: "first" });
    const holding = new AbortController();
    const { signal } = holding;
    void fetch(`${url(0)}/v1/locks/hold?name=nightly`, { signal }).catch(() => {});
    const { complaints, lastIndex, page } = await pageOfLeader();
    const members = page.locator("[data-order-member]");
    await expect.poll(() => members.count()).toBe(3);
    for (let at = 0; at < 3; at += 1) {
      await expect.poll(() => indexOf(members.nth(at))).toBeGreaterThanOrEqual(lastIndex);
    }
    await page.locator('[data-lock="nightly"]', { hasText: "p1" }).waitFor();
    await page.locator('[data-name="orders"]').click();
    await page.locator('[data-ordered="1"]', { hasText: "first" }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await screenshot(page, "state-order");
    expect(complaints).toEqual([]);
    await page.close();
    holding.abort();
  });

  it("verifies a ledger and proves an entry, and finds the block that was altered", async () => {
    // A ledger begins when those who sign it have opened it.
    for (const { admin } of agents) await fetch(`${admin}/v1/ledgers/audit`);
    for (const value of ["first entry", "second entry", "third entry"]) {
      await tellAgent(url(0), "POST", "/v1/ledgers/audit", { value });
    }
    const { complaints, page } = await openPage(browser, state(), "dark");
    // A block that was refused once is asked for again, though final ones are asked for seldom.
    const refusal = { status: 503, json: { code: "NODE_STOPPED", message: "once" } };
    const genesis = "**/v1/ledgers/audit/blocks/0";
    await page.route(genesis, (route) => route.fulfill(refusal), { times: 1 });
    await page.locator('[data-name="audit"]').click();
    await page.locator('[data-block="0"]').waitFor();
    await expect.poll(() => complaints).toEqual([expect.stringContaining("503")]);
    complaints.length = 0;
    await page.getByRole("button", { name: "Verify in this browser" }).click();
    await page.getByText("every hash and signature checked").waitFor();
    await expect.poll(() => page.locator('[data-check="valid"]').count()).toBeGreaterThan(1);
    const first = page.locator("[data-block]", { hasText: "first entry" });
    await first.locator("summary").click();
    await page.getByRole("button", { name: "Prove entry 1", exact: true }).click();
    await first.getByText(/● Proven: .* lead to block \d/).waitFor();
    const number = await first.getAttribute("data-block");
    expect(await accessibilityViolations(page)).toEqual([]);
    await look(page, "ledger");
    // Somebody between changes a letter of an entry in the export.
    await page.route("**/v1/ledgers/audit/export*", async (route) => {
      const answer = await route.fetch();
      const { lines, ...rest } = (await answer.json()) as { lines: string[] };
      const altered = lines.map((line, at) => (at === Number(number) ? alteredLine(line) : line));
      await route.fulfill({ json: { ...rest, lines: altered } });
    });
    await page.getByRole("button", { name: "Verify in this browser" }).click();
    await page.getByText(`✕ Block ${number} is wrong.`).waitFor();
    expect(await page.locator('[data-check="wrong"]').getAttribute("data-block")).toBe(number);
    expect(await page.locator('[data-check="valid"]').count()).toBe(Number(number));
    await screenshot(page, "state-ledger-altered");
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describe.skipIf(missing !== undefined)(`without an order (${missing ?? "installed"})`, () => {
  let agents: RunningAgent[] = [];
  let browser: Browser;

  beforeAll(async () => {
    agents = await startAgents(1, []);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await killStarted();
  });

  it("says so, and asks the agent for nothing that it would refuse", async () => {
    const { complaints, page } = await openPage(browser, `${agents[0]!.admin}#state`);
    await page.getByText("This agent has no order.").waitFor();
    await page.getByText("A ledger needs an order").waitFor();
    await page.getByText("hearsay versions put cart ann bread").waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("asks for nothing that is called as a step in an address is", async () => {
    const { complaints, page } = await openPage(browser, `${agents[0]!.admin}#map`);
    const named = (name: string) => ({ name, isOpen: true, nodesCount: 1 });
    const keys = [".", "..", "ann"].map((key) => ({ key, conflict: key !== "ann" }));
    const answers: Readonly<Record<string, object>> = {
      logs: { logs: ["..", "."].map(named) },
      versions: { stores: ["..", "cart", "cart\u202E"].map(named) },
      "versions/cart": { store: "cart", keys },
    };
    for (const [path, json] of Object.entries(answers)) {
      await page.route(`**/v1/${path}`, (route) => route.fulfill({ json }));
    }
    await page.evaluate("location.hash = '#state'");
    await page.getByText("ann is deleted.").waitFor();
    await page.getByText("2 more keys not shown").waitFor();
    // What turns the direction of text turns no more than the name that has it.
    const ends = page.locator('[data-name="cart\u202E"] bdi');
    expect(await ends.textContent()).toBe("cart\u202E");
    await page.getByText("Choose a log to see what came after what.").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});

interface Leading {
  readonly isLeader: boolean;
  readonly log: { readonly lastIndex: number };
}

/** How far a member's log is, as its row says. */
async function indexOf(row: ReturnType<Page["locator"]>): Promise<number> {
  return Number.parseInt((await row.locator("td").nth(1).textContent()) ?? "", 10);
}

/** How many arrows begin under one circle and end above another. */
async function endsOfArrows(page: Page): Promise<number> {
  const circles = await page.locator(".operation circle").evaluateAll((all) => {
    return all.map((one) => `${one.getAttribute("cx")},${one.getAttribute("cy")}`);
  });
  const ways = await page.locator("[data-arrow]").evaluateAll((all) => {
    return all.map((one) => one.getAttribute("d") ?? "");
  });
  return ways.filter((way) => {
    const numbers = way.match(/-?[\d.]+/g)?.map(Number) ?? [];
    const [x1 = 0, y1 = 0] = numbers;
    const [x2 = 0, y2 = 0] = numbers.slice(-2);
    return circles.includes(`${x1},${y1 - 6}`) && circles.includes(`${x2},${y2 + 7}`);
  }).length;
}

/** The same line with another word in the block, of the same length. */
function alteredLine(line: string): string {
  const { block, hash } = JSON.parse(line) as { readonly block: string; readonly hash: string };
  const bytes = Buffer.from(block, "base64");
  const word = bytes.indexOf("first entry");
  if (word < 0) throw new Error("the block does not have the entry");
  bytes.write("other entry", word);
  return JSON.stringify({ block: bytes.toString("base64"), hash });
}

/** Two agents write one key at once, as often as it takes until neither had heard the other. */
async function conflict(one: RunningAgent, other: RunningAgent): Promise<string> {
  for (const { admin } of [one, other]) await fetch(`${admin}/v1/versions/cart`);
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
