import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeIo } from "../fake-io.ts";
import { demoDefaults } from "./demo.options.ts";
import { FakeProcesses, type FakeTrouble } from "./fake-process.ts";
import { type DemoFlags, runDemo } from "./run-demo.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function run(flags: Partial<DemoFlags>, trouble: FakeTrouble = {}, io = new FakeIo()) {
  const processes = new FakeProcesses(trouble);
  const demo = runDemo({ nodes: 3, ...flags }, io, processes.spawn);
  const end = demo.then(
    () => "ok",
    (error: Error) => error.message,
  );
  return { processes, io, end };
}

test("the story gives one line of JSON, tells on stderr, and ends every process", async () => {
  const { processes, io, end } = await run({ json: true });
  expect(await end).toBe("ok");
  expect(io.stdout).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(io.stdout)).toEqual({
    nodes: 3,
    convergedMs: expect.any(Number),
    rumour: { reached: 3, lastMs: expect.any(Number) },
    killed: { name: "p3", detectedByAllMs: expect.any(Number) },
  });
  expect(io.stderr).toContain("Profile local");
  expect(io.stderr).toContain("SIGKILL");
  expect(processes.running.size).toBe(0);
  const joins = processes.orders.filter(({ order }) => order.kind === "join");
  expect(joins.map(({ name }) => name)).toEqual(["p2", "p3"]);
  expect(joins[0]?.order).toEqual({ kind: "join", address: "127.0.0.1:1" });
});

test("without a terminal the story ends by itself and shows the table once", async () => {
  const { io, end } = await run({});
  expect(await end).toBe("ok");
  expect(io.stdout).not.toContain("\u001b");
  expect(io.stdout.match(/^NODE /gm)).toHaveLength(1);
  expect(io.stdout).toMatch(/^p1 .*2 alive 1 failed .* ms .*failed/m);
  expect(io.stdout).toMatch(/^p3 .*killed/m);
});

test("a step that does not happen in time fails and says what is missing", async () => {
  const { processes, end } = await run({}, { silent: ["p2"] });
  await vi.advanceTimersByTimeAsync(50);
  await vi.advanceTimersByTimeAsync(demoDefaults.storyTimeoutMs);
  expect(await end).toMatch(/DEMO_FAILED.*not every node lists every other one/);
  expect(processes.running.size).toBe(0);
});

test("a process that ends by itself fails the story with what it said", async () => {
  const { end, processes } = await run({}, { crashing: ["p3"] });
  expect(await end).toMatch(/DEMO_FAILED.*p3 failed: its process ended.*no such module/);
  expect(processes.running.size).toBe(0);
});

test("on a terminal the cluster stays up, with commands to try, until it is closed", async () => {
  vi.useRealTimers();
  const io = new FakeIo({ columns: 120, env: { NO_COLOR: "1" } });
  const { processes, end } = await run({}, {}, io);
  await expect.poll(() => io.stdout).toContain("npx hearsay why p3");
  expect(processes.running.size).toBe(2);
  io.closeOutput();
  expect(await end).toBe("ok");
  expect(processes.running.size).toBe(0);
  expect(process.listenerCount("SIGINT")).toBe(0);
});

test("an end before the story is over is told and leaves nothing running", async () => {
  const io = new FakeIo();
  const { processes, end } = await run({ json: true }, { silent: ["p2"] }, io);
  io.closeOutput();
  expect(await end).toMatch(/ABORTED/);
  expect(io.stdout).toBe("");
  expect(processes.running.size).toBe(0);
});
