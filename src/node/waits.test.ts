import { expect, test, vi } from "vitest";
import { waitFor } from "./waits.ts";

const what = "rain";
const timers = {
  startTimer: (fire: () => void, delayMs: number) => Number(setTimeout(fire, delayMs)),
  stopTimer: (key: number) => clearTimeout(key),
};

test("resolves, rejects, and stops what it began in either case", async () => {
  const stops: string[] = [];
  const stop = (why: string) => () => stops.push(why);
  const later = waitFor<number>({
    what,
    timers,
    begin: ({ resolve }) => {
      setTimeout(() => resolve(7), 1);
      return stop("later");
    },
  });
  expect(await later).toBe(7);
  const atOnce = waitFor<number>({
    what,
    timers,
    begin: ({ reject }) => {
      reject(new Error("no"));
      return stop("at once");
    },
  });
  await expect(atOnce).rejects.toThrow("no");
  const thrown = waitFor({
    what,
    timers,
    begin: () => {
      throw new Error("bad");
    },
  });
  await expect(thrown).rejects.toThrow("bad");
  expect(stops).toEqual(["later", "at once"]);
});

test("gives up after its time, and when its signal says so", async () => {
  let stopped = 0;
  const begin = () => () => {
    stopped += 1;
  };
  await expect(waitFor({ what, timers, timeoutMs: 1, begin })).rejects.toThrow(
    /TIMEOUT.*1 ms for rain/,
  );
  const controller = new AbortController();
  const waiting = waitFor({ what, timers, signal: controller.signal, begin });
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
  expect(stopped).toBe(2);
  const begun: number[] = [];
  const never = waitFor({
    what,
    timers,
    signal: controller.signal,
    begin: () => {
      begun.push(1);
      return () => {};
    },
  });
  await expect(never).rejects.toMatchObject({ code: "ABORTED" });
  expect(begun).toEqual([]);
});

test("refuses a time that is none", () => {
  expect(() => waitFor({ what, timers, timeoutMs: -1, begin: () => () => {} })).toThrow(
    "timeoutMs is -1",
  );
});

test("ends with its node, and leaves no deadline behind to keep the process alive", async () => {
  vi.useFakeTimers();
  try {
    const enders = new Set<(error: Error) => void>();
    const waiting = waitFor({ what, timers, enders, timeoutMs: 60_000, begin: () => () => {} });
    expect(vi.getTimerCount()).toBe(1);
    for (const end of enders) end(new Error("the node was stopped"));
    await expect(waiting).rejects.toThrow("the node was stopped");
    expect([vi.getTimerCount(), enders.size]).toEqual([0, 0]);
  } finally {
    vi.useRealTimers();
  }
});
