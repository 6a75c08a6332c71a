import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { emptySnapshot } from "../agent/fake-monitor.ts";
import { FakeNode } from "../agent/fake-node.ts";
import type { MonitorSnapshot } from "../agent/node.ts";
import type { Agent } from "../agent/run-agent.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";
import { FakeIo } from "./fake-io.ts";
import { cutToWidth, textWidth } from "./top/text-width.ts";
import { figure, milliseconds } from "./top/top-figures.ts";

const ENTER = "\u001b[?1049h";
const LEAVE_FIRST = "\u001b[?7h";
const LEAVE = "\u001b[?1049l";
const gauge = (name: string, unit: string, value: number) => {
  return { name, unit, kind: "gauge", value } as const;
};
const aggregate = { unit: "", kind: "gauge", count: 2, sum: 3, avg: 1.5, min: 1, max: 2 } as const;

const memberOf = (index: number): MonitorSnapshot["members"][number] => ({
  name: `p${index}`,
  address: `127.0.0.1:790${index}`,
  status: index === 3 ? "failed" : "alive",
  group: "all",
  verdict: index === 3 ? "dead" : "live",
  ageRounds: index,
  rttMs: index === 1 ? undefined : index / 2,
  readings: index === 3 ? [] : [gauge("load", "", index), gauge("queue\u001b[2J", "", 7)],
  readingsAgeMs: index === 3 ? undefined : 1_200,
});
const group: MonitorSnapshot["groups"][number] = {
  name: "all",
  size: 3,
  isOwn: true,
  verdict: "live",
  ageRounds: 0,
  speaker: "p1",
  members: { live: 2, suspect: 0, dead: 1 },
  summaryAgeMs: 0,
  aggregates: [],
};

let fake: FakeNode;
let agent: Agent;

beforeEach(async () => {
  fake = new FakeNode("p1");
  agent = await startFakeAgent(fake);
  fake.monitorSnapshot = {
    ...emptySnapshot,
    members: [1, 2, 3].map(memberOf),
    groups: [group],
    aggregates: [{ ...aggregate, name: "load" }],
    suspects: { members: [{ observer: "p1", suspects: ["p3"] }], groups: [] },
    alerts: [{ rule: "hot", id: "hot@7", firedBy: "p1" }],
  };
});

afterEach(() => agent.stop());

const top = (args: readonly string[], io?: FakeIo) => runAt(agent, ["top", ...args], io);

describe("hearsay top --once", () => {
  test("shows members, what they measure, what it comes to, suspects and alerts", async () => {
    const { code, out } = await top(["--once"]);
    const lines = out.split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(code).toBe(0);
    expect(out.split("\n")[0]).toContain("p1 sees 2 of 3 members alive · group all");
    expect(lines[2]?.slice(0, 4)).toEqual(["MEMBER", "STATUS", "MONITOR", "LOAD"]);
    expect(lines[3]?.slice(0, 4)).toEqual(["p1", "alive", "live", "1"]);
    expect(lines[5]?.slice(0, 4)).toEqual(["p3", "failed", "dead", "-"]);
    expect(out).toContain("load           2  1.5    1    2    3");
    expect(out).toContain("p3 is silent to p1");
    expect(out).toContain("alert hot@7, told by p1");
    // Names of sensors come from other machines, and must not move the cursor.
    expect(out).not.toContain("\u001b");
    expect(out).toContain("QUEUE\\U{1B}[2J");
  });

  test("sorts, speaks JSON, and shows groups where there are several", async () => {
    const { out } = await top(["--sort", "load"]);
    const names = out.split("\n").slice(3, 6);
    expect(names.map((line) => line.slice(0, 2))).toEqual(["p2", "p1", "p3"]);
    const { members } = JSON.parse((await top(["--json"])).out);
    expect(members).toHaveLength(3);
    fake.monitorSnapshot = {
      ...fake.monitorSnapshot,
      groups: [group, { ...group, name: "rack-b" }],
    };
    expect((await top([])).out).toMatch(/GROUP +MONITOR +SPEAKER +SIZE[\s\S]+rack-b +live +p1 +3/);
    expect((await top(["--sort", "shoe size"])).code).toBe(2);
  });
});

describe("hearsay top on a terminal", () => {
  /** Runs until the first picture stands, does that, and waits for the end. */
  async function live(io: FakeIo, act: () => void | Promise<void>) {
    const ended = top(["--interval", "1"], io);
    await expect.poll(() => io.stdout).toContain(ENTER);
    await expect.poll(() => io.keyListeners.size).toBeGreaterThan(0);
    await act();
    return ended;
  }
  const frames = (out: string): string[] => out.split("\u001b[H").slice(1);

  test("fits, sorts at s, ends at q, and leaves the terminal as it was", async () => {
    fake.monitorSnapshot = {
      ...fake.monitorSnapshot,
      members: Array.from({ length: 40 }, (_, index) => memberOf(index)),
    };
    const io = new FakeIo({ columns: 44, rows: 10, env: { NO_COLOR: "1" } });
    const { code, out } = await live(io, () => {
      io.press("s");
      io.press("q");
    });
    expect(code).toBe(0);
    expect(out.endsWith(LEAVE)).toBe(true);
    expect(io.keyListeners.size).toBe(0);
    const [first = "", second = ""] = frames(out);
    const lines = first.split("\r\n").map((line) => line.split("\u001b", 1)[0] ?? "");
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(44);
    expect(lines.some((line) => line.startsWith("… and "))).toBe(true);
    expect(second).not.toBe(first);
  });

  test("a narrow terminal holds it all, whatever members are called", async () => {
    const names = [
      "\u001b]0;owned\u0007",
      "\u202eevil",
      "日本語の名前です日本語",
      "\u{20000}".repeat(20),
    ];
    const members = names.map((name, index) => ({ ...memberOf(index + 1), name, group: name }));
    const alerts = names.map((rule) => ({ rule, id: `${rule}@1`, firedBy: rule }));
    fake.monitorSnapshot = { ...fake.monitorSnapshot, members, alerts };
    for (const columns of [1, 8, 20]) {
      const io = new FakeIo({ columns, rows: 9, env: { NO_COLOR: "1" } });
      const { out } = await live(io, () => io.press("q"));
      const drawn = frames(out)[0]?.replace("\u001b[J", "").split(LEAVE_FIRST)[0] ?? "";
      const lines = drawn.split("\u001b[K").map((line) => line.replace("\r\n", ""));
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
      expect(lines.join("")).not.toMatch(/\p{Cc}|\p{Cf}/u);
    }
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("ends at %s", async (signal) => {
    const io = new FakeIo({ columns: 80, rows: 24 });
    const { code, out } = await live(io, () => io.sendSignal(signal));
    expect([code, out.endsWith(LEAVE)]).toEqual([0, true]);
  });

  test("ends when nobody reads, and goes on when the agent does not answer", async () => {
    const io = new FakeIo({ columns: 80, rows: 24 });
    const { out } = await live(io, async () => {
      await agent.stop();
      await expect.poll(() => io.stdout).toContain("AGENT_UNREACHABLE");
      io.closeOutput();
    });
    expect(out.endsWith(LEAVE)).toBe(true);
  });

  test("an agent that is not there is told before the terminal is taken", async () => {
    await agent.stop();
    const { code, err, out } = await top([], new FakeIo({ columns: 80 }));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("AGENT_UNREACHABLE");
  });
});

test("figures are short, and text is cut by what it takes on a terminal", () => {
  const figures = [
    figure(undefined, "bytes"),
    figure(null, "seconds"),
    figure(0, "seconds"),
    figure(1_536, "bytes"),
    figure(15 * 2 ** 30, "bytes"),
    figure(0.0123, "seconds"),
    figure(90_000, "seconds"),
    figure(0.5, "ratio"),
    figure(12.3456789, ""),
    milliseconds(1_500),
  ];
  expect(figures).toEqual([
    "-",
    "inf",
    "0",
    "1.5K",
    "15G",
    "12ms",
    "25.0h",
    "50%",
    "12.35",
    "1.5s",
  ]);
  expect([textWidth("日本 e\u0301"), textWidth("\u{20000}")]).toEqual([6, 2]);
  expect([cutToWidth("日本語", 5), cutToWidth("abc", 3), cutToWidth("abc", 1)]).toEqual([
    "日本…",
    "abc",
    "…",
  ]);
});
