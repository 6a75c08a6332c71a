import { expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { checkLinearizable } from "./check-linearizable.ts";
import { historyLines, type Operation } from "./history.ts";
import { type QueueInput, queueModel } from "./models.ts";
import { queueModelFor } from "./queue-order.ts";

type QueueOperation = Operation<QueueInput, string>;

const NEVER = Number.POSITIVE_INFINITY;

/** Few values, called at any time: mostly wrong, and now and then enqueued or taken out twice. */
function randomHistory(random: Random): QueueOperation[] {
  return Array.from({ length: 2 + random.below(5) }, (_, at) => {
    const callMs = random.below(8);
    const returnMs = random.chance(0.15) ? NEVER : callMs + 1 + random.below(4);
    const value = String(random.chance(0.1) ? random.below(5) : at);
    const isIn = random.chance(0.5);
    const input = isIn
      ? ({ kind: "enqueue", queue: "q", value } as const)
      : ({ kind: "dequeue", queue: "q" } as const);
    const taken = random.chance(0.2) ? "" : String(random.below(5));
    const output = returnMs === NEVER ? undefined : isIn ? "" : taken;
    return { process: String(at), callMs, returnMs, input, output };
  });
}

/** What clients that overlap see of a queue that is one. */
function soundHistory(random: Random, count: number): QueueOperation[] {
  const queue: string[] = [];
  return Array.from({ length: count }, (_, at) => {
    const span = { callMs: at - random.real() * 6, returnMs: at + random.real() * 6 };
    if (random.chance(0.55)) {
      queue.push(String(at));
      const input = { kind: "enqueue", queue: "q", value: String(at) } as const;
      return { process: "p", ...span, input, output: "" };
    }
    const input = { kind: "dequeue", queue: "q" } as const;
    return { process: "p", ...span, input, output: queue.shift() ?? "" };
  });
}

it("says the same as the plain queue", () => {
  const random = new Random(21);
  const found = { linearizable: 0, violated: 0, unknown: 0 };
  for (let round = 0; round < 5_000; round += 1) {
    const history = randomHistory(random);
    const { kind } = checkLinearizable(queueModel, history);
    const known = checkLinearizable(queueModelFor(history), history).kind;
    expect(known, historyLines(history)).toBe(kind);
    found[kind] += 1;
  }
  expect(Math.min(found.linearizable, found.violated)).toBeGreaterThan(200);
});

it("needs few steps where the plain one gives up", () => {
  const random = new Random(22);
  let givenUpCount = 0;
  for (let round = 0; round < 10; round += 1) {
    const history = soundHistory(random, 150);
    const verdict = checkLinearizable(queueModelFor(history), history, 50_000);
    expect(verdict.kind).toBe("linearizable");
    const plain = checkLinearizable(queueModel, history, 50_000);
    if (plain.kind === "unknown") givenUpCount += 1;
  }
  expect(givenUpCount).toBeGreaterThan(5);
});
