import { afterEach, expect, test } from "vitest";
import { HearsayProcess, isRunning, killStarted } from "./hearsay-process.ts";

afterEach(killStarted);

/** The processes the demonstration says it has started. */
const processIds = (text: string): readonly number[] => {
  const line = /^Processes: (.*)\.$/m.exec(text)?.[1] ?? "";
  return [...line.matchAll(/p\d+ (\d+)/g)].map(([, pid]) => Number(pid));
};

test("the demonstration forms, gossips, notices a death, prints one line of JSON", async () => {
  const began = Date.now();
  const { code, out, err } = await new HearsayProcess(["demo", "--once", "--json"]).ended();
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  expect(Date.now() - began).toBeLessThan(40_000);
  expect(out).toMatch(/^[^\n]+\n$/);
  const result: Record<string, unknown> = JSON.parse(out);
  expect(Object.keys(result)).toEqual(["nodes", "convergedMs", "rumour", "killed"]);
  expect(result).toEqual({
    nodes: 5,
    convergedMs: expect.any(Number),
    rumour: { reached: 5, lastMs: expect.any(Number) },
    killed: { name: "p5", detectedByAllMs: expect.any(Number) },
  });
  expect(err).toContain("SIGKILL");
  const pids = processIds(err);
  expect(new Set(pids).size).toBe(5);
  expect(pids.filter(isRunning)).toEqual([]);
});

test("another number of nodes may be asked for", async () => {
  const demo = new HearsayProcess(["demo", "--once", "--json", "--nodes", "2"]);
  const { code, out } = await demo.ended();
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ nodes: 2, rumour: { reached: 2 } });
});

for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
  test(`${signal} in the middle of the story leaves no process behind`, async () => {
    const demo = new HearsayProcess(["demo", "--once"]);
    await demo.until("the kill", () => demo.out.includes("Killing p5"));
    const pids = processIds(demo.out);
    expect(pids.filter(isRunning).length).toBeGreaterThanOrEqual(4);
    demo.child.kill(signal);
    const { code } = await demo.ended();
    expect(code).toBe(signal === "SIGKILL" ? null : 1);
    await expect.poll(() => pids.filter(isRunning), { message: "processes end" }).toEqual([]);
  });
}
