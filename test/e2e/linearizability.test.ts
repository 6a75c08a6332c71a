/**
 * Registers, queues and lists on an ordered log of real processes that are killed and stand still:
 * what clients saw can be explained by one order. A slice; any length by HEARSAY_LINEAR_MS, and
 * HEARSAY_LINEAR_FILE names a file for the history, a line an operation.
 */
import { writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { historyLines } from "../../src/testing/linearizability/history.ts";
import { ObjectHistory, type ObjectOperation } from "../ordered-objects.ts";
import { ANSWERS_MIN_COUNT, answersOf, askAll } from "./asking.ts";
import { pause } from "./hearsay-process.ts";
import { OrderingGroup } from "./ordering-group.ts";

const { HEARSAY_LINEAR_FILE: file, HEARSAY_LINEAR_MS: length = "12000" } = process.env;
const DURATION_MS = Number(length);

let group: OrderingGroup | undefined;
afterEach(async () => {
  await group?.end();
  group = undefined;
});

/** One at a time is killed and begins anew, or stands still. */
async function disturb(made: OrderingGroup, isOver: () => boolean): Promise<number> {
  let faultsCount = 0;
  for (; !isOver(); faultsCount += 1) {
    const one = made.processes[faultsCount % made.processes.length];
    if (one === undefined) break;
    if (faultsCount % 2 === 0) {
      one.pause();
      await pause(1_200);
      one.resume();
    } else {
      await one.kill();
      await made.restart(one);
    }
    await pause(600);
  }
  return faultsCount;
}

type Plant = (operations: readonly ObjectOperation[]) => ObjectOperation[];

/** What was appended is not there when the list is read: an acknowledged write is lost. */
const loseWrite: Plant = (operations) => changeLastRead(operations, (seen) => seen.slice(1));

const doubleAppend: Plant = (operations) =>
  changeLastRead(operations, (seen) => [...seen, seen[0] ?? ""]);

/** What came out of a queue comes out of it again, at the end. */
const doubleDequeue: Plant = (operations) => {
  const found = operations.findLast(({ input, output }) => {
    return input.kind === "dequeue" && output !== undefined && output !== "";
  });
  if (found === undefined) throw new Error("nothing was ever dequeued");
  const endMs = Math.max(...operations.map(({ callMs }) => callMs));
  return [...operations, { ...found, callMs: endMs + 1, returnMs: endMs + 2 }];
};

function changeLastRead(
  operations: readonly ObjectOperation[],
  change: (seen: readonly string[]) => readonly string[],
): ObjectOperation[] {
  const found = operations.findLast(({ output }) => Array.isArray(output) && output.length > 1);
  if (found === undefined || typeof found.output !== "object") throw new Error("no list was read");
  const planted = { ...found, output: change(found.output) };
  return operations.map((one) => (one === found ? planted : one));
}

async function run(reads: "ordered" | "cached", durationMs: number) {
  const made = OrderingGroup.here(3, reads);
  group = made;
  await made.start();
  return askAll(made, durationMs, (isOver) =>
    reads === "cached" ? Promise.resolve(0) : disturb(made, isOver),
  );
}

test(
  "what clients saw of processes that are killed and stand still can be explained",
  async () => {
    const { faultsCount, history } = await run("ordered", DURATION_MS);
    const answered = answersOf(history);
    if (file !== undefined) writeFileSync(file, historyLines(history.operations));
    const refused = history.refused.length;
    console.log({
      answered,
      all: history.operations.length,
      refused,
      faultsCount,
    });
    expect(history.judge()).toBeUndefined();
    for (const plant of [loseWrite, doubleAppend, doubleDequeue]) {
      const planted = new ObjectHistory();
      planted.operations.push(...plant(history.operations));
      expect(planted.judge(), plant.name).toMatch(/can be explained/);
    }
    expect(faultsCount).toBeGreaterThan(1);
    expect(answered).toBeGreaterThanOrEqual(ANSWERS_MIN_COUNT);
  },
  DURATION_MS * 3 + 150_000,
);

test("reads of what was there a moment ago are found out", async () => {
  const { history } = await run("cached", 2_500);
  expect(history.judge()).toMatch(/can be explained/);
}, 150_000);
